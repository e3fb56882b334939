#pragma once

#include <cstdint>
#include <optional>

#include "model/policy.h"
#include "model/request.h"
#include "model/topology.h"

namespace stargate::placement {

/// What of a request depends only on how many nodes have so many GPUs free: a single part with a
/// shape, wherever its nodes are, on a healthy fleet of one kind and size of node. It fits where
/// `nodes` nodes have `share` GPUs each free and, where `remainder` > 0, one node more has that many.
struct FlatNeed {
  std::uint32_t nodes = 0;
  std::uint32_t share = 0;
  std::uint32_t remainder = 0;

  /// `nodes_with(k)`: how many nodes have at least k GPUs free. A node with `share` free has
  /// `remainder` free, since that is less.
  template <class NodesWith>
  bool fits(NodesWith nodes_with) const {
    if (nodes > 0 && nodes_with(share) < nodes) return false;
    return remainder == 0 || nodes_with(remainder) > nodes;
  }
};

/// nullopt where more than counts matters: several parts, segments, a locality that must be kept, no
/// shape, or a fleet of several kinds or sizes of node.
std::optional<FlatNeed> flat_need(const Topology& topology, const Request& request,
                                  PlacePolicy place);

}  // namespace stargate::placement
