#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/line_reader.h"
#include "sim/trace_job.h"

namespace stargate::sim {

/// How a log is read; what the command line says.
struct TraceOptions {
  std::string format;             ///< "swf", "philly", "muri", "sacct", "jobs"
  std::string path;               ///< "-" is standard input
  std::string time_zone = "UTC";  ///< of times that name none (`sacct`)
  std::string unit{};  ///< what a `sacct` log counts: "gpus", "cpus" or "nodes"; empty: as it finds
  bool verbose = false;  ///< name every skipped record on standard error
};

/// Reads one format, a job a call, in the order of the log.
class TraceReader {
 public:
  virtual ~TraceReader() = default;
  /// False at the end. Throws InputError with file, line and column. Skipped records are counted in
  /// skips().
  virtual bool next(TraceJob& job) = 0;
  virtual InstantOrder instant_order() const { return InstantOrder::kEndsThenSubmissions; }
  /// True where the format says that a job is killed at its requested time.
  virtual bool run_capped_at_request() const { return false; }
  const Skips& skips() const { return skips_; }
  /// What a user should know of how the log was read, a sentence each; complete at the end.
  const std::vector<std::string>& notes() const { return notes_; }

 protected:
  explicit TraceReader(bool verbose) : verbose_(verbose) {}
  /// Counts the current record as left out; `what` names it for the user.
  void skip(std::string_view reason, const LineReader& at, std::string_view what);

  Skips skips_;
  std::vector<std::string> notes_;

 private:
  bool verbose_ = false;
};

/// The formats that open_trace reads, for messages and completions.
const std::vector<std::string>& trace_format_names();

/// Opens a log for reading; compressed files are read as they are. `tables` outlives the reader.
/// Throws InputError for an unknown format or a file that cannot be read.
std::unique_ptr<TraceReader> open_trace(const TraceOptions& options, TraceTables& tables);
/// The same for lines from elsewhere; options.path is not looked at.
std::unique_ptr<TraceReader> open_trace(const TraceOptions& options, LineReader lines,
                                        TraceTables& tables);

}  // namespace stargate::sim
