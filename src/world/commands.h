#pragma once

#include <vector>

#include "event/command.h"
#include "model/policy.h"
#include "world/world.h"

namespace stargate::world {

/// What tells an engine that knows nothing yet who and what there is in a world: tenants, definitions,
/// requests, and a queue for every order that has stages; queues are numbered as the orders are. The
/// plan i of the world asks for request 2 i, and for 2 i + 1 where early use is allowed.
/// An engine refuses none of them: reading a world checks what it would refuse.
std::vector<Command> defining_commands(const World& world, const QueuePolicy& policy, Instant at);

/// When a world begins: its first act, submission or signature; the epoch where it has none.
Instant first_instant(const World& world);

}  // namespace stargate::world
