#pragma once

#include <cstdint>

namespace stargate {

/// What a workload is for, as contracts tell it apart.
enum class Use : std::uint8_t {
  kResearch,
  kTraining,
  kFirstPartyProduct,
  kApi,
  kCoDevelopedApi,
  kNationalSecurityApi,
};
inline constexpr std::uint32_t kUseCount = 6;

/// Bit i is set where Use{i} is in scope.
using UseMask = std::uint8_t;
inline constexpr UseMask kAnyUse = (1U << kUseCount) - 1;

constexpr UseMask mask_of(Use use) {
  return static_cast<UseMask>(1U << static_cast<std::uint32_t>(use));
}
constexpr bool includes(UseMask mask, Use use) { return (mask & mask_of(use)) != 0; }

/// "research", "training", "first_party_product", "api", "co_developed_api",
/// "national_security_api".
const char* name_of(Use use);

}  // namespace stargate
