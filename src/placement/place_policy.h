#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace stargate::placement {

/// How a place is chosen among those that fit; see fleet_index.h.
enum class PlacePolicy : std::uint8_t { kBestFit, kFirstFit, kConsolidated };

/// "best-fit", "first-fit", "consolidated".
constexpr const char* name_of(PlacePolicy policy) {
  switch (policy) {
    case PlacePolicy::kBestFit: return "best-fit";
    case PlacePolicy::kFirstFit: return "first-fit";
    case PlacePolicy::kConsolidated: return "consolidated";
  }
  return "?";
}

constexpr std::optional<PlacePolicy> place_policy_of(std::string_view name) {
  for (PlacePolicy policy :
       {PlacePolicy::kBestFit, PlacePolicy::kFirstFit, PlacePolicy::kConsolidated}) {
    if (name == name_of(policy)) return policy;
  }
  return std::nullopt;
}

}  // namespace stargate::placement
