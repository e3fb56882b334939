#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "agreement/judge.h"
#include "core/state.h"

namespace stargate::sim {

/// What was run where under contracts, for judgement and prices. Use of what is still in acceptance
/// has records of its own, by the tranche that allows it.
class UseLog {
 public:
  /// The job holds GPUs of an order from now on. O(log jobs that run).
  void start(const core::State& state, JobId job, Instant at);
  /// It holds none any more; nothing happens where it held none.
  void end(JobId job, Instant at);
  /// What the contracts say has changed: what was used early may have been accepted.
  void settle(const core::State& state, Instant at);
  /// Nothing is used after the instant.
  void close(Instant at);

  std::span<const agreement::UseRecord> records() const { return records_; }

 private:
  /// Records of a job that runs: `count` from `first` on.
  struct Open {
    std::size_t first = 0;
    std::size_t count = 0;
    bool early = false;
  };

  Open add(const core::State& state, JobId job, Instant at);
  void end(const Open& open, Instant at);

  std::vector<agreement::UseRecord> records_;
  std::map<JobId, Open> open_;
};

}  // namespace stargate::sim
