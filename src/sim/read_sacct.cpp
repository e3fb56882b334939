#include <algorithm>
#include <string>
#include <utility>

#include "base/input_error.h"
#include "model/topology.h"
#include "sim/csv_reader.h"
#include "sim/field.h"
#include "sim/sacct_fields.h"
#include "sim/trace_formats.h"

namespace stargate::sim {
namespace {

/// What Slurm's own backfill takes for a job without limit.
constexpr Duration kUnlimitedLength = days(365);

/// What one unit of the replay is.
enum class Unit { kGpus, kCpus, kNodes };

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "12", "12_3", "12+1", "12_[3-9%2]"; rows of steps have a point behind it.
bool is_job_id(std::string_view id) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < id.size() && is_digit(id[i])) ++i;
    return i > begin;
  };
  if (!digits()) return false;
  if (i < id.size() && id[i] == '_') {
    ++i;
    if (i < id.size() && id[i] == '[') return id.back() == ']';
    if (!digits()) return false;
  }
  if (i < id.size() && id[i] == '+') {
    ++i;
    if (!digits()) return false;
  }
  return i == id.size();
}

class SacctReader final : public TraceReader {
 public:
  SacctReader(const TraceOptions& options, LineReader lines, TraceTables& tables)
      : TraceReader(options.verbose),
        csv_(std::move(lines), {.separator = '|', .quotes = false, .trailing_separator = true}),
        tables_(tables),
        clock_(options.time_zone) {
    find_columns();
    choose_unit(options.unit);
  }

  bool next(TraceJob& job) override {
    while (csv_.next()) {
      if (read_record(job)) return true;
    }
    if (unlimited_ > 0) {
      notes_.push_back(std::to_string(unlimited_) +
                       " jobs had no time limit (UNLIMITED): taken as 365 days");
    }
    if (unstated_ > 0) {
      notes_.push_back(std::to_string(unstated_) +
                       " jobs do not say their time limit: their run time is taken");
    }
    unlimited_ = unstated_ = 0;
    return false;
  }

 private:
  using Column = std::optional<std::size_t>;

  Column first_of(std::initializer_list<std::string_view> names) const {
    for (std::string_view name : names) {
      if (const Column found = csv_.column(name)) return found;
    }
    return std::nullopt;
  }

  void find_columns() {
    const LineReader& lines = csv_.lines();
    id_ = first_of({"JobID", "JobIDRaw"});
    if (!id_) lines.fail(1, "found no column JobID, expected one in the header");
    submit_ = csv_.required_column("Submit");
    start_ = csv_.required_column("Start");
    end_ = csv_.column("End");
    elapsed_ = first_of({"ElapsedRaw", "Elapsed"});
    elapsed_is_raw_ = csv_.column("ElapsedRaw").has_value();
    if (!end_ && !elapsed_) {
      lines.fail(1, "found no column End, Elapsed or ElapsedRaw, expected one in the header");
    }
    eligible_ = csv_.column("Eligible");
    limit_ = first_of({"TimelimitRaw", "Timelimit"});
    limit_is_raw_ = csv_.column("TimelimitRaw").has_value();
    account_ = csv_.column("Account");
    user_ = csv_.column("User");
    partition_ = csv_.column("Partition");
    alloc_tres_ = csv_.column("AllocTRES");
    req_tres_ = csv_.column("ReqTRES");
    alloc_gres_ = csv_.column("AllocGRES");
    cpus_ = first_of({"NCPUS", "AllocCPUS"});
    nodes_ = first_of({"NNodes", "AllocNodes"});
    if (!alloc_tres_ && !req_tres_ && !alloc_gres_ && !cpus_ && !nodes_) {
      lines.fail(1,
                 "found no column of sizes, expected AllocTRES, ReqTRES, AllocGRES, NCPUS or "
                 "NNodes in the header");
    }
  }

