#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/policy.h"
#include "model/reason.h"
#include "model/request.h"
#include "placement/flat_need.h"
#include "placement/fleet_index.h"
#include "placement/job.h"
#include "placement/orders/order.h"
#include "placement/pending.h"

namespace stargate::placement {

/// A queue: its fleet, the jobs that wait for it and the allocations on it. Everything but `fleet`'s
/// holdings, the definition and what waits first can be derived from the jobs.
struct Queue {
  Queue(QueueId queue_id, std::string queue_name, const FleetSpec& spec,
        const QueuePolicy& queue_policy);

  QueueId id;
  std::string name;
  QueuePolicy policy;
  const Order* order;
  FleetIndex fleet;
  /// The same fleet, healthy and with nothing on it: what does not fit here never will.
  FleetIndex empty_fleet;
  std::uint32_t unhealthy_nodes = 0;
  /// GPUs that are not ours to use, of nodes that have any. Those that no allocation holds are
  /// occupied in `fleet`.
  struct Unavailable {
    GpuMask gpus = 0;
    GpuMask occupied = 0;
  };
  std::map<std::uint32_t, Unavailable> unavailable;
  /// Of those, GPUs that allocations hold: what these give back is less than what they hold.
  std::uint64_t unavailable_held_gpus = 0;

  /// One tree, or one a tenant (index: TenantId) where tenants queue apart.
  std::vector<PendingTree> pending;
  /// The same jobs by estimate, where candidates for backfilling are tried in that order.
  std::vector<PendingTree> by_estimate;
  bool by_tenant = false;
  std::uint64_t pending_jobs = 0;

  HeldTree held;
  std::uint64_t stopping = 0;

  /// What JobWaits last said.
  JobId waits;
  Reason waits_for = Reason::kNone;

  /// What is known of each request (index: RequestId) since the first job with it came here.
  struct Admitted {
    bool known = false;
    std::uint8_t request_class = kOwnClasses;
    Reason refusal = Reason::kNone;  ///< why it can never run here
    std::uint64_t gpus = 0;          ///< the most that it takes here
    std::optional<FlatNeed>
        flat;  ///< while every node is healthy and all that is held is given back
  };
  std::vector<Admitted> admitted;
  std::vector<RequestId> own_classes;

  bool knows(RequestId request) const {
    return request.value < admitted.size() && admitted[request.value].known;
  }

  std::optional<FlatNeed> flat_need_of(RequestId request) const {
    return unhealthy_nodes > 0 || unavailable_held_gpus > 0 ? std::nullopt
                                                            : admitted[request.value].flat;
  }
  /// Whether the request fits now, reservations not minded.
  bool fits_now(RequestId request_id, const Request& request) const {
    if (const auto flat = flat_need_of(request_id)) {
      return flat->fits([&](std::uint32_t k) { return fleet.nodes_with(k); });
    }
    return fleet.fits(request, policy.place);
  }

  /// These GPUs of a node, and no others of it, are not ours to use. O(log nodes).
  void set_unavailable(NodeId node, GpuMask gpus);
  /// Gives back what an allocation held.
  void release(std::span<const NodeRange> ranges);
  /// Whether such GPUs are among those of an allocation.
  bool holds_unavailable(std::span<const NodeRange> ranges) const;
  /// Calls give(ranges) with what an allocation gives back: without GPUs that are not ours to use.
  template <class Give>
  void give_back(std::span<const NodeRange> ranges, Give give) const {
    if (!holds_unavailable(ranges)) return give(ranges);
    const std::vector<NodeRange> ours = without_unavailable(ranges);
    give(std::span<const NodeRange>(ours));
  }
  /// The same on another fleet of these nodes; and taken again.
  void give_back_on(FleetIndex& other, std::span<const NodeRange> ranges) const;
  void take_again_on(FleetIndex& other, std::span<const NodeRange> ranges) const;
  /// Of nodes that take work, and that no allocation holds.
  std::uint64_t unavailable_gpus() const;

  /// Makes the request known to the fleet, gives it a class and says whether it can ever run.
  /// REQUIRES: !knows(id). O(nodes) for a share of a node that no request had before.
  void admit(RequestId id, const Request& request);
  std::uint32_t class_for(RequestId id, std::uint32_t gpus) const;

  void enqueue(const Job& job, std::uint32_t slot);
  void dequeue(const Job& job);
  QueueKey key_of(const Job& job) const;

 private:
  std::vector<NodeRange> without_unavailable(std::span<const NodeRange> ranges) const;
  std::uint64_t gpus_of(const Request& request) const;
  std::size_t group_of(const Job& job) const { return by_tenant ? job.tenant.value : 0; }
};

}  // namespace stargate::placement
