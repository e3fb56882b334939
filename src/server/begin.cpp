#include "server/begin.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "world/commands.h"

namespace stargate::server {

std::size_t begin_with(Store& store, const world::World& world, Instant now) {
  QueuePolicy policy;
  policy.backfill = BackfillKind::kEasy;
  const Instant begin = std::min(world::first_instant(world), now);
  std::size_t tenant = 0;
  for (Command& command : world::defining_commands(world, policy, begin)) {
    if (std::holds_alternative<command::DefineTenant>(command.body)) {
      const world::Tenant& defined = world.tenants[tenant++];
      store.execute(begin, std::move(command.body),
                    {{"tenant", {{"name", defined.name}, {"lab", defined.lab.value}}}});
    } else {
      store.execute(begin, std::move(command.body));
    }
    if (store.refusal() != Reason::kNone) {
      throw std::runtime_error("the world was read, and is refused by the engine");
    }
  }
  std::size_t left_out = 0;
  for (const world::DatedAct& dated : world.acts) {
    if (dated.entered > now) {
      ++left_out;
      continue;
    }
    store.execute(dated.entered, command::EnterAct{dated.act});
  }
  return left_out;
}

}  // namespace stargate::server
