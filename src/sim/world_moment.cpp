#include "sim/world_moment.h"

namespace stargate::sim {

agreement::Book book_known(const WorldPlayer& player, const world::World& world,
                           agreement::Moment moment) {
  agreement::Book book = player.state().scheduling().market.book;
  for (const world::DatedAct& dated : world.acts) {
    if (dated.entered <= moment.at || dated.entered > moment.known) continue;
    book.record(dated.act, dated.entered);
  }
  return book;
}

}  // namespace stargate::sim
