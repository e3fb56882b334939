// The part of FleetView that makes, finds and compares tallies.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "placement/fleet_view.h"

namespace stargate::placement {

using TallyKind = TallyKey::Kind;

std::uint32_t FleetView::find(const TallyKey& key) const {
  for (std::uint32_t index = 0; index < tallies_.size(); ++index) {
    if (tallies_[index].key == key) return index;
  }
  return kNone;
}

const DomainOrder& FleetView::tally(const TallyKey& key, std::uint32_t tier) const {
  const std::uint32_t index = find(key);
  STARGATE_CHECK(index != kNone && tier < tallies_[index].tiers.size(),
                 "what is placed was watched before");
  return tallies_[index].tiers[tier];
}

// A tally that others are made of comes before them: they are settled in that order.
std::uint32_t FleetView::watch_base(const TallyKey& key, std::uint32_t tiers) {
  watch(key, tiers);
  return find(key);
}

void FleetView::watch(const TallyKey& key, std::uint32_t tiers) {
  const std::uint32_t found = find(key);
  if (found != kNone && tallies_[found].tiers.size() >= tiers) return;
  Tally tally;
  tally.key = key;
  if (key.kind == TallyKind::kPair || key.kind == TallyKind::kSegments) {
    tally.base = watch_base({.node_class = key.node_class, .k = key.k}, tiers);
    if (key.r != 0) tally.rest = watch_base({.node_class = key.node_class, .k = key.r}, tiers);
  }
  build(tally, tiers);
  if (found != kNone) {
    tallies_[found] = std::move(tally);
    return;
  }
  const auto index = static_cast<std::uint32_t>(tallies_.size());
  for (std::uint32_t at = 0; at < classes_.size(); ++at) {
    const bool touches =
        key.kind == TallyKind::kGpus ? shape_->accepts(key.kinds, at) : key.node_class == at;
    if (touches) classes_[at].tallies.push_back(index);
  }
  tallies_.push_back(std::move(tally));
  deltas_.resize(tallies_.size() * kLevelCount);
}

void FleetView::watch_as(const FleetView& other) {
  for (const Tally& tally : other.tallies_) {
    watch(tally.key, static_cast<std::uint32_t>(tally.tiers.size()));
  }
}

std::uint32_t FleetView::value_max(const TallyKey& key, std::uint32_t tier) const {
  const FleetShape::Tier& at = shape_->tiers()[tier];
  if (key.kind == TallyKind::kGpus) return at.gpus_max;
  if (key.kind == TallyKind::kSegments) return 2 * (at.nodes_max / key.segment_nodes) + 1;
  return at.nodes_max;
}

std::uint32_t FleetView::segments_in(const Tally& tally, std::uint32_t domain) const {
  const std::uint32_t nodes = tallies_[tally.base].tiers[tally.key.segment_tier].value(domain);
  return nodes / tally.key.segment_nodes;
}

bool FleetView::tail_fits(const Tally& tally, std::uint32_t domain) const {
  const TallyKey& key = tally.key;
  if (key.tail_nodes == 0 && key.r == 0) return false;
  const std::uint32_t nodes = tallies_[tally.base].tiers[key.segment_tier].value(domain);
  const std::uint32_t used = nodes / key.segment_nodes * key.segment_nodes;
  if (nodes - used < key.tail_nodes) return false;
  if (key.r == 0) return true;
  return tallies_[tally.rest].tiers[key.segment_tier].value(domain) - used >= key.tail_nodes + 1;
}

std::uint32_t FleetView::pair_in(const Tally& tally, std::uint32_t tier,
                                 std::uint32_t domain) const {
  const std::uint32_t with_k = tallies_[tally.base].tiers[tier].value(domain);
  const std::uint32_t with_r = tallies_[tally.rest].tiers[tier].value(domain);
  return std::min(with_k, std::max(with_r, 1U) - 1);
}

void FleetView::build(Tally& tally, std::uint32_t tier_count) {
  const TallyKey& key = tally.key;
  const auto& tiers = shape_->tiers();
  const std::uint64_t bits_max =
      std::max<std::uint64_t>(16 * std::uint64_t{shape_->node_count()}, 1U << 16);
  // Values of one tier after the other; those of kCount and kGpus, the segments and the tails add
  // up.
  std::vector<std::uint32_t> values;
  std::vector<std::uint32_t> tails;
  for (std::uint32_t tier = 0; tier < tier_count; ++tier) {
    const std::uint32_t domains = tiers[tier].size();
    const std::vector<std::uint32_t> below = std::exchange(values, {});
    const std::vector<std::uint32_t> tails_below = std::exchange(tails, {});
    values.assign(domains, 0);
    const bool segments = key.kind == TallyKind::kSegments;
    if (segments) tails.assign(domains, 0);
    const bool starts_here = segments ? tier == key.segment_tier : tier == 0;
    if (key.kind == TallyKind::kPair) {
      for (std::uint32_t at = 0; at < domains; ++at) values[at] = pair_in(tally, tier, at);
    } else if (starts_here) {
      for (std::uint32_t at = 0; at < domains; ++at) {
        if (segments) {
          values[at] = segments_in(tally, at);
          tails[at] = tail_fits(tally, at) ? 1 : 0;
          continue;
        }
        const FleetShape::Rack& rack = shape_->rack(at);
        if (key.kind == TallyKind::kGpus) {
          if (shape_->accepts(key.kinds, rack.node_class)) values[at] = free_[at].gpus;
        } else if (rack.node_class == key.node_class) {
          values[at] = nodes_with(key.node_class, key.k, rack.first, rack.end);
        }
      }
    } else if (!segments || tier > key.segment_tier) {
      for (std::uint32_t at = 0; at < below.size(); ++at) {
        const std::uint32_t parent = tiers[tier - 1].parent[at];
        values[parent] += below[at];
        if (segments) tails[parent] += tails_below[at];
      }
    }
    std::vector<std::uint32_t> shown = values;
    if (segments) {
      for (std::uint32_t at = 0; at < domains; ++at) {
        shown[at] = 2 * values[at] + (tails[at] > 0 ? 1 : 0);
      }
      tally.segments.push_back(values);
      tally.tails.push_back(tails);
    }
    tally.tiers.emplace_back(std::move(shown), value_max(key, tier), bits_max);
  }
}

bool FleetView::agrees_with(const FleetView& other) const {
  if (free_ != other.free_) return false;
  for (std::uint32_t at = 0; at < classes_.size(); ++at) {
    const ClassState& mine = classes_[at];
    const ClassState& theirs = other.classes_[at];
    if (mine.filled != theirs.filled || mine.free_gpus != theirs.free_gpus ||
        mine.with != theirs.with || !(mine.nodes == theirs.nodes)) {
      return false;
    }
  }
  for (const Tally& mine : tallies_) {
    const std::uint32_t index = other.find(mine.key);
    if (index == kNone) continue;
    const Tally& theirs = other.tallies_[index];
    if (!(mine.tiers == theirs.tiers) || mine.segments != theirs.segments ||
        mine.tails != theirs.tails) {
      return false;
    }
  }
  return true;
}

}  // namespace stargate::placement
