#include "placement/queue.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace stargate::placement {

Queue::Queue(QueueId queue_id, std::string queue_name, const FleetSpec& spec,
             const QueuePolicy& queue_policy)
    : id(queue_id),
      name(std::move(queue_name)),
      policy(queue_policy),
      order(&order_of(queue_policy.order)),
      fleet(std::make_shared<const Topology>(spec)),
      empty_fleet(fleet),
      by_tenant(order->by_tenant) {}

void Queue::admit(RequestId request_id, const Request& request) {
  if (request_id.value >= admitted.size()) admitted.resize(request_id.value + 1);
  Admitted& entry = admitted[request_id.value];
  entry.known = true;
  entry.gpus = gpus_of(request);
  entry.flat = flat_need(fleet.topology(), request, policy.place);
  fleet.watch(request, policy.place);
  empty_fleet.watch(request, policy.place);
  if (entry.gpus > fleet.topology().gpu_count()) {
    entry.refusal = Reason::kTooManyGpus;
  } else if (entry.gpus == 0 || !empty_fleet.fits(request, policy.place)) {
    entry.refusal = Reason::kShapeNeverFits;
  } else if (own_classes.size() < kOwnClasses) {
    entry.request_class = static_cast<std::uint8_t>(own_classes.size());
    own_classes.push_back(request_id);
  }
}

std::uint64_t Queue::gpus_of(const Request& request) const {
  std::uint64_t gpus = 0;
  for (const Part& part : request.parts) {
    std::uint32_t node_gpus_max = 0;
    if (part.nodes > 0) {
      for (const RackGroup& group : fleet.topology().spec().groups) {
        if ((part.kinds >> group.kind.value & 1) != 0) {
          node_gpus_max = std::max(node_gpus_max, group.gpus_per_node);
        }
      }
    }
    gpus += part.gpus + std::uint64_t{part.nodes} * node_gpus_max;
  }
  return gpus;
}

void Queue::set_unavailable(NodeId node, GpuMask gpus) {
  Unavailable& entry = unavailable[node.value];
  const NodeRange occupied{node.value, 1, entry.occupied, 0};
  if (entry.occupied != 0) fleet.release(std::span(&occupied, 1));
  unavailable_held_gpus -= bits_in(entry.gpus & ~entry.occupied);
  if (gpus == 0) {
    unavailable.erase(node.value);
    return;
  }
  entry.gpus = gpus;
  entry.occupied = gpus & fleet.free_mask(node);
  unavailable_held_gpus += bits_in(entry.gpus & ~entry.occupied);
  const NodeRange occupies{node.value, 1, entry.occupied, 0};
  if (entry.occupied != 0) fleet.occupy(std::span(&occupies, 1));
}

void Queue::release(std::span<const NodeRange> ranges) {
  fleet.release(ranges);
  for (const NodeRange& range : ranges) {
    for (auto at = unavailable.lower_bound(range.first);
         at != unavailable.end() && at->first < range.first + range.count; ++at) {
      set_unavailable({at->first}, at->second.gpus);
    }
  }
}

bool Queue::holds_unavailable(std::span<const NodeRange> ranges) const {
  return std::ranges::any_of(ranges, [&](const NodeRange& range) {
    const auto end = unavailable.lower_bound(range.first + range.count);
    return std::any_of(unavailable.lower_bound(range.first), end,
                       [&](const auto& node) { return (node.second.gpus & range.mask) != 0; });
  });
}

std::vector<NodeRange> Queue::without_unavailable(std::span<const NodeRange> ranges) const {
  std::vector<NodeRange> ours;
  for (const NodeRange& range : ranges) {
    const std::uint32_t end = range.first + range.count;
    std::uint32_t next = range.first;
    for (auto at = unavailable.lower_bound(range.first); at != unavailable.end() && at->first < end;
         ++at) {
      if (next < at->first) ours.push_back({next, at->first - next, range.mask, range.part});
      const GpuMask left = range.mask & ~at->second.gpus;
      if (left != 0) ours.push_back({at->first, 1, left, range.part});
      next = at->first + 1;
    }
    if (next < end) ours.push_back({next, end - next, range.mask, range.part});
  }
  return ours;
}

void Queue::give_back_on(FleetIndex& other, std::span<const NodeRange> ranges) const {
  give_back(ranges, [&](std::span<const NodeRange> ours) { other.release(ours); });
}

void Queue::take_again_on(FleetIndex& other, std::span<const NodeRange> ranges) const {
  give_back(ranges, [&](std::span<const NodeRange> ours) { other.occupy(ours); });
}

std::uint64_t Queue::unavailable_gpus() const {
  std::uint64_t gpus = 0;
  for (const auto& [node, entry] : unavailable) {
    if (fleet.health({node}) <= Health::kDegraded) gpus += bits_in(entry.occupied);
  }
  return gpus;
}

std::uint32_t Queue::class_for(RequestId request_id, std::uint32_t gpus) const {
  const std::uint32_t request_class = admitted[request_id.value].request_class;
  return request_class < kOwnClasses ? request_class : shared_class(gpus);
}

QueueKey Queue::key_of(const Job& job) const { return {order->key(job, Instant{}), job.id.value}; }

void Queue::enqueue(const Job& job, std::uint32_t slot) {
  const std::size_t group = group_of(job);
  const Duration left = job.left_from_start();
  const PendingItem item{left, slot, job.gpus, class_for(job.request, job.gpus)};
  if (group >= pending.size()) pending.resize(group + 1);
  pending[group].insert(key_of(job), item);
  if (policy.backfill_order == BackfillOrder::kShortest) {
    if (group >= by_estimate.size()) by_estimate.resize(group + 1);
    by_estimate[group].insert({left.us, job.id.value}, item);
  }
  ++pending_jobs;
}

void Queue::dequeue(const Job& job) {
  const std::size_t group = group_of(job);
  pending[group].erase(key_of(job));
  if (policy.backfill_order == BackfillOrder::kShortest) {
    by_estimate[group].erase({job.left_from_start().us, job.id.value});
  }
  --pending_jobs;
}

}  // namespace stargate::placement
