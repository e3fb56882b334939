#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "base/time.h"
#include "model/node_range.h"

namespace stargate::sim {

/// Writes a line a job, in the order in which they end: id,submit,start,end,nodes (CSV with a header).
/// Times are seconds of the log's own clock, `start` the first one; nodes are those it ended on, as
/// "0-3:0-7;9:0,2": nodes 0 to 3 with GPUs 0 to 7 of each, and node 9 with GPUs 0 and 2.
class JobsOut {
 public:
  /// `clock_zero`: when the log's clock showed 0. Throws InputError where the file cannot be written.
  JobsOut(const std::string& path, Instant clock_zero);

  void write(const std::string& id, Instant submit, Instant start, Instant end,
             std::span<const NodeRange> nodes);
  /// Throws InputError where not everything could be written.
  void close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  Instant clock_zero_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string line_;
};

}  // namespace stargate::sim
