#pragma once

#include <string>

#include "world/world.h"

namespace stargate::world {

/// What a world has: counts, and the GPUs that are accepted at the end of each year by the dates that
/// it gives. Some lines of text.
std::string summary_of(const World& world);

}  // namespace stargate::world
