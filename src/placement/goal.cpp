#include "placement/goal.h"

namespace stargate::placement {

std::optional<Goal> goal_of(const FleetShape& shape, const Part& part, std::uint32_t node_class) {
  const FleetShape::NodeClass& like = shape.classes()[node_class];
  if (!shape.accepts(part.kinds, node_class)) return std::nullopt;
  Goal goal;
  goal.node_class = node_class;
  if (part.nodes != 0) {
    goal.k = like.size;
    goal.nodes = part.nodes;
  } else {
    goal.k = part.gpus_per_node != 0 ? part.gpus_per_node : like.size;
    if (goal.k > like.size) return std::nullopt;
    goal.nodes = part.gpus / goal.k;
    goal.r = part.gpus % goal.k;
    if (goal.nodes == 0) {
      goal.k = goal.r;
      goal.nodes = 1;
      goal.r = 0;
    }
  }
  if (goal.all_nodes() > like.nodes) return std::nullopt;
  if (part.segment_nodes == 0 || goal.all_nodes() == 1) return goal;
  if (part.segment_level == Level::kNode) {
    if (part.segment_nodes > 1) return std::nullopt;
    return goal;
  }
  if (part.segment_nodes == 1) return goal;
  const std::uint32_t tier = shape.tier_of(part.segment_level);
  if (tier == shape.last_tier()) return goal;
  goal.segment_nodes = part.segment_nodes;
  goal.segment_tier = tier;
  const std::uint32_t unmixed = goal.r == 0 ? goal.nodes : goal.all_nodes() - 1;
  goal.full_segments = unmixed / goal.segment_nodes;
  goal.tail_nodes = unmixed % goal.segment_nodes;
  return goal;
}

}  // namespace stargate::placement
