#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/wide.h"
#include "sim/trace_reader.h"

namespace stargate::sim {

/// What the first reading of a trace found.
struct TraceSummary {
  std::uint64_t jobs = 0;
  Instant first_submit;  ///< both 0 where there are no jobs
  Instant last_submit;
  Int128 gpu_us = 0;  ///< GPUs times run time, of all jobs whose GPUs are known
  bool in_order = true;
  bool kept = false;  ///< whether the jobs are in memory
};

/// The jobs of a trace in order of submission (of `eligible`, stably), again and again: each replay
/// opens its own cursor, from any thread.
///
/// A log of up to `kept_jobs_max` jobs is kept in memory. A longer one that is in order is read anew
/// by each cursor, on a thread of its own with a bounded buffer, so that memory does not grow with
/// the log; a longer one that is out of order, or that cannot be read twice (standard input, a pipe),
/// is kept whole and sorted.
class JobSource {
 public:
  class Cursor {
   public:
    virtual ~Cursor() = default;
    /// The next job, or nullptr at the end. The pointer is good until the next call. Throws
    /// InputError only where the file was changed after load_jobs.
    virtual const TraceJob* next() = 0;
  };

  virtual ~JobSource() = default;
  /// The cursor may not outlive the source.
  virtual std::unique_ptr<Cursor> open() const = 0;
  virtual const TraceTables& tables() const = 0;
  virtual const Skips& skips() const = 0;
  /// Sentences on how the log was read, for the user.
  virtual const std::vector<std::string>& notes() const = 0;
  virtual const TraceSummary& summary() const = 0;
  virtual std::uint64_t job_count() const = 0;
  virtual InstantOrder instant_order() const = 0;
  virtual bool run_capped_at_request() const = 0;
};

/// Reads the whole log once (to check it, count it and fill the tables). Throws InputError.
std::unique_ptr<JobSource> load_jobs(const TraceOptions& options,
                                     std::uint64_t kept_jobs_max = 1'000'000);

}  // namespace stargate::sim
