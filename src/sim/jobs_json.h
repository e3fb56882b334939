#pragma once

#include <memory>
#include <vector>

#include "sim/jobs_record.h"
#include "sim/line_reader.h"

namespace stargate::sim {

/// Takes the lines of a `jobs` log in NDJSON apart.
class JobsJson {
 public:
  JobsJson();
  ~JobsJson();
  JobsJson(const JobsJson&) = delete;
  JobsJson& operator=(const JobsJson&) = delete;

  /// Fills `record` and `parts` from the object in the current line; the texts are good until the
  /// next call. Throws InputError for a line that is no such object, for keys that are unknown or
  /// come twice, and for values of another type than the key has.
  void parse(const LineReader& lines, JobsRecord& record, std::vector<JobsRecord>& parts);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stargate::sim
