#pragma once

#include "agreement/book.h"
#include "sim/world_player.h"
#include "world/world.h"

namespace stargate::sim {

/// The book of a world that was played until `moment.at`, with the acts of which one learns after
/// that and by `moment.known`. Where that is earlier, the world is known_by() it.
agreement::Book book_known(const WorldPlayer& player, const world::World& world,
                           agreement::Moment moment);

}  // namespace stargate::sim
