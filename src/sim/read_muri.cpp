#include <limits>
#include <utility>

#include "base/wide.h"
#include "sim/csv_reader.h"
#include "sim/field.h"
#include "sim/trace_formats.h"

namespace stargate::sim {
namespace {

// Iteration times are read in nanoseconds; the published simulator runs jobs 1.5 % longer.
constexpr std::int64_t kStretchPerMille = 1'015;
constexpr std::int64_t kStretchedPerMicro = 1'000'000;

class MuriReader final : public TraceReader {
 public:
  MuriReader(const TraceOptions& options, LineReader lines, TraceTables& tables)
      : TraceReader(options.verbose),
        csv_(std::move(lines)),
        tables_(tables),
        job_id_(csv_.required_column("job_id")),
        num_gpu_(csv_.required_column("num_gpu")),
        submit_time_(csv_.required_column("submit_time")),
        iterations_(csv_.required_column("iterations")),
        iteration_time_(csv_.required_column("iteration_time")),
        model_name_(csv_.required_column("model_name")) {}

  bool next(TraceJob& job) override {
    while (csv_.next()) {
      if (read_record(job)) return true;
    }
    return false;
  }

 private:
  /// Milliseconds, not negative, in millionths of them.
  std::int64_t milliseconds_of(const Field& field, const char* expected, int decimals_max) {
    const auto value = parse_millionths(field.text, decimals_max);
    if (!value) {
      csv_.lines().fail(field, std::string(expected) + " in milliseconds, at most " +
                                   std::to_string(decimals_max) + " decimals");
    }
    return *value;
  }

  /// iterations x iteration time x 1.015, halves of a microsecond rounded up.
  Duration run_time() {
    const LineReader& lines = csv_.lines();
    const std::int64_t iterations = parse_integer(lines, csv_[iterations_], "iterations", 0,
                                                  std::numeric_limits<std::int64_t>::max());
    const std::int64_t iteration_ns =
        milliseconds_of(csv_[iteration_time_], "an iteration time", 6);
    // The two factors are below 2^63, and their product times 1,015 is below 2^137: compare first.
    const Int128 product = Int128{iterations} * iteration_ns;
    constexpr Int128 kProductMax =
        Int128{kLongest.us} * kStretchedPerMicro / kStretchPerMille - kStretchedPerMicro;
    if (product > kProductMax) {
      lines.fail(csv_[iterations_], "iterations whose time together is representable");
    }
    return {static_cast<std::int64_t>((product * kStretchPerMille + kStretchedPerMicro / 2) /
                                      kStretchedPerMicro)};
  }

  bool read_record(TraceJob& job) {
    const LineReader& lines = csv_.lines();
    const Field& model = csv_[model_name_];
    job = TraceJob{};
    job.id = static_cast<std::uint64_t>(parse_integer(lines, csv_[job_id_], "a job number", 0,
                                                      std::numeric_limits<std::int64_t>::max()));
    job.gpus = parse_count(lines, csv_[num_gpu_], "a number of GPUs");
    job.submit = {milliseconds_of(csv_[submit_time_], "a submit time", 3) / 1'000};
    job.eligible = job.submit;
    job.run = run_time();
    job.requested = job.run;
    if (model.text.empty()) lines.fail(model, "the name of a model");
    const char* reason = job.run.us == 0 ? "no run time" : job.gpus == 0 ? "no GPUs" : nullptr;
    if (reason != nullptr) {
      skip(reason, lines, "job " + std::to_string(job.id));
      return false;
    }
    job.request = tables_.requests.intern_unshaped(job.gpus);
    job.model = tables_.models.intern(model.text);
    job.tenant = tables_.tenants.intern({});
    job.queue = tables_.queues.intern({});
    return true;
  }

  CsvReader csv_;
  TraceTables& tables_;
  std::size_t job_id_;
  std::size_t num_gpu_;
  std::size_t submit_time_;
  std::size_t iterations_;
  std::size_t iteration_time_;
  std::size_t model_name_;
};

}  // namespace

std::unique_ptr<TraceReader> read_muri(const TraceOptions& options, LineReader lines,
                                       TraceTables& tables) {
  return std::make_unique<MuriReader>(options, std::move(lines), tables);
}

}  // namespace stargate::sim
