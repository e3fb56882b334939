#include "cli/known_book.h"

#include "base/input_error.h"
#include "cli/world_option.h"

namespace stargate::cli {

agreement::Moment parse_moment(const std::string& at, const std::string& known) {
  const Instant day = parse_date("--at", at);
  return {day, known.empty() ? day : parse_date("--known", known)};
}

agreement::Book known_book(const world::World& world, const core::State& state,
                           agreement::Moment moment) {
  agreement::Book book = state.scheduling().market.book;
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

}  // namespace stargate::cli
