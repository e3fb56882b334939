#pragma once

#include <optional>
#include <vector>

#include "placement/scheduling.h"

namespace stargate::placement {

/// Where a job of a workload goes.
struct Route {
  QueueId queue = kNo<QueueId>;     ///< kNo: nowhere now
  RequestId request;                ///< as that queue is asked
  Duration estimate;                ///< in the time of its accelerators
  Reason reason = Reason::kNone;    ///< why nowhere
  ClauseId clause = kNo<ClauseId>;  ///< that decides it, where one does
  /// Data that has to be brought to `site` first, where that is all that is missing.
  DataId data = kNo<DataId>;
  SiteId site = kNo<SiteId>;
};

/// The requests with which the job may be asked for in its permitted queues and that those queues do
/// not know yet: each is to be admitted before choose_route().
std::optional<std::pair<QueueId, RequestId>> unknown_request(const Scheduling& scheduling,
                                                             const Job& job);

/// Whether any node of the queue takes work with the request, free or not. O(1). All nodes of a supplier
/// that is out of contact, or that are drained, take none.
bool takes_work(const Queue& queue, const Request& request);

/// The best place for a job that holds no GPUs, by the ranking of its workload: of those that take work,
/// or, where none does, of all. O(permitted queues). REQUIRES: !unknown_request(scheduling, job).
Route choose_route(const Scheduling& scheduling, const Job& job, Instant now);

/// After a compile(): the queues with room where more may be permitted or accepted than before, if
/// anything waits in another's. Whoever drives an engine has them scheduled, so that what waits goes there.
/// O(queues).
std::vector<QueueId> queues_to_try(const Scheduling& scheduling);

/// The queues with room that nothing waits for: what lost its place in another may find one there.
/// O(queues).
std::vector<QueueId> queues_with_room(const Scheduling& scheduling);

/// The criterion of its workload's ranking by which the place that the job holds GPUs in is better than
/// another that is permitted, as things are; nullopt where none is, or the other is better now.
/// REQUIRES: the job holds GPUs, and the other queue knows the job's request in it.
std::optional<Criterion> better_by(const Scheduling& scheduling, const Job& job, QueueId other,
                                   Instant now);

/// Whether the job may be in the queue as things are: permitted, with its data there, and capacity
/// and units for it.
bool may_wait(const Scheduling& scheduling, const Job& job, QueueId queue);

/// Whether only a limit on how much of it there may be keeps the job out: it may come in when another
/// leaves.
inline bool is_limited(const Job& job) {
  return job.unmet == Reason::kShareUsed || job.unmet == Reason::kUnitsUsed;
}

/// Whether it may come there from another queue: that, and its supplier has no more of the workload
/// than the limit on dependence allows.
bool may_move(const Scheduling& scheduling, const Job& job, QueueId queue);

/// The job's request in the queue, and its estimate in the time of the queue's accelerators, rounded
/// up.
RequestId request_in(const Market& market, const Job& job, QueueId queue);
Duration estimate_in(const Market& market, const Job& job, QueueId queue);

}  // namespace stargate::placement