  /// Reads the log through, and begins again.
  void choose_unit(const std::string& wanted) {
    if (wanted == "gpus" || wanted == "cpus" || wanted == "nodes") {
      unit_ = wanted == "gpus" ? Unit::kGpus : wanted == "cpus" ? Unit::kCpus : Unit::kNodes;
    } else if (!wanted.empty()) {
      throw InputError("unit: found " + quoted(wanted) + ", expected gpus, cpus or nodes");
    } else {
      bool has_gpus = false;
      while (!has_gpus && csv_.next()) {
        has_gpus = csv_[alloc_tres_].text.find("gres/gpu") != std::string_view::npos ||
                   csv_[req_tres_].text.find("gres/gpu") != std::string_view::npos ||
                   csv_[alloc_gres_].text.find("gpu") != std::string_view::npos;
      }
      csv_.rewind();
      const bool has_cpus = alloc_tres_ || req_tres_ || cpus_;
      unit_ = has_gpus ? Unit::kGpus : has_cpus ? Unit::kCpus : Unit::kNodes;
    }
    notes_.emplace_back(unit_ == Unit::kGpus   ? "units are GPUs: jobs without are left out"
                        : unit_ == Unit::kCpus ? "the log names no GPUs: units are CPUs"
                                               : "units are whole nodes");
    if (unit_ == Unit::kCpus && !wanted.empty()) notes_.back() = "units are CPUs";
  }

  bool read_record(TraceJob& job) {
    const LineReader& lines = csv_.lines();
    const Field& id = csv_[id_];
    const std::size_t point = id.text.find('.');
    if (!is_job_id(id.text.substr(0, point))) {
      lines.fail(id, "a job id such as 12, 12_3, 12_[4-9] or 12+1");
    }
    if (point != std::string_view::npos) return left_out("step of a job");
    if (is_no_sacct_time(csv_[start_].text)) return left_out("never started");
    job = TraceJob{};
    const Instant start = clock_.parse(lines, csv_[start_], "a start time");
    if (end_ && is_no_sacct_time(csv_[end_].text)) return left_out("still running");
    job.run = run_since(start);
    job.submit = clock_.parse(lines, csv_[submit_], "a submit time");
    job.eligible = job.submit;
    if (eligible_ && !is_no_sacct_time(csv_[eligible_].text)) {
      job.eligible = std::max(job.submit, clock_.parse(lines, csv_[eligible_], "an eligible time"));
    }
    const SacctSize size = size_of_job();
    const std::uint32_t units = unit_ == Unit::kGpus   ? size.gpus.value_or(0)
                                : unit_ == Unit::kCpus ? size.cpus.value_or(0)
                                                       : size.nodes.value_or(0);
    job.requested = limit_of_job(job.run);
    if (job.run.us == 0) return left_out("no run time");
    if (units == 0) {
      return left_out(unit_ == Unit::kGpus   ? "no GPUs"
                      : unit_ == Unit::kCpus ? "no CPUs"
                                             : "no nodes");
    }
    job.request = request_of(units, size.nodes.value_or(0));
    job.gpus = unit_ == Unit::kNodes ? 0 : units;
    const Field& account = csv_[account_];
    job.tenant = tables_.tenants.intern(account.text.empty() ? csv_[user_].text : account.text);
    job.queue = tables_.queues.intern(csv_[partition_].text);
    count_limit();
    if (const auto number = parse_plain_number(id.text)) {
      job.id = *number;
    } else {
      job.id = tables_.add_label(id.text);
      job.has_label = true;
    }
    return true;
  }

  bool left_out(const char* reason) {
    skip(reason, csv_.lines(), "job " + std::string(csv_[id_].text));
    return false;
  }

