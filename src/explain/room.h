#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/state.h"
#include "explain/explain.h"

namespace stargate::explain {

/// A clause that allows too few GPUs at once.
struct Licence {
  ClauseId clause;
  std::uint64_t most_gpus = 0;
  std::uint64_t used_gpus = 0;
  std::uint64_t asked_gpus = 0;  ///< more than what is left
};

/// What there is for a job on an order.
struct Room {
  Shortage shortage = Shortage::kNone;
  std::uint64_t accepted_gpus = 0;
  std::uint64_t free_gpus = 0;
  std::uint64_t out_of_service_gpus = 0;  ///< of those accepted, on nodes that take no work
  std::uint64_t unavailable_gpus = 0;  ///< of those accepted, that others use or that are not there
  DataId absent = kNo<DataId>;         ///< the first of its data that is not there
  bool may_come = false;               ///< the workload waits for it, and the site takes it in
  Instant arrives = kNever;            ///< when it is there, where it is on its way
  std::optional<Licence> licence;      ///< that allows no more GPUs, where that makes it full
};

/// What runs nowhere as far as a question goes: all jobs of the workload, or the one of them.
struct Absent {
  WorkloadId workload;
  std::optional<JobId> job;

  bool includes(const placement::Job& other) const {
    return job ? other.id == *job : other.workload == workload;
  }
};

/// Room for one job of the workload with the request, as if what is absent ran nowhere. O(nodes + jobs).
Room room_on(const core::State& state, const Absent& absent, OrderId order, const Request& request);

/// What a job of the workload asks for: the first that there is; one GPU where there is none. O(jobs).
Request request_of(const core::State& state, WorkloadId workload);

/// What those of the absent jobs wait for that hold no GPUs, but for their own limit on dependence. The most
/// jobs first. O(jobs).
std::vector<Wait> waits_of(const core::State& state, const Absent& absent);

/// The workload's jobs that hold no GPUs, and the fewest that they ask for.
struct Waiting {
  std::uint64_t jobs = 0;
  std::uint64_t gpus = 0;
};

/// O(jobs).
Waiting waiting_of(const core::State& state, WorkloadId workload);

}  // namespace stargate::explain
