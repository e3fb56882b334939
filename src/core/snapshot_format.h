#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"

// A snapshot of the state:
//
//   magic, version of the snapshot, version of the codec
//   now, events applied
//   tenants below the root, then past use of all, the root first; half-life, next decay
//   requests
//   queues: definition, requests admitted in the order of their classes, other requests admitted,
//     what waits and why, nodes that are not healthy, GPUs that are unavailable
//   contracts: definitions and acts as they came, the order of each queue, the queue of each stage,
//     transfers of data, how far commitments are met, whether there are definitions that decisions do
//     not heed yet, and the instant as of which they heed the others
//   next job id; jobs in ascending order of id
//   reservations in the order in which they were made
//   SHA-256 of all of that
//
// What can be derived is not there: trees, the occupation of fleets, what tenants hold, classes. So
// equal states have equal bytes, however they came about. Instants count from `now`.

namespace stargate::core {

inline constexpr std::string_view kSnapshotMagic = "stargate state\n";
/// Changes with any change to what stands above.
inline constexpr std::uint32_t kSnapshotVersion = 4;

}  // namespace stargate::core
