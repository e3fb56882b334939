#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "agreement/judge.h"
#include "core/state.h"
#include "driver/step.h"

namespace stargate::sim {

/// What was run where under contracts, for judgement and prices. Use of what is still in acceptance
/// has records of its own, by the tranche that allows it.
class UseLog : public driver::Recorder {
 public:
  /// The state that the commands go to. Commands before are not recorded. REQUIRES: no job was
  /// submitted yet; the state outlives the log.
  void watch(const core::State& state) { state_ = &state; }

  /// O(log jobs that run) for each start and end.
  void record(const Command& command, const EventBatch& batch) override;

  /// Nothing is used after the instant.
  void close(Instant at);

  /// What still runs is until kNever.
  std::span<const agreement::UseRecord> records() const { return records_; }

 private:
  /// Records of a job that runs: `count` from `first` on.
  struct Open {
    std::size_t first = 0;
    std::size_t count = 0;
    bool early = false;
  };

  Open add(JobId job, Instant at);
  void end(const Open& open, Instant at);
  void end(JobId job, Instant at);
  void settle(Instant at);

  const core::State* state_ = nullptr;
  std::vector<agreement::UseRecord> records_;
  std::map<JobId, Open> open_;
};

}  // namespace stargate::sim
