#pragma once

#include <cstdint>
#include <optional>

#include "model/policy.h"
#include "placement/fleet_shape.h"
#include "placement/fleet_view.h"

namespace stargate::placement {

/// Parts of nothing fit everywhere.
inline bool asks_for_something(const Part& part) { return part.gpus != 0 || part.nodes != 0; }

/// A shaped part, said of one class of nodes: `nodes` nodes with k GPUs each and, where r > 0, one
/// node more with r. A part of a single node has r = 0.
struct Goal {
  std::uint32_t node_class = 0;
  std::uint32_t k = 0;
  std::uint32_t nodes = 0;
  std::uint32_t r = 0;
  /// 0: not segmented. Otherwise `full_segments` segments of that many nodes with k, then, where
  /// tail_nodes or r is not 0, one with tail_nodes nodes with k and perhaps the node with r.
  std::uint32_t segment_nodes = 0;
  std::uint32_t segment_tier = 0;
  std::uint32_t full_segments = 0;
  std::uint32_t tail_nodes = 0;

  std::uint32_t all_nodes() const { return nodes + (r != 0 ? 1 : 0); }
  bool has_tail() const { return tail_nodes != 0 || r != 0; }

  /// Whether `nodes` and r fit into one domain is a question to this tally; see needs_nodes().
  TallyKey nodes_key() const {
    TallyKey key{.node_class = node_class, .k = k};
    if (r != 0) {
      key.kind = TallyKey::Kind::kPair;
      key.r = r;
    }
    return key;
  }
  /// REQUIRES: segment_nodes > 0.
  TallyKey segments_key() const {
    return {.kind = TallyKey::Kind::kSegments,
            .node_class = node_class,
            .k = k,
            .r = r,
            .segment_nodes = segment_nodes,
            .segment_tier = segment_tier,
            .tail_nodes = tail_nodes};
  }
  /// The tally that says for a domain of the tier whether the goal fits, and the value that it
  /// needs.
  bool by_segments(std::uint32_t tier) const { return segment_nodes != 0 && tier > segment_tier; }
  TallyKey key_at(std::uint32_t tier) const {
    return by_segments(tier) ? segments_key() : nodes_key();
  }
  std::uint32_t need_at(std::uint32_t tier) const {
    return by_segments(tier) ? 2 * full_segments + (has_tail() ? 1 : 0) : nodes;
  }
};

/// Whether the part has a shape under the policy: unshaped ones get that of whole nodes under
/// kConsolidated.
inline bool is_shaped(const Part& part, PlacePolicy policy) {
  return part.nodes != 0 || part.gpus_per_node != 0 || policy == PlacePolicy::kConsolidated;
}

/// What the part asks of nodes of the class; nullopt where they cannot serve it whatever is free.
/// REQUIRES: is_shaped(part, policy), and the part asks for something.
std::optional<Goal> goal_of(const FleetShape& shape, const Part& part, std::uint32_t node_class);

}  // namespace stargate::placement
