#pragma once

#include <cstdint>

#include "core/state.h"
#include "explain/explain.h"

namespace stargate::explain {

/// What there is for a job on an order.
struct Room {
  Shortage shortage = Shortage::kNone;
  std::uint64_t accepted_gpus = 0;
  std::uint64_t free_gpus = 0;
  DataId absent = kNo<DataId>;       ///< the first of its data that is not there
  bool may_come = false;             ///< the workload waits for it, and the site takes it in
  Instant arrives = kNever;          ///< when it is there, where it is on its way
  ClauseId licence = kNo<ClauseId>;  ///< that allows no more GPUs, where that makes it full
};

/// Room for one job with the request, as if the workload ran nowhere. O(nodes + jobs).
Room room_on(const core::State& state, WorkloadId workload, OrderId order, const Request& request);

/// The workload's jobs that hold no GPUs, and the fewest that they ask for.
struct Waiting {
  std::uint64_t jobs = 0;
  std::uint64_t gpus = 0;
};

/// O(jobs).
Waiting waiting_of(const core::State& state, WorkloadId workload);

}  // namespace stargate::explain
