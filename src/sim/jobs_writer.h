#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/byte_source.h"
#include "sim/job_source.h"
#include "sim/jobs_record.h"
#include "sim/trace_job.h"

namespace stargate::sim {

/// Columns of a CSV file: bit i stands for JobsKey i. id, submit_s and run_s are always written.
using JobsColumns = std::uint32_t;
constexpr JobsColumns jobs_column(JobsKey key) { return 1U << static_cast<std::uint32_t>(key); }
inline constexpr JobsColumns kAllJobsColumns = (1U << kJobsKeyCount) - 1;

/// Those that jobs with these tables may need.
JobsColumns jobs_columns_of(const TraceTables& tables);

/// Writes jobs in the `jobs` format: NDJSON where the path ends with .ndjson or .jsonl (before an
/// ending for compression), else CSV. What is written reads back as the same jobs, with names
/// numbered in the order in which they come.
class JobsWriter {
 public:
  /// Throws InputError for a file that cannot be written. REQUIRES: `tables` outlives the writer;
  /// they may grow while it is used.
  JobsWriter(const std::string& path, const TraceTables& tables,
             JobsColumns columns = kAllJobsColumns);

  /// Throws InputError for what CSV cannot hold: gangs of several parts, line ends in names, and
  /// values of columns that are not written.
  void write(const TraceJob& job);
  /// Writes what is left. Without it, the file is incomplete. Throws InputError.
  void finish();

 private:
  void write_csv(const TraceJob& job);
  void write_json(const TraceJob& job);
  void begin(JobsKey key);
  void number(JobsKey key, std::uint64_t value);
  void number(JobsKey key, std::int64_t value);
  void micros(JobsKey key, std::int64_t us);
  void text(JobsKey key, std::string_view value);
  void truth(JobsKey key, bool value);
  void part(const Part& part);
  std::string kinds_text(KindMask kinds) const;
  [[noreturn]] void fail(const std::string& message) const;

  std::string path_;
  const TraceTables& tables_;
  JobsColumns columns_;
  bool json_;
  std::unique_ptr<ByteSink> sink_;
  std::string line_;
  bool first_in_object_ = true;
  std::uint32_t at_column_ = 0;  // of the CSV line: the next key
};

/// Writes every job of `jobs` to `path`. Throws InputError.
void write_jobs(const JobSource& jobs, const std::string& path);

}  // namespace stargate::sim
