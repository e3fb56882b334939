#pragma once

#include <compare>
#include <cstdint>

namespace stargate {

/// How far a stage of capacity has come. Work is placed on kAccepted, and on kInAcceptance where the
/// agreement allows early use; the others are promises.
enum class CapacityState : std::uint8_t {
  kAnnounced,
  kSecured,
  kEnergised,
  kInstalled,
  kInAcceptance,
  kAccepted,
  kSuspended,
  kCancelled,
  kRetired,
};

/// "announced", ..., "in_acceptance", ..., "retired".
const char* name_of(CapacityState state);

/// Forward through the first six one by one or by leaps; to suspended, cancelled or retired from any
/// that is not cancelled or retired; from suspended back to any of the first six.
bool may_follow(CapacityState next, CapacityState now);

/// What an amount of capacity counts. Power is always of one basis.
enum class CapacityUnit : std::uint8_t { kGpus, kItWatts, kFacilityWatts };

/// "gpus", "it", "facility".
const char* name_of(CapacityUnit unit);

/// An amount of capacity: whole GPUs or whole watts.
struct CapacityAmount {
  std::int64_t value = 0;
  CapacityUnit unit = CapacityUnit::kGpus;

  friend constexpr bool operator==(const CapacityAmount&, const CapacityAmount&) = default;
};

}  // namespace stargate
