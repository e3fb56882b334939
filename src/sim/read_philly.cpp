#include <utility>

#include "sim/csv_reader.h"
#include "sim/field.h"
#include "sim/trace_formats.h"

namespace stargate::sim {
namespace {

class PhillyReader final : public TraceReader {
 public:
  PhillyReader(const TraceOptions& options, LineReader lines, TraceTables& tables)
      : TraceReader(options.verbose),
        csv_(std::move(lines)),
        tables_(tables),
        timestamp_(csv_.required_column("timestamp")),
        duration_(csv_.required_column("duration")),
        num_gpus_(csv_.required_column("num_gpus")),
        cluster_(csv_.required_column("cluster")) {}

  bool next(TraceJob& job) override {
    while (csv_.next()) {
      ++record_;
      if (read_record(job)) return true;
    }
    return false;
  }

 private:
  bool read_record(TraceJob& job) {
    const LineReader& lines = csv_.lines();
    const auto submit = parse_civil_time(csv_[timestamp_].text, ' ');
    if (!submit) lines.fail(csv_[timestamp_], "a timestamp, YYYY-MM-DD HH:MM:SS from 1970 on");
    const Duration run = parse_seconds(lines, csv_[duration_], "a duration");
    const std::uint32_t gpus = parse_count(lines, csv_[num_gpus_], "a number of GPUs");
    const Field& cluster = csv_[cluster_];
    if (cluster.text.empty()) lines.fail(cluster, "the name of a virtual cluster");
    const char* reason = run.us == 0 ? "no run time" : gpus == 0 ? "no GPUs" : nullptr;
    if (reason != nullptr) {
      skip(reason, lines, "record " + std::to_string(record_));
      return false;
    }
    job = TraceJob{};
    job.id = record_;
    job.submit = Instant{submit->us_of_day} + days(submit->day);
    job.eligible = job.submit;
    job.run = run;
    job.requested = run;
    job.gpus = gpus;
    job.request = tables_.requests.intern_unshaped(gpus);
    job.queue = tables_.queues.intern(cluster.text);
    job.tenant = tables_.tenants.intern(cluster.text);
    return true;
  }

  CsvReader csv_;
  TraceTables& tables_;
  std::size_t timestamp_;
  std::size_t duration_;
  std::size_t num_gpus_;
  std::size_t cluster_;
  std::uint64_t record_ = 0;
};

}  // namespace

std::unique_ptr<TraceReader> read_philly(const TraceOptions& options, LineReader lines,
                                         TraceTables& tables) {
  return std::make_unique<PhillyReader>(options, std::move(lines), tables);
}

}  // namespace stargate::sim
