#pragma once

#include <cstdint>

namespace stargate {

/// The levels of a fleet, from the narrowest to the widest. kFleet is everything in one queue.
enum class Level : std::uint8_t { kNode, kRack, kBlock, kBuilding, kSite, kFleet };

inline constexpr int kLevelCount = 6;

/// "node", "rack", "block", "building", "site", "fleet".
const char* name_of(Level level);

}  // namespace stargate