  Duration run_since(Instant start) {
    const LineReader& lines = csv_.lines();
    if (end_) {
      const Instant end = clock_.parse(lines, csv_[*end_], "an end time", start);
      if (end < start) lines.fail(csv_[*end_], "an end that is not before the start");
      return end - start;
    }
    const Field& elapsed = csv_[*elapsed_];
    if (elapsed_is_raw_) return parse_seconds(lines, elapsed, "an elapsed time");
    const auto length = parse_clock_length(elapsed.text);
    if (!length) lines.fail(elapsed, "an elapsed time, [D-]HH:MM:SS");
    return *length;
  }

  Duration limit_of_job(Duration run) {
    const LineReader& lines = csv_.lines();
    const Field& limit = csv_[limit_];
    limit_kind_ = LimitKind::kUnstated;
    if (limit.text.empty() || limit.text == "Partition_Limit" || limit.text == "INVALID" ||
        limit.text == "Unknown" || limit.text == "None") {
      return run;
    }
    limit_kind_ = LimitKind::kStated;
    Duration length;
    if (limit_is_raw_ && limit.text != "UNLIMITED") {
      length = minutes(parse_count(lines, limit, "a time limit in minutes"));
    } else if (limit.text != "UNLIMITED") {
      const auto clock = parse_clock_length(limit.text);
      if (!clock) lines.fail(limit, "a time limit, [D-]HH:MM:SS, UNLIMITED or Partition_Limit");
      length = *clock;
    }
    if (length.us > 0) return length;
    limit_kind_ = LimitKind::kUnlimited;  // 0 means the same to Slurm
    return std::max(run, kUnlimitedLength);
  }

  void count_limit() {
    if (limit_kind_ == LimitKind::kUnlimited) ++unlimited_;
    if (limit_kind_ == LimitKind::kUnstated) ++unstated_;
  }

  /// What was allocated where the log says so, else what was asked for.
  SacctSize size_of_job() {
    const LineReader& lines = csv_.lines();
    SacctSize size = parse_tres(lines, csv_[alloc_tres_]);
    const SacctSize asked = parse_tres(lines, csv_[req_tres_]);
    const SacctSize generic = parse_gres(lines, csv_[alloc_gres_]);
    if (csv_[alloc_tres_].text.empty()) size = asked;
    if (!size.gpus) size.gpus = generic.gpus;
    const Field& cpus = csv_[cpus_];
    const Field& nodes = csv_[nodes_];
    if (!size.cpus && !cpus.text.empty()) size.cpus = parse_count(lines, cpus, "NCPUS");
    if (!size.nodes && !nodes.text.empty()) size.nodes = parse_count(lines, nodes, "NNodes");
    return size;
  }

  RequestId request_of(std::uint32_t units, std::uint32_t nodes) {
    Request request;
    if (unit_ == Unit::kNodes) {
      request.parts.push_back({.nodes = units});
      return tables_.requests.intern(request);
    }
    const bool shaped =
        unit_ == Unit::kGpus && nodes > 0 && units % nodes == 0 && units / nodes <= kMaxGpusPerNode;
    if (!shaped) return tables_.requests.intern_unshaped(units);
    request.parts.push_back({.gpus = units, .gpus_per_node = units / nodes});
    return tables_.requests.intern(request);
  }

  enum class LimitKind { kStated, kUnlimited, kUnstated };

  CsvReader csv_;
  TraceTables& tables_;
  SacctClock clock_;
  Unit unit_ = Unit::kGpus;
  LimitKind limit_kind_ = LimitKind::kUnstated;
  std::uint64_t unlimited_ = 0;
  std::uint64_t unstated_ = 0;
  Column id_, submit_, start_, end_, elapsed_, eligible_, limit_, account_, user_, partition_;
  Column alloc_tres_, req_tres_, alloc_gres_, cpus_, nodes_;
  bool elapsed_is_raw_ = false;
  bool limit_is_raw_ = false;
};

}  // namespace

std::unique_ptr<TraceReader> read_sacct(const TraceOptions& options, LineReader lines,
                                        TraceTables& tables) {
  lines.make_rewindable();
  return std::make_unique<SacctReader>(options, std::move(lines), tables);
}

}  // namespace stargate::sim
