#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/request.h"
#include "model/topology.h"
#include "placement/bucket_bits.h"

namespace stargate::placement {

/// What placement derives from a topology once and never changes.
///
/// Node classes: the nodes of one kind and one size, ordered by kind, then size.
/// Tiers: the levels from rack to fleet, less those that divide the fleet as a narrower one does.
/// Tier 0 is the racks; the last tier is one domain, the fleet.
class FleetShape {
 public:
  struct NodeClass {
    KindId kind;
    std::uint32_t size = 0;  ///< GPUs a node
    std::uint32_t nodes = 0;
    std::uint32_t end = 0;  ///< behind its last node
  };
  struct Rack {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::uint32_t node_class = 0;
    std::uint32_t class_end = 0;  ///< behind the last node in a row that is of this class
  };
  struct Tier {
    Level level = Level::kRack;           ///< the narrowest of its levels
    std::vector<std::uint32_t> starts;    ///< first nodes, and the node count behind the last
    std::vector<std::uint32_t> parent;    ///< domain of the next tier; empty in the last
    std::vector<std::uint32_t> children;  ///< first domain of the tier below, and the end
    std::uint32_t nodes_max = 0;
    std::uint32_t gpus_max = 0;

    std::uint32_t size() const { return static_cast<std::uint32_t>(starts.size()) - 1; }
  };

  explicit FleetShape(std::shared_ptr<const Topology> topology);

  const Topology& topology() const { return *topology_; }
  std::uint32_t node_count() const { return topology_->node_count(); }
  const std::vector<NodeClass>& classes() const { return classes_; }
  bool accepts(KindMask kinds, std::uint32_t node_class) const {
    return (kinds >> classes_[node_class].kind.value) & 1;
  }

  const std::vector<Tier>& tiers() const { return tiers_; }
  std::uint32_t last_tier() const { return static_cast<std::uint32_t>(tiers_.size()) - 1; }
  /// REQUIRES: level != kNode.
  std::uint32_t tier_of(Level level) const {
    return tier_of_level_[static_cast<std::size_t>(level)];
  }

  const Rack& rack(std::uint32_t index) const { return racks_[index]; }
  /// O(1) where all racks have as many nodes, else O(log of the racks that share 64 nodes).
  std::uint32_t rack_of(std::uint32_t node) const {
    return rack_nodes_ != 0 ? node / rack_nodes_ : search_rack(node);
  }
  std::uint32_t domain_of(std::uint32_t tier, std::uint32_t node) const {
    std::uint32_t domain = rack_of(node);
    for (std::uint32_t at = 0; at < tier; ++at) domain = tiers_[at].parent[domain];
    return domain;
  }
  /// All domains of all tiers in one row, tier after tier: where one stands in it (a rack where its
  /// number says), and where its parent stands; kNone for the fleet.
  std::uint32_t slot_of(std::uint32_t tier, std::uint32_t domain) const {
    return tier_slots_[tier] + domain;
  }
  std::uint32_t parent_slot(std::uint32_t slot) const { return parent_slots_[slot]; }
  std::uint32_t slot_count() const { return static_cast<std::uint32_t>(parent_slots_.size()); }

  /// The narrowest level of which one domain holds both nodes.
  Level level_of(std::uint32_t low_node, std::uint32_t high_node) const;

 private:
  std::uint32_t search_rack(std::uint32_t node) const;

  std::shared_ptr<const Topology> topology_;
  std::vector<NodeClass> classes_;
  std::vector<Rack> racks_;
  std::uint32_t rack_nodes_ = 0;        ///< nodes of every rack; 0 where they differ
  std::vector<std::uint32_t> rack_at_;  ///< rack of node 64 * i, and the rack count behind
  std::vector<Tier> tiers_;
  std::array<std::uint32_t, kLevelCount> tier_of_level_{};
  std::array<std::uint32_t, kLevelCount> tier_slots_{};
  std::vector<std::uint32_t> parent_slots_;
};

}  // namespace stargate::placement
