#include "sim/world_moment.h"

#include "base/input_error.h"

namespace stargate::sim {

agreement::Book book_known(const WorldPlayer& player, const world::World& world,
                           agreement::Moment moment) {
  agreement::Book book = player.state().scheduling().market.book;
  for (const world::DatedAct& dated : world.acts) {
    if (dated.entered <= moment.at || dated.entered > moment.known) continue;
    const Reason reason = book.check(dated.act, dated.entered);
    if (reason != Reason::kNone) {
      throw InputError(world.place(dated.at) + ": found " + name_of(dated.act.kind) +
                       ", which does not fit what was done before (" + name_of(reason) +
                       "), expected an act that does");
    }
    book.record(dated.act, dated.entered);
  }
  return book;
}

}  // namespace stargate::sim
