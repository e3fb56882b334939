#pragma once

#include <cstdint>
#include <optional>

#include "placement/goal.h"
#include "placement/node_picker.h"

namespace stargate::placement {

/// A domain of a tier.
struct Domain {
  std::uint32_t tier = 0;
  std::uint32_t index = 0;
};

/// Answers whether a shaped part fits into a domain, which domain to choose, and places it there.
class DomainPicker {
 public:
  DomainPicker(const FleetShape& shape, const FleetView& view, const NodePicker& picker)
      : shape_(shape), view_(view), picker_(picker) {}

  NodePicker::Nodes nodes_of(Domain domain) const {
    const auto& starts = shape_.tiers()[domain.tier].starts;
    return {starts[domain.index], starts[domain.index + 1]};
  }
  Domain fleet() const { return {shape_.last_tier(), 0}; }

  /// Exact. Needs no watched tally for the fleet, unless the goal is segmented.
  bool fits(const Goal& goal, Domain domain) const;
  /// The domain of the tier that holds the goal with the fewest nodes to spare, or the lowest one.
  std::optional<Domain> closest(const Goal& goal, std::uint32_t tier) const;
  std::optional<Domain> lowest(const Goal& goal, std::uint32_t tier) const;

  /// REQUIRES: fits(goal, domain).
  void take(const Goal& goal, Domain domain, PlacePolicy policy, RangeSink& sink) const;

 private:
  void take_nodes(const Goal& goal, Domain domain, PlacePolicy policy, RangeSink& sink) const;
  void take_closest(const Goal& goal, std::uint32_t count, std::uint32_t last, Domain domain,
                    RangeSink& sink) const;
  void take_segments(const Goal& goal, Domain domain, PlacePolicy policy, RangeSink& sink) const;

  const FleetShape& shape_;
  const FleetView& view_;
  const NodePicker& picker_;
};

}  // namespace stargate::placement
