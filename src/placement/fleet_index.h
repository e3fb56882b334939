#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/health.h"
#include "model/node_range.h"
#include "model/policy.h"
#include "model/request.h"
#include "model/topology.h"
#include "placement/bucket_bits.h"
#include "placement/fleet_shape.h"
#include "placement/fleet_view.h"

namespace stargate::placement {

/// Which GPUs of a fleet are free, and where a request fits.
///
/// Rules:
///  - Nodes of one kind and one size form a class; classes are tried by kind, then size. A part
///    with a shape is placed within one class whose nodes are large enough; the class that allows
///    the narrowest level wins, the first of equals. A part without shape takes free GPUs of any
///    class whose kind it accepts.
///  - Only healthy nodes are placed on, or also degraded ones where the request accepts them.
///  - Of a node, the lowest-numbered free GPUs are taken.
///  - Locality: a `must` is kept; without it the level is kept where it can be. Each segment lies
///    within one domain of its level.
///
/// kBestFit. A part of one node, or an unshaped one that some node can hold, goes on the node with
/// the fewest free GPUs that has enough, the lowest such. A shaped part of several nodes goes to
/// the narrowest level of which some domain holds it, there into the domain with the fewest
/// suitable nodes, the lowest such; within it, down the levels: children are used up from the
/// fullest until one child holds the rest, then the closest child; in a rack, nodes with the fewest
/// free GPUs first. The remainder of `gpus_per_node` goes on a node that has too few GPUs for the
/// others, if there is one. Segments are taken from the domains that hold the most of them, of
/// equals from those with the fewest nodes to spare. An unshaped part that no node holds is filled
/// from the nodes with the fewest free GPUs upward, within the closest domain of its locality, if
/// it has one.
///
/// kFirstFit. The lowest nodes that fit, within the lowest domain of the locality's level; unshaped
/// parts take the lowest free GPUs. Segments are chosen as under kBestFit.
///
/// kConsolidated. An unshaped part is shaped: as many whole nodes as it fills, and the rest on one
/// node more. Nodes with the fewest free GPUs that fit are taken first, the lowest of equals; whole
/// nodes are the lowest idle ones. Levels do not matter, but for a locality: the closest domain of
/// its level.
///
/// Several parts are placed all or none, within one domain, the narrowest that is found (kBestFit)
/// or that of the locality. The answer for a single part, and for parts that accept no class in
/// common, is exact. Parts that may compete for nodes are placed one after the other, in at most
/// four orders, in at most kTrialDomains domains of a level: such a gang may be refused although it
/// would fit. What is placed is always valid.
///
/// Cost. A query: O(log nodes) and, for each node or run of idle nodes taken, O(1); over a domain
/// of many children O(distinct counts) more. A change of n nodes in a row: O(n), and for each rack
/// and each level, O(watched shares). Memory: 9 bytes a node, 1/8 byte for each GPU of a node, and
/// about 1/4 byte a node and level for each watched share. Copies share what never changes.
class FleetIndex {
 public:
  /// Placeable GPUs and wholly free nodes: of healthy nodes only.
  struct Free {
    std::uint64_t gpus = 0;
    std::uint64_t idle_nodes = 0;

    friend bool operator==(const Free&, const Free&) = default;
  };

  /// All nodes healthy and free. O(nodes).
  explicit FleetIndex(std::shared_ptr<const Topology> topology);

  const Topology& topology() const { return shape_->topology(); }

  /// Indexes the node shares that the request's parts need. Idempotent; O(nodes) the first time
  /// that a share is seen.
  void watch(const Request& request, PlacePolicy policy);

  /// No GPU is ever held twice. REQUIRES: every one of these GPUs is free.
  void occupy(std::span<const NodeRange> ranges);
  /// REQUIRES: every one of these GPUs is held. Those of a node that is not healthy are free, but
  /// not placeable until its health allows it.
  void release(std::span<const NodeRange> ranges);
  /// REQUIRES: first + count <= node_count().
  void set_health(NodeId first, std::uint32_t count, Health health);

  GpuMask free_mask(NodeId node) const { return free_[node.value]; }
  Health health(NodeId node) const { return health_[node.value]; }

  /// O(1). kNode: the domain is a node.
  Free free_in(Level level, std::uint32_t domain) const;
  /// Placeable GPUs: of healthy nodes, and of those that any part of the request accepts.
  /// O(classes).
  std::uint64_t free_gpus() const;
  std::uint64_t free_gpus(const Request& request) const;

  /// Healthy nodes of the first class (the only one where all nodes are alike) with at least k GPUs
  /// free. REQUIRES: 0 < k <= kMaxGpusPerNode.
  std::uint32_t nodes_with(std::uint32_t k) const { return healthy_.nodes_with(0, k); }

  /// Whether place() would find a place. REQUIRES: watch(request, policy) was called.
  bool fits(const Request& request, PlacePolicy policy) const;
  /// Appends what the request takes, by part, in ascending order, adjacent nodes with equal masks
  /// as one range; returns the narrowest level of which one domain holds all of it. nullopt, and
  /// `out` as it was, where it does not fit. Occupies nothing. REQUIRES: watch(request, policy) was
  /// called.
  std::optional<Level> place(const Request& request, PlacePolicy policy,
                             std::vector<NodeRange>& out) const;

  /// Recomputes everything from the free masks and the health, and aborts where the index differs.
  /// O(nodes); for tests.
  void check_invariants() const;

 private:
  template <bool kOccupy>
  void apply(std::span<const NodeRange> ranges);
  void change(std::uint32_t first, std::uint32_t count, Health health, std::uint32_t before,
              std::uint32_t after);
  void settle();
  const FleetView& view_for(const Request& request) const {
    return request.accepts_degraded && usable_ ? *usable_ : healthy_;
  }

  std::shared_ptr<const FleetShape> shape_;
  std::vector<GpuMask> free_;
  std::vector<Health> health_;
  Bitmap unhealthy_;  ///< nodes that are not kHealthy
  FleetView healthy_;
  /// Healthy and degraded nodes; made when the first node is degraded, until then the same as
  /// healthy_.
  std::optional<FleetView> usable_;
};

}  // namespace stargate::placement
