#include "model/capacity.h"

#include "base/check.h"

namespace stargate {

const char* name_of(CapacityState state) {
  switch (state) {
    case CapacityState::kAnnounced: return "announced";
    case CapacityState::kSecured: return "secured";
    case CapacityState::kEnergised: return "energised";
    case CapacityState::kInstalled: return "installed";
    case CapacityState::kInAcceptance: return "in_acceptance";
    case CapacityState::kAccepted: return "accepted";
    case CapacityState::kSuspended: return "suspended";
    case CapacityState::kCancelled: return "cancelled";
    case CapacityState::kRetired: return "retired";
  }
  STARGATE_CHECK(false, "a state of capacity is one of its names");
}

bool may_follow(CapacityState next, CapacityState now) {
  if (now == CapacityState::kCancelled || now == CapacityState::kRetired) return false;
  if (next > CapacityState::kAccepted) return next != now;
  return now == CapacityState::kSuspended || next > now;
}

const char* name_of(CapacityUnit unit) {
  switch (unit) {
    case CapacityUnit::kGpus: return "gpus";
    case CapacityUnit::kItWatts: return "it";
    case CapacityUnit::kFacilityWatts: return "facility";
  }
  STARGATE_CHECK(false, "a unit of capacity is one of its names");
}

}  // namespace stargate
