#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/node_range.h"
#include "placement/domain_picker.h"
#include "placement/node_picker.h"

namespace stargate::placement {

/// Picks nodes as if the GPUs of `taken` were held as well: for the later parts of a gang. Nodes
/// with the fewest free GPUs go first, of equals those that the gang already uses, then the lowest.
/// REQUIRES: `taken` ascends and does not overlap, its GPUs are free and placeable in the view.
/// Cost: O(t log t) of its nodes to begin with, then O(log t) for each node looked at.
class BesidePicker {
 public:
  BesidePicker(const FleetShape& shape, const FleetView& view, const NodePicker& nodes,
               const DomainPicker& domains, std::span<const NodeRange> taken);

  /// Whether the class has nodes among those taken.
  bool touches(std::uint32_t node_class) const;

  /// Each places all or returns false; what it added to the sink then is to be thrown away.
  bool take(const Goal& goal, Domain domain, RangeSink& sink) const;
  bool take_gpus(KindMask kinds, std::uint64_t gpus, NodePicker::Nodes within,
                 RangeSink& sink) const;

 private:
  struct Touched {
    std::uint32_t node = 0;
    std::uint32_t node_class = 0;
    std::uint32_t free_before = 0;
    std::uint32_t free = 0;
    GpuMask mask = 0;
  };

  bool take_nodes(const Goal& goal, NodePicker::Nodes within, RangeSink& sink) const;
  bool take_segments(const Goal& goal, Domain domain, RangeSink& sink) const;
  bool is_touched(std::uint32_t node) const;
  /// Visits the nodes of the classes with k or more free GPUs until the visitor returns false.
  template <class Accepts, class Visit>
  void each(Accepts accepts, std::uint32_t k, NodePicker::Nodes within, Visit visit) const;

  const FleetShape& shape_;
  const FleetView& view_;
  const NodePicker& nodes_;
  const DomainPicker& domains_;
  std::span<const NodeRange> taken_;
  std::vector<Touched> touched_;  ///< by free GPUs, then node
};

}  // namespace stargate::placement
