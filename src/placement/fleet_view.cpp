#include "placement/fleet_view.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace stargate::placement {

using TallyKind = TallyKey::Kind;

FleetView::FleetView(std::shared_ptr<const FleetShape> shape) : shape_(std::move(shape)) {
  for (const FleetShape::NodeClass& like : shape_->classes()) {
    ClassState state;
    state.nodes = BucketBits(like.end, like.size + 1);
    state.filled = std::uint64_t{1} << (like.size - 1);
    state.free_gpus = std::uint64_t{like.nodes} * like.size;
    state.with[like.size] = like.nodes;
    classes_.push_back(std::move(state));
  }
  for (const FleetShape::Tier& tier : shape_->tiers()) free_.emplace_back(tier.size());
  pending_.resize(shape_->tiers().size());
  for (std::uint32_t at = 0; at < free_[0].size(); ++at) {
    const FleetShape::Rack& rack = shape_->rack(at);
    const std::uint32_t size = shape_->classes()[rack.node_class].size;
    const std::uint32_t nodes = rack.end - rack.first;
    classes_[rack.node_class].nodes.insert(size, rack.first, nodes);
    std::uint32_t domain = at;
    for (std::uint32_t tier = 0; tier < free_.size(); ++tier) {
      free_[tier][domain].gpus += nodes * size;
      free_[tier][domain].idle_nodes += nodes;
      if (tier != shape_->last_tier()) domain = shape_->tiers()[tier].parent[domain];
    }
  }
}

std::uint32_t FleetView::nodes_with(std::uint32_t node_class, std::uint32_t k) const {
  std::uint32_t count = 0;
  const ClassState& state = classes_[node_class];
  for (std::uint32_t free = k; free <= shape_->classes()[node_class].size; ++free) {
    count += state.with[free];
  }
  return count;
}

std::uint32_t FleetView::nodes_with(std::uint32_t node_class, std::uint32_t k, std::uint32_t first,
                                    std::uint32_t end) const {
  const FleetShape::NodeClass& like = shape_->classes()[node_class];
  const BucketBits& nodes = classes_[node_class].nodes;
  end = std::min(end, like.end);
  std::uint32_t count = 0;
  while (first < end) {
    const std::uint32_t stop = std::min(end, (first / 64 + 1) * 64);
    std::uint64_t word = 0;
    for (std::uint32_t free = k; free <= like.size; ++free) word |= nodes.word(free, first / 64);
    word >>= first % 64;
    if (stop - first < 64) word &= (std::uint64_t{1} << (stop - first)) - 1;
    count += static_cast<std::uint32_t>(std::popcount(word));
    first = stop;
  }
  return count;
}

void FleetView::change(std::uint32_t first, std::uint32_t count, std::uint32_t before,
                       std::uint32_t after) {
  if (before == after) return;
  std::uint32_t at = shape_->rack_of(first);
  const std::uint32_t node_class = shape_->rack(at).node_class;
  const std::uint32_t size = shape_->classes()[node_class].size;
  ClassState& state = classes_[node_class];
  if (before != 0) {
    if (state.nodes.erase(before, first, count)) state.filled &= ~(std::uint64_t{1} << (before - 1));
  }
  if (after != 0) {
    if (state.nodes.insert(after, first, count)) state.filled |= std::uint64_t{1} << (after - 1);
  }
  state.with[before] -= count;
  state.with[after] += count;
  const std::int64_t gpus_each = std::int64_t{after} - std::int64_t{before};
  state.free_gpus += static_cast<std::uint64_t>(gpus_each * count);
  const std::int64_t idle_each = std::int64_t{after == size} - std::int64_t{before == size};

  const std::uint32_t end = first + count;
  Pending& pending = pending_[0];
  for (; first < end; ++at) {
    if (pending.domain != at) {
      if (pending.domain != kNone) settle_tier(0);
      pending.domain = at;
    }
    const std::uint32_t stop = std::min(end, shape_->rack(at).end);
    const std::int64_t nodes = stop - first;
    pending.gpus += nodes * gpus_each;
    pending.idle_nodes += nodes * idle_each;
    for (const std::uint32_t index : state.tallies) {
      const TallyKey& key = tallies_[index].key;
      if (key.kind == TallyKind::kCount) {
        const std::int64_t each = std::int64_t{after >= key.k} - std::int64_t{before >= key.k};
        pending.deltas[index] += nodes * each;
      } else if (key.kind == TallyKind::kGpus) {
        pending.deltas[index] += nodes * gpus_each;
      }
    }
    first = stop;
  }
}

void FleetView::settle() {
  for (std::uint32_t tier = 0; tier < pending_.size(); ++tier) {
    if (pending_[tier].domain != kNone) settle_tier(tier);
  }
}

// Adds what is pending for one domain of the tier to it, and makes it pending for its parent.
void FleetView::settle_tier(std::uint32_t tier) {
  Pending& pending = pending_[tier];
  const std::uint32_t domain = pending.domain;
  pending.domain = kNone;
  Free& free = free_[tier][domain];
  free.gpus = static_cast<std::uint32_t>(free.gpus + pending.gpus);
  free.idle_nodes = static_cast<std::uint32_t>(free.idle_nodes + pending.idle_nodes);

  Pending* above = nullptr;
  if (tier != shape_->last_tier()) {
    above = &pending_[tier + 1];
    const std::uint32_t parent = shape_->tiers()[tier].parent[domain];
    if (above->domain != parent) {
      if (above->domain != kNone) settle_tier(tier + 1);
      above->domain = parent;
    }
    above->gpus += pending.gpus;
    above->idle_nodes += pending.idle_nodes;
  }
  pending.gpus = 0;
  pending.idle_nodes = 0;

  const auto settle_one = [&](std::uint32_t index) {
    Tally& tally = tallies_[index];
    DomainOrder& order = tally.tiers[tier];
    if (tally.key.kind == TallyKind::kPair) {
      order.set(domain, pair_in(tally, tier, domain));
      return;
    }
    std::int64_t& delta = pending.deltas[index];
    if (tally.key.kind != TallyKind::kSegments) {
      if (delta == 0) return;
      order.set(domain, static_cast<std::uint32_t>(order.value(domain) + delta));
      if (above != nullptr) above->deltas[index] += delta;
      delta = 0;
      return;
    }
    if (tier < tally.key.segment_tier) return;
    std::uint32_t& segments = tally.segments[tier][domain];
    std::uint32_t& tails = tally.tails[tier][domain];
    std::int64_t& tail_delta = pending.tail_deltas[index];
    if (tier == tally.key.segment_tier) {
      delta = std::int64_t{segments_in(tally, domain)} - segments;
      tail_delta = std::int64_t{tail_fits(tally, domain)} - tails;
    }
    if (delta == 0 && tail_delta == 0) return;
    segments = static_cast<std::uint32_t>(segments + delta);
    tails = static_cast<std::uint32_t>(tails + tail_delta);
    order.set(domain, 2 * segments + (tails > 0 ? 1 : 0));
    if (above != nullptr) {
      above->deltas[index] += delta;
      above->tail_deltas[index] += tail_delta;
    }
    delta = 0;
    tail_delta = 0;
  };
  if (tier == 0) {
    for (const std::uint32_t index : classes_[shape_->rack(domain).node_class].tallies) {
      settle_one(index);
    }
  } else {
    for (std::uint32_t index = 0; index < tallies_.size(); ++index) settle_one(index);
  }
}

}  // namespace stargate::placement
