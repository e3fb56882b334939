#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "world/world.h"

namespace stargate::server {

/// This machine, as a supplier.
struct LocalMachine {
  std::uint32_t gpus = 1;  ///< or slots, which are cores
  bool has_real_gpus = false;
};

/// The world of someone who has none: this machine is the supplier `local`; `northwind` has capacity and
/// a first refusal; `borealis` could be ordered from. All was agreed on the day before `today` (a
/// midnight, UTC).
std::vector<world::WorldFile> local_world(const LocalMachine& machine, Instant today);

/// The kind of accelerator that jobs of that world ask for when they say none: "gpu" or "slot".
std::string local_accelerator(const LocalMachine& machine);

}  // namespace stargate::server
