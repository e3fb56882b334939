#include "placement/flat_need.h"

namespace stargate::placement {

std::optional<FlatNeed> flat_need(const Topology& topology, const Request& request,
                                  PlacePolicy place) {
  if (request.parts.size() != 1 || request.locality.must) return std::nullopt;
  const auto& groups = topology.spec().groups;
  for (const RackGroup& group : groups) {
    if (group.kind != groups[0].kind || group.gpus_per_node != groups[0].gpus_per_node) {
      return std::nullopt;
    }
  }
  const Part& part = request.parts[0];
  if (part.segment_nodes > 0 || (part.kinds >> groups[0].kind.value & 1) == 0) return std::nullopt;
  if (part.nodes > 0) return FlatNeed{part.nodes, groups[0].gpus_per_node, 0};
  std::uint32_t share = part.gpus_per_node;
  if (share == 0 && place == PlacePolicy::kConsolidated) share = groups[0].gpus_per_node;
  if (share == 0 || share > groups[0].gpus_per_node) return std::nullopt;
  return FlatNeed{part.gpus / share, share, part.gpus % share};
}

}  // namespace stargate::placement
