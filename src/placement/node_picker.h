#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/node_range.h"
#include "placement/fleet_shape.h"
#include "placement/fleet_view.h"

namespace stargate::placement {

/// Where the ranges of one part go. Nodes that come in ascending order merge as they come.
class RangeSink {
 public:
  RangeSink(std::vector<NodeRange>& out, std::uint32_t part)
      : out_(out), begin_(out.size()), part_(part) {}

  void add(std::uint32_t first, std::uint32_t count, GpuMask mask) {
    if (out_.size() > begin_) {
      NodeRange& last = out_.back();
      if (last.first + last.count == first && last.mask == mask) {
        last.count += count;
        return;
      }
    }
    out_.push_back({.first = first, .count = count, .mask = mask, .part = part_});
  }
  /// Puts the ranges of the part into ascending order and merges neighbours with equal masks.
  void finish();

 private:
  std::vector<NodeRange>& out_;
  std::size_t begin_;
  std::uint32_t part_;
};

/// The lowest-numbered `count` GPUs of the mask, which has at least that many.
GpuMask lowest_gpus(GpuMask mask, std::uint32_t count);

/// Picks nodes, and GPUs on them, among nodes [first, end).
/// Cost: O(node size) to begin with and O(1) for each node or run of idle nodes taken.
class NodePicker {
 public:
  struct Nodes {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
  };

  NodePicker(const FleetShape& shape, const FleetView& view, std::span<const GpuMask> free)
      : shape_(shape), view_(view), free_(free) {}

  GpuMask free_mask(std::uint32_t node) const { return free_[node]; }

  /// The node with the fewest free GPUs that has k..k_max of them, the lowest such; or kNone.
  std::uint32_t fewest(std::uint32_t node_class, std::uint32_t k, std::uint32_t k_max,
                       Nodes nodes) const;
  /// The lowest node that has k..k_max free GPUs; or kNone.
  std::uint32_t lowest(std::uint32_t node_class, std::uint32_t k, std::uint32_t k_max,
                       Nodes nodes) const;

  /// Takes k GPUs on each of `count` nodes, of the last of them only `last`: those with the fewest
  /// free GPUs that have k, or the lowest; take_lowest() returns the node behind the last that it
  /// took. REQUIRES: there are so many.
  void take_fewest(std::uint32_t node_class, std::uint32_t k, std::uint32_t count,
                   std::uint32_t last, Nodes nodes, RangeSink& sink) const;
  std::uint32_t take_lowest(std::uint32_t node_class, std::uint32_t k, std::uint32_t count,
                            std::uint32_t last, Nodes nodes, RangeSink& sink) const;

  /// Over all classes of the kinds: the node with the fewest free GPUs, k or more; or kNone.
  std::uint32_t fewest_of(KindMask kinds, std::uint32_t k, Nodes nodes) const;
  std::uint32_t lowest_of(KindMask kinds, std::uint32_t k, Nodes nodes) const;
  /// Takes `gpus` GPUs, from the nodes with the fewest free ones upward, or from the lowest nodes
  /// upward; all of each node but the last. REQUIRES: there are so many.
  void take_gpus_fewest(KindMask kinds, std::uint64_t gpus, Nodes nodes, RangeSink& sink) const;
  void take_gpus_lowest(KindMask kinds, std::uint64_t gpus, Nodes nodes, RangeSink& sink) const;

 private:
  Nodes clip(std::uint32_t node_class, Nodes nodes) const;

  const FleetShape& shape_;
  const FleetView& view_;
  std::span<const GpuMask> free_;
};

}  // namespace stargate::placement
