#include <array>
#include <limits>
#include <utility>

#include "sim/field.h"
#include "sim/trace_formats.h"

namespace stargate::sim {
namespace {

// The columns of the Standard Workload Format that are read, from 0.
enum Column : std::size_t {
  kJob = 0,
  kSubmit = 1,
  kRun = 3,
  kUsedProcessors = 4,
  kRequestedProcessors = 7,
  kRequestedTime = 8,
  kUser = 11,
  kQueue = 14,
};
constexpr std::size_t kColumnCount = 18;
constexpr std::size_t kUnusedColumns[] = {2, 5, 6, 9, 10, 12, 13, 15, 16, 17};
constexpr std::string_view kStartHeader = "UnixStartTime:";

constexpr std::int64_t kSecondsMax = kLatest.us / kMicrosPerSecond;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

class SwfReader final : public TraceReader {
 public:
  SwfReader(const TraceOptions& options, LineReader lines, TraceTables& tables)
      : TraceReader(options.verbose), lines_(std::move(lines)), tables_(tables) {}

  bool next(TraceJob& job) override {
    while (lines_.next()) {
      if (!split()) continue;
      if (read_record(job)) return true;
    }
    return false;
  }

  InstantOrder instant_order() const override { return InstantOrder::kWorkloadArchive; }
  bool run_capped_at_request() const override { return true; }

 private:
  /// False for lines without a record: empty ones and comments.
  bool split() {
    const std::string_view line = lines_.line();
    std::size_t count = 0;
    std::size_t i = 0;
    for (;;) {
      while (i < line.size() && is_blank(line[i])) ++i;
      if (i == line.size()) break;
      if (count == 0 && line[i] == ';') {
        read_comment(line.substr(i + 1));
        return false;
      }
      const std::size_t begin = i;
      while (i < line.size() && !is_blank(line[i])) ++i;
      if (count == kColumnCount) {
        lines_.fail({line.substr(begin, i - begin), begin + 1}, "the end of a record of 18 fields");
      }
      fields_[count++] = {line.substr(begin, i - begin), begin + 1};
    }
    if (count == 0) return false;
    if (count < kColumnCount) {
      lines_.fail(line.size() + 1,
                  "found " + std::to_string(count) + " fields, expected 18 in a record");
    }
    return true;
  }

  void read_comment(std::string_view comment) {
    if (seen_record_) return;
    while (!comment.empty() && is_blank(comment.front())) comment.remove_prefix(1);
    while (!comment.empty() && is_blank(comment.back())) comment.remove_suffix(1);
    if (!comment.starts_with(kStartHeader)) return;
    comment.remove_prefix(kStartHeader.size());
    while (!comment.empty() && is_blank(comment.front())) comment.remove_prefix(1);
    const auto start = parse_plain_number(comment);
    if (start && *start <= static_cast<std::uint64_t>(kSecondsMax)) {
      start_ = static_cast<std::int64_t>(*start);
      tables_.clock_zero = Instant{} + seconds(start_);
    } else {
      notes_.push_back("UnixStartTime is " + quoted(comment) +
                       ", no time since the epoch: submissions are counted from 0");
    }
  }

  std::int64_t integer(Column column, const char* expected, std::int64_t greatest) {
    return parse_integer(lines_, fields_[column], expected, -1, greatest);
  }

  bool read_record(TraceJob& job) {
    seen_record_ = true;
    const std::int64_t number = parse_integer(lines_, fields_[kJob], "a job number", 0,
                                              std::numeric_limits<std::int64_t>::max());
    const std::int64_t submit = integer(kSubmit, "a submit time in seconds", kSecondsMax - start_);
    const std::int64_t run = integer(kRun, "a run time in seconds", kSecondsMax);
    const std::int64_t used = integer(kUsedProcessors, "used processors", kMostUnits);
    const std::int64_t asked = integer(kRequestedProcessors, "requested processors", kMostUnits);
    const std::int64_t limit = integer(kRequestedTime, "a requested time in seconds", kSecondsMax);
    const std::int64_t user =
        integer(kUser, "a user number", std::numeric_limits<std::int64_t>::max());
    const std::int64_t queue =
        integer(kQueue, "a queue number", std::numeric_limits<std::int64_t>::max());
    for (std::size_t i : kUnusedColumns) {
      if (!is_number(fields_[i].text)) lines_.fail(fields_[i], "a number");
    }
    const std::int64_t processors = asked > 0 ? asked : used;
    const char* reason = submit < 0        ? "no submit time"
                         : run <= 0        ? "no run time"
                         : limit <= 0      ? "no requested time"
                         : processors <= 0 ? "no processors"
                                           : nullptr;
    if (reason != nullptr) {
      skip(reason, lines_, "job " + std::to_string(number));
      return false;
    }
    job = TraceJob{};
    job.id = static_cast<std::uint64_t>(number);
    job.submit = Instant{} + seconds(start_ + submit);
    job.eligible = job.submit;
    job.requested = seconds(limit);
    job.run = seconds(run < limit ? run : limit);
    job.gpus = static_cast<std::uint32_t>(processors);
    job.request = tables_.requests.intern_unshaped(job.gpus);
    job.tenant = tables_.tenants.intern(user < 0 ? std::string() : "user " + std::to_string(user));
    job.queue = tables_.queues.intern(queue < 0 ? std::string() : std::to_string(queue));
    return true;
  }

  LineReader lines_;
  TraceTables& tables_;
  std::array<Field, kColumnCount> fields_;
  std::int64_t start_ = 0;  // of the log, in seconds since the epoch
  bool seen_record_ = false;
};

}  // namespace

std::unique_ptr<TraceReader> read_swf(const TraceOptions& options, LineReader lines,
                                      TraceTables& tables) {
  return std::make_unique<SwfReader>(options, std::move(lines), tables);
}

}  // namespace stargate::sim
