#pragma once

#include <cstdint>
#include <vector>

#include "model/node_range.h"
#include "placement/domain_picker.h"
#include "placement/node_picker.h"

namespace stargate::placement {

/// In how many domains of a tier a gang whose parts compete is tried.
inline constexpr std::uint32_t kTrialDomains = 16;

/// Places gangs of several parts, all within one domain; the rules are those of fleet_index.h.
/// Cost: O(domains of the tiers tried * parts), and for each trial O(nodes taken) where parts do
/// not compete, otherwise O(n log n) of the nodes taken and O(domains of the segments' tier).
class GangPlacer {
 public:
  GangPlacer(const FleetShape& shape, const FleetView& view, const NodePicker& nodes,
             const DomainPicker& domains, PlacePolicy policy)
      : shape_(shape), view_(view), nodes_(nodes), domains_(domains), policy_(policy) {}

  /// Appends to `out`, or leaves it as it was and returns false.
  bool place(const Request& request, std::vector<NodeRange>& out) const;

 private:
  using Order = std::vector<std::uint32_t>;  ///< indices of parts

  std::vector<Order> orders_of(const Request& request) const;
  bool place_on_node(const Request& request, std::vector<NodeRange>& out) const;
  bool place_in_tier(const Request& request, const std::vector<Order>& orders, std::uint32_t tier,
                     std::vector<NodeRange>& out) const;
  bool could_fit(const Part& part, Domain domain) const;
  bool could_fit_together(const Request& request, Domain domain) const;
  std::uint64_t gpus_least(const Request& request) const;
  bool place_in(const Request& request, const Order& order, Domain domain,
                std::vector<NodeRange>& out) const;
  bool place_part(const Part& part, std::uint32_t index, const std::vector<NodeRange>& taken,
                  Domain domain, std::vector<NodeRange>& out) const;

  const FleetShape& shape_;
  const FleetView& view_;
  const NodePicker& nodes_;
  const DomainPicker& domains_;
  PlacePolicy policy_;
};

}  // namespace stargate::placement
