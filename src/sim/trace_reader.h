#pragma once

#include <memory>
#include <string>

#include "sim/trace_job.h"

namespace stargate::sim {

/// How a log is read; what the command line says.
struct TraceOptions {
  std::string format;  ///< "swf", "philly", "muri", "sacct", "jobs"
  std::string path;    ///< "-" is standard input
  std::string time_zone = "UTC";  ///< of times that name none (`sacct`)
  bool verbose = false;           ///< name every skipped record on standard error
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

 protected:
  Skips skips_;
};

/// Opens a log for reading; compressed files are read as they are. `tables` outlives the reader.
/// Throws InputError for an unknown format or a file that cannot be read.
std::unique_ptr<TraceReader> open_trace(const TraceOptions& options, TraceTables& tables);

}  // namespace stargate::sim
