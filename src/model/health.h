#pragma once

#include <cstdint>

namespace stargate {

/// kHealthy: anything is placed there. kDegraded: only what accepts it. kDrained: nothing new; what
/// runs there goes on. kFailed: nothing, and what ran there is lost.
enum class Health : std::uint8_t { kHealthy, kDegraded, kDrained, kFailed };

/// "healthy", "degraded", "drained", "failed".
const char* name_of(Health health);

}  // namespace stargate
