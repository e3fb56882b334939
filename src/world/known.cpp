#include "world/world.h"

namespace stargate::world {

World known_by(World world, Instant known) {
  for (Definition& definition : world.definitions) {
    if (auto* clause = std::get_if<Clause>(&definition)) {
      if (clause->known > known) clause->known = kLatest;
    } else if (auto* order = std::get_if<Order>(&definition)) {
      if (order->known > known) order->known = kLatest;
    }
  }
  std::erase_if(world.acts, [&](const DatedAct& act) { return act.entered > known; });
  return world;
}

}  // namespace stargate::world
