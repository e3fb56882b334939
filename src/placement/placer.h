#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/node_range.h"
#include "placement/domain_picker.h"
#include "placement/node_picker.h"

namespace stargate::placement {

/// Places requests on one view of a fleet; the rules are those of fleet_index.h.
class Placer {
 public:
  Placer(const FleetShape& shape, const FleetView& view, std::span<const GpuMask> free,
         PlacePolicy policy)
      : shape_(shape),
        view_(view),
        nodes_(shape, view, free),
        domains_(shape, view, nodes_),
        policy_(policy) {}

  /// The tallies that placing the request will ask for, and in how many tiers.
  struct Watched {
    TallyKey key;
    std::uint32_t tiers = 0;
  };
  static std::vector<Watched> watched_by(const FleetShape& shape, const Request& request,
                                         PlacePolicy policy);

  bool fits(const Request& request) const;
  std::optional<Level> place(const Request& request, std::vector<NodeRange>& out) const;

 private:
  /// A part's goal and where it goes: on one node, or into a domain.
  struct Spot {
    Goal goal;
    std::uint32_t node = kNone;
    Domain domain;
  };

  std::optional<Spot> find_shaped(const Part& part, const Locality& locality) const;
  std::optional<Spot> find_in_tiers(const Part& part, std::uint32_t tier, bool only) const;
  bool place_unshaped(const Part& part, const Locality& locality, RangeSink& sink) const;
  bool fits_unshaped(const Part& part, const Locality& locality) const;
  std::uint64_t free_gpus(KindMask kinds) const;

  const FleetShape& shape_;
  const FleetView& view_;
  NodePicker nodes_;
  DomainPicker domains_;
  PlacePolicy policy_;
};

}  // namespace stargate::placement
