#pragma once

#include "agreement/book.h"
#include "sim/world_player.h"
#include "world/world.h"

namespace stargate::sim {

/// The book of a world that was played until `moment.at`, with the acts of which one learns after
/// that and by `moment.known`. REQUIRES: where less was known than then, the world is what was known
/// (world::known_by).
agreement::Book book_known(const WorldPlayer& player, const world::World& world,
                           agreement::Moment moment);

}  // namespace stargate::sim
