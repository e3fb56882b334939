#include "placement/fleet_index.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "placement/placer.h"

namespace stargate::placement {
FleetIndex::FleetIndex(std::shared_ptr<const Topology> topology)
    : shape_(std::make_shared<const FleetShape>(std::move(topology))),
      health_(shape_->node_count(), Health::kHealthy),
      unhealthy_(shape_->node_count()),
      healthy_(shape_) {
  free_.reserve(shape_->node_count());
  for (const RackGroup& group : shape_->topology().spec().groups) {
    free_.insert(free_.end(), group.nodes(), all_gpus(group.gpus_per_node));
  }
}

void FleetIndex::watch(const Request& request, PlacePolicy policy) {
  for (const auto& [key, tiers] : Placer::watched_by(*shape_, request, policy)) {
    healthy_.watch(key, tiers);
    if (usable_) usable_->watch(key, tiers);
  }
}

void FleetIndex::occupy(std::span<const NodeRange> ranges) { apply<true>(ranges); }
void FleetIndex::release(std::span<const NodeRange> ranges) { apply<false>(ranges); }

template <bool kOccupy>
void FleetIndex::apply(std::span<const NodeRange> ranges) {
  for (const NodeRange& range : ranges) {
    STARGATE_CHECK(
        range.count <= shape_->node_count() && range.first <= shape_->node_count() - range.count,
        "a range lies within the fleet");
    const std::uint32_t end = range.first + range.count;
    const std::uint32_t gpus_each = bits_in(range.mask);
    std::uint32_t at = range.first;
    while (at < end) {
      // A run of nodes that are alike: one class, the same free GPUs, the same health.
      const FleetShape::Rack& rack = shape_->rack(shape_->rack_of(at));
      const GpuMask before = free_[at];
      if constexpr (kOccupy) {
        STARGATE_CHECK((before & range.mask) == range.mask, "no GPU is ever held twice");
      } else {
        STARGATE_CHECK((before & range.mask) == 0, "what is released was held");
        STARGATE_CHECK((range.mask & ~all_gpus(shape_->classes()[rack.node_class].size)) == 0,
                       "what is released is there");
      }
      const GpuMask after = before ^ range.mask;
      Health health = Health::kHealthy;
      std::uint32_t stop = std::min(end, rack.class_end);
      if (!unhealthy_.empty()) {
        const std::uint32_t next = unhealthy_.next(at, stop);
        if (next == at) {
          health = health_[at];
          stop = at + 1;
        } else {
          stop = std::min(stop, next);
        }
      }
      std::uint32_t behind = at;
      do {
        free_[behind++] = after;
      } while (behind < stop && free_[behind] == before);
      const std::uint32_t free = bits_in(before);
      change(at, behind - at, health, free, kOccupy ? free - gpus_each : free + gpus_each);
      at = behind;
    }
  }
  settle();
}

void FleetIndex::change(std::uint32_t first, std::uint32_t count, Health health,
                        std::uint32_t before, std::uint32_t after) {
  if (health == Health::kHealthy) healthy_.change(first, count, before, after);
  if (usable_ && health <= Health::kDegraded) usable_->change(first, count, before, after);
}

void FleetIndex::settle() {
  healthy_.settle();
  if (usable_) usable_->settle();
}

void FleetIndex::set_health(NodeId first, std::uint32_t count, Health health) {
  STARGATE_CHECK(count <= shape_->node_count() && first.value <= shape_->node_count() - count,
                 "a range lies within the fleet");
  if (health == Health::kDegraded && !usable_) usable_ = healthy_;
  for (std::uint32_t node = first.value; node < first.value + count; ++node) {
    const Health before = health_[node];
    if (before == health) continue;
    const std::uint32_t free = bits_in(free_[node]);
    change(node, 1, before, free, 0);
    change(node, 1, health, 0, free);
    health_[node] = health;
    if (health == Health::kHealthy) {
      unhealthy_.erase(node);
    } else {
      unhealthy_.insert(node);
    }
  }
  settle();
}

FleetIndex::Free FleetIndex::free_in(Level level, std::uint32_t domain) const {
  if (level == Level::kNode) {
    if (health_[domain] != Health::kHealthy) return {};
    const std::uint32_t gpus = bits_in(free_[domain]);
    return {.gpus = gpus, .idle_nodes = gpus == topology().gpus({domain}) ? 1U : 0U};
  }
  const FleetView::Free& free = healthy_.free_in(shape_->tier_of(level), domain);
  return {.gpus = free.gpus, .idle_nodes = free.idle_nodes};
}

std::uint64_t FleetIndex::free_gpus() const {
  return healthy_.free_in(shape_->last_tier(), 0).gpus;
}

std::uint64_t FleetIndex::free_gpus(const Request& request) const {
  KindMask kinds = 0;
  for (const Part& part : request.parts) kinds |= part.kinds;
  std::uint64_t gpus = 0;
  for (std::uint32_t at = 0; at < shape_->classes().size(); ++at) {
    if (shape_->accepts(kinds, at)) gpus += view_for(request).free_gpus(at);
  }
  return gpus;
}

bool FleetIndex::fits(const Request& request, PlacePolicy policy) const {
  return Placer(*shape_, view_for(request), free_, policy).fits(request);
}

std::optional<Level> FleetIndex::place(const Request& request, PlacePolicy policy,
                                       std::vector<NodeRange>& out) const {
  return Placer(*shape_, view_for(request), free_, policy).place(request, out);
}

void FleetIndex::check_invariants() const {
  FleetView healthy(shape_);
  FleetView usable(shape_);
  for (std::uint32_t node = 0; node < shape_->node_count(); ++node) {
    const std::uint32_t size = topology().gpus({node});
    STARGATE_CHECK((free_[node] & ~all_gpus(size)) == 0, "a node has no GPUs that it lacks");
    STARGATE_CHECK(unhealthy_.contains(node) == (health_[node] != Health::kHealthy),
                   "the nodes that are not healthy are known");
    const std::uint32_t free = bits_in(free_[node]);
    healthy.change(node, 1, size, health_[node] == Health::kHealthy ? free : 0);
    usable.change(node, 1, size, health_[node] <= Health::kDegraded ? free : 0);
  }
  healthy.settle();
  usable.settle();
  healthy.watch_as(healthy_);
  STARGATE_CHECK(healthy.agrees_with(healthy_), "the index says what the masks say");
  if (usable_) usable.watch_as(*usable_);
  STARGATE_CHECK(usable.agrees_with(usable_ ? *usable_ : healthy),
                 "the index says what the masks say");
}

}  // namespace stargate::placement
