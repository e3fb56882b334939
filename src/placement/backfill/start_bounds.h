#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "base/time.h"

namespace stargate::placement {

/// Within one plan, where room is only taken: a job starts no earlier than one that asks for the same,
/// for no longer, and was planned before it.
class StartBounds {
 public:
  /// `what`: equal for jobs that ask for the same.
  Instant not_before(std::uint64_t what, Duration length, Instant now) const {
    Instant bound = now;
    const auto known = known_.find(what);
    if (known == known_.end()) return bound;
    for (const Known& job : known->second) {
      if (job.length <= length) bound = std::max(bound, job.from);
    }
    return bound;
  }

  void add(std::uint64_t what, Duration length, Instant from) {
    auto& jobs = known_[what];
    for (const Known& job : jobs) {
      if (job.length <= length && from <= job.from) return;
    }
    std::erase_if(jobs, [&](const Known& job) { return length <= job.length && job.from <= from; });
    jobs.push_back({length, from});
  }

 private:
  struct Known {
    Duration length;
    Instant from;
  };
  /// Of each, those that none other makes superfluous.
  std::map<std::uint64_t, std::vector<Known>> known_;
};

}  // namespace stargate::placement
