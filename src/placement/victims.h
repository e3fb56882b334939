#pragma once

#include <vector>

#include "placement/scheduling.h"

namespace stargate::placement {

/// What can be stopped so that a job that goes first can start.
struct StopPlan {
  /// Others have already been asked to stop, and that will do.
  bool wait = false;
  /// Whole gangs, fewest lost GPU time first; empty: nothing helps, or nothing is needed.
  std::vector<std::uint32_t> victims;
};

/// Preemption: jobs of the queue whose key is greater than the waiting job's, those that lose least
/// work since their last checkpoint first, ties to the one that started last, then to the greater
/// id; as many as it takes, and then none that turns out not to be needed. A job that is not within its
/// tenant's guaranteed share stops nobody of another tenant who is.
/// O(allocations log allocations + fleet).
StopPlan plan_preemption(const Scheduling& scheduling, const Queue& queue, const Job& job,
                         Instant at);

/// What a licence that allows fewer GPUs than are held takes back: of the jobs that hold them and are
/// not stopping, those chosen as for preemption. Empty: it allows all. O(its queues), and where it
/// does not, O(their allocations log allocations).
std::vector<std::uint32_t> plan_licence(const Scheduling& scheduling, const UnitsLimit& limit,
                                        Instant at);

/// Reclaim: as plan_preemption, but the victims are jobs of tenants of the same cohort that hold more than
/// their guaranteed share, and no tenant is brought below it by more than its last victim.
/// REQUIRES: with the job its tenant stays within its own guaranteed share.
StopPlan plan_reclaim(const Scheduling& scheduling, const Queue& queue, const Job& job, Instant at);

}  // namespace stargate::placement
