#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "model/level.h"

namespace stargate {

/// How near to each other the members of a gang are placed. `must`: within one domain of `level`, or
/// not at all. Otherwise: within one domain of `level` if there is one now, else wherever it fits.
/// kFleet asks for nothing.
struct Locality {
  Level level = Level::kFleet;
  bool must = false;

  friend bool operator==(const Locality&, const Locality&) = default;
};

/// Bit i is set where accelerators of KindId{i} are accepted; at most 64 kinds in a fleet.
using KindMask = std::uint64_t;
inline constexpr KindMask kAnyKind = ~KindMask{0};

/// One part of a gang. Exactly one of three shapes:
///  - `nodes` > 0: that many whole nodes, every GPU of each (`gpus` and `gpus_per_node` are 0);
///  - `gpus_per_node` > 0: `gpus` GPUs, `gpus_per_node` on each node and what remains of the division
///    on one node more;
///  - otherwise: `gpus` GPUs wherever there are free ones.
/// A part with one of the first two shapes is on nodes of one kind and one size.
/// `segment_nodes` > 0 cuts the nodes of the part into segments of that many nodes (the last may be
/// smaller), each within one domain of `segment_level`; it needs a shape.
struct Part {
  std::uint32_t gpus = 0;
  std::uint32_t nodes = 0;
  std::uint32_t gpus_per_node = 0;
  std::uint32_t segment_nodes = 0;
  Level segment_level = Level::kRack;
  KindMask kinds = kAnyKind;

  friend bool operator==(const Part&, const Part&) = default;
};

/// What a gang asks for. All of its parts are placed at once, or none is.
struct Request {
  std::vector<Part> parts;
  Locality locality;
  /// Nodes whose health is degraded will do.
  bool accepts_degraded = false;

  friend bool operator==(const Request&, const Request&) = default;
};

/// Every part has exactly one shape, accepts some kind, and asks for at most kMaxGpusPerNode GPUs a
/// node and 2^30 GPUs or nodes; segments have nodes to cut; at most kMaxParts parts, at least one.
bool is_valid(const Request& request);

/// The fewest GPUs that the request can be met with: a node has one at least.
std::uint64_t least_gpus(const Request& request);

inline constexpr std::size_t kMaxParts = 64;

/// Requests are interned: equal ones have one number, in the order in which they first came.
using RequestId = Id<struct RequestTag>;

}  // namespace stargate
