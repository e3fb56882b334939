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
    std::fill_n(state.with.begin() + 1, like.size, like.nodes);
    classes_.push_back(std::move(state));
  }
  pending_.fill(kNone);
  free_.resize(shape_->slot_count());
  for (std::uint32_t at = 0; at < shape_->tiers()[0].size(); ++at) {
    const FleetShape::Rack& rack = shape_->rack(at);
    const std::uint32_t size = shape_->classes()[rack.node_class].size;
    const std::uint32_t nodes = rack.end - rack.first;
    classes_[rack.node_class].nodes.insert(size, rack.first, nodes);
    for (std::uint32_t slot = at; slot != kNone; slot = shape_->parent_slot(slot)) {
      free_[slot].gpus += nodes * size;
      free_[slot].idle_nodes += nodes;
    }
  }
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
    count += bits_in(word);
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
  if (before != 0 && state.nodes.erase(before, first, count)) {
    state.filled &= ~(std::uint64_t{1} << (before - 1));
  }
  if (after != 0 && state.nodes.insert(after, first, count)) {
    state.filled |= std::uint64_t{1} << (after - 1);
  }
  for (std::uint32_t k = before + 1; k <= after; ++k) state.with[k] += count;
  for (std::uint32_t k = after + 1; k <= before; ++k) state.with[k] -= count;
  const std::int32_t gpus_each =
      static_cast<std::int32_t>(after) - static_cast<std::int32_t>(before);
  const std::int32_t idle_each = (after == size ? 1 : 0) - (before == size ? 1 : 0);
  state.free_gpus += static_cast<std::uint64_t>(std::int64_t{gpus_each} * count);

  const std::uint32_t end = first + count;
  for (; first < end; ++at) {
    if (pending_[0] != at) {
      if (pending_[0] != kNone) settle_rack();
      pending_[0] = at;
    }
    const std::uint32_t stop = std::min(end, shape_->rack(at).end);
    const auto nodes = static_cast<std::int32_t>(stop - first);
    pending_gpus_ += nodes * gpus_each;
    pending_idle_nodes_ += nodes * idle_each;
    for (const std::uint32_t index : state.tallies) {
      const TallyKey& key = tallies_[index].key;
      if (key.kind == TallyKind::kCount) {
        const std::int32_t each = (after >= key.k ? 1 : 0) - (before >= key.k ? 1 : 0);
        delta(index, 0).value += nodes * each;
      } else if (key.kind == TallyKind::kGpus) {
        delta(index, 0).value += nodes * gpus_each;
      }
    }
    first = stop;
  }
}

void FleetView::settle() {
  if (pending_[0] == kNone) return;
  settle_rack();
  if (tallies_.empty()) return;
  for (std::uint32_t tier = 1; tier <= shape_->last_tier(); ++tier) settle_tier(tier);
}

void FleetView::settle_rack() {
  const std::uint32_t rack = pending_[0];
  for (std::uint32_t slot = rack; slot != kNone; slot = shape_->parent_slot(slot)) {
    free_[slot].gpus += static_cast<std::uint32_t>(pending_gpus_);
    free_[slot].idle_nodes += static_cast<std::uint32_t>(pending_idle_nodes_);
  }
  pending_gpus_ = 0;
  pending_idle_nodes_ = 0;
  if (tallies_.empty()) {
    pending_[0] = kNone;
  } else {
    settle_tier(0);
  }
}

// Adds what is pending for a domain of the tier to its tallies; then it is pending for the parent.
void FleetView::settle_tier(std::uint32_t tier) {
  const std::uint32_t domain = pending_[tier];
  pending_[tier] = kNone;
  if (tier != shape_->last_tier()) {
    const std::uint32_t parent = shape_->tiers()[tier].parent[domain];
    if (pending_[tier + 1] != parent) {
      if (pending_[tier + 1] != kNone) settle_tier(tier + 1);
      pending_[tier + 1] = parent;
    }
  }
  if (tier == 0) {
    for (const std::uint32_t index : classes_[shape_->rack(domain).node_class].tallies) {
      settle_tally(index, tier, domain);
    }
  } else {
    for (std::uint32_t index = 0; index < tallies_.size(); ++index) {
      settle_tally(index, tier, domain);
    }
  }
}

void FleetView::settle_tally(std::uint32_t index, std::uint32_t tier, std::uint32_t domain) {
  Tally& tally = tallies_[index];
  Delta& pending = delta(index, tier);
  if (tier >= tally.tiers.size()) {
    pending = {};
    return;
  }
  DomainOrder& order = tally.tiers[tier];
  switch (tally.key.kind) {
    case TallyKind::kPair: order.set(domain, pair_in(tally, tier, domain)); return;
    case TallyKind::kSegments: {
      if (tier < tally.key.segment_tier) return;
      std::uint32_t& segments = tally.segments[tier][domain];
      std::uint32_t& tails = tally.tails[tier][domain];
      if (tier == tally.key.segment_tier) {
        const std::uint32_t segments_now = segments_in(tally, domain);
        const std::uint32_t tails_now = tail_fits(tally, domain) ? 1 : 0;
        pending = {.value = static_cast<std::int32_t>(segments_now - segments),
                   .tails = static_cast<std::int32_t>(tails_now - tails)};
      }
      if (pending.value == 0 && pending.tails == 0) return;
      segments += static_cast<std::uint32_t>(pending.value);
      tails += static_cast<std::uint32_t>(pending.tails);
      order.set(domain, 2 * segments + (tails > 0 ? 1 : 0));
      break;
    }
    default:
      if (pending.value == 0) return;
      order.set(domain, order.value(domain) + static_cast<std::uint32_t>(pending.value));
      break;
  }
  if (tier + 1 < tally.tiers.size()) {
    Delta& above = delta(index, tier + 1);
    above.value += pending.value;
    above.tails += pending.tails;
  }
  pending = {};
}

}  // namespace stargate::placement
