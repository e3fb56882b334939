#pragma once

#include <cstdint>
#include <vector>

#include "base/prng.h"
#include "core/state.h"

namespace stargate::oracle {

/// Commands as drivers might give them, at random, about small fleets: every kind of command, sensible
/// ones mostly, some that are refused. The same seed and policy give the same commands to the same
/// engine.
class RandomHistory {
 public:
  RandomHistory(std::uint64_t seed, const QueuePolicy& policy) : prng_(seed), policy_(policy) {}

  /// The command to execute next, given the state after those before it.
  Command next(const core::State& state);

 private:
  Command::Body define(const core::State& state);
  Command::Body act(const core::State& state);
  Command::Body act_on_job(const core::State& state);
  Command::Body submit(const core::State& state);
  Command::Body reserve(const core::State& state);
  Request request();
  std::uint32_t any(std::uint64_t count) { return static_cast<std::uint32_t>(prng_.below(count)); }

  Prng prng_;
  QueuePolicy policy_;
  Instant now_{seconds(1'735'689'600).us};
  std::uint32_t definitions_ = 0;
  std::uint64_t next_job_ = 0;
  std::uint64_t next_reservation_ = 0;
};

/// Every order with every kind of backfilling in both orders, and repacking.
std::vector<QueuePolicy> all_policies();

}  // namespace stargate::oracle
