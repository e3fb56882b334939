#include "placement/fleet_shape.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace stargate::placement {

FleetShape::FleetShape(std::shared_ptr<const Topology> topology) : topology_(std::move(topology)) {
  STARGATE_CHECK(topology_ != nullptr, "a fleet index has a topology");
  const Topology& topo = *topology_;

  const auto before = [](const NodeClass& a, const NodeClass& b) {
    return std::pair(a.kind, a.size) < std::pair(b.kind, b.size);
  };
  const auto same = [](const NodeClass& a, const NodeClass& b) {
    return a.kind == b.kind && a.size == b.size;
  };
  for (const RackGroup& group : topo.spec().groups) {
    classes_.push_back({.kind = group.kind, .size = group.gpus_per_node});
  }
  std::sort(classes_.begin(), classes_.end(), before);
  classes_.erase(std::unique(classes_.begin(), classes_.end(), same), classes_.end());

  for (Level level : {Level::kRack, Level::kBlock, Level::kBuilding, Level::kSite, Level::kFleet}) {
    const auto starts = topo.domain_starts(level);
    if (tiers_.empty() || tiers_.back().starts.size() != starts.size()) {
      Tier tier;
      tier.level = level;
      tier.starts.assign(starts.begin(), starts.end());
      tiers_.push_back(std::move(tier));
    }
    tier_of_level_[static_cast<std::size_t>(level)] = last_tier();
  }
  for (std::uint32_t at = 0; at + 1 < tiers_.size(); ++at) {
    Tier& tier = tiers_[at];
    Tier& above = tiers_[at + 1];
    std::uint32_t parent = 0;
    above.children.push_back(0);
    for (std::uint32_t domain = 0; domain < tier.size(); ++domain) {
      if (tier.starts[domain] == above.starts[parent + 1]) {
        ++parent;
        above.children.push_back(domain);
      }
      tier.parent.push_back(parent);
    }
    above.children.push_back(tier.size());
  }

  for (std::uint32_t at = 0; at < tiers_.size(); ++at) {
    tier_slots_[at] = slot_count();
    const std::uint32_t above = slot_count() + tiers_[at].size();
    for (const std::uint32_t parent : tiers_[at].parent) parent_slots_.push_back(above + parent);
  }
  parent_slots_.push_back(kNone);

  const Tier& racks = tiers_[0];
  for (std::uint32_t at = 0; at < racks.size(); ++at) {
    Rack rack;
    rack.first = racks.starts[at];
    rack.end = racks.starts[at + 1];
    const NodeClass like{.kind = topo.kind({rack.first}), .size = topo.gpus({rack.first})};
    const auto found = std::lower_bound(classes_.begin(), classes_.end(), like, before);
    rack.node_class = static_cast<std::uint32_t>(found - classes_.begin());
    found->nodes += rack.end - rack.first;
    found->end = rack.end;
    racks_.push_back(rack);
  }
  std::uint32_t class_end = 0;
  for (std::size_t at = racks_.size(); at-- > 0;) {
    const bool last = at + 1 == racks_.size();
    if (last || racks_[at + 1].node_class != racks_[at].node_class) class_end = racks_[at].end;
    racks_[at].class_end = class_end;
  }
  for (Tier& tier : tiers_) {
    std::uint32_t rack = 0;
    for (std::uint32_t domain = 0; domain < tier.size(); ++domain) {
      std::uint32_t gpus = 0;
      for (; rack < racks_.size() && racks_[rack].first < tier.starts[domain + 1]; ++rack) {
        gpus += (racks_[rack].end - racks_[rack].first) * classes_[racks_[rack].node_class].size;
      }
      tier.gpus_max = std::max(tier.gpus_max, gpus);
      tier.nodes_max = std::max(tier.nodes_max, tier.starts[domain + 1] - tier.starts[domain]);
    }
  }

  const auto alike = [&](const Rack& at) { return at.end - at.first == racks_[0].end; };
  if (std::all_of(racks_.begin(), racks_.end(), alike)) rack_nodes_ = racks_[0].end;
  std::uint32_t rack = 0;
  for (std::uint32_t node = 0; node < node_count(); node += 64) {
    while (racks_[rack].end <= node) ++rack;
    rack_at_.push_back(rack);
  }
  rack_at_.push_back(racks.size() - 1);
}

std::uint32_t FleetShape::search_rack(std::uint32_t node) const {
  std::uint32_t low = rack_at_[node / 64];
  std::uint32_t high = rack_at_[node / 64 + 1];
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (racks_[middle].end > node) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

Level FleetShape::level_of(std::uint32_t low_node, std::uint32_t high_node) const {
  if (low_node == high_node) return Level::kNode;
  std::uint32_t low = rack_of(low_node);
  std::uint32_t high = rack_of(high_node);
  for (const Tier& tier : tiers_) {
    if (low == high) return tier.level;
    low = tier.parent[low];
    high = tier.parent[high];
  }
  STARGATE_CHECK(false, "the fleet holds every node");
  return Level::kFleet;
}

}  // namespace stargate::placement
