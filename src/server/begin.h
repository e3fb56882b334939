#pragma once

#include <cstddef>

#include "server/store.h"
#include "world/world.h"

namespace stargate::server {

/// The world of a new ledger: its definitions at its beginning, and its acts as they were entered. Acts
/// that are entered later than now are left out; how many those are is the answer. Nothing is committed.
std::size_t begin_with(Store& store, const world::World& world, Instant now);

}  // namespace stargate::server
