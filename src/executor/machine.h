#pragma once

#include <string>

#include "base/time.h"

namespace stargate::executor {

/// Of this start of the machine.
std::string boot_id();
Instant wall_clock();
/// Runs on while the wall clock is set.
Instant steady_clock();
/// 32 hexadecimal digits that nobody else draws.
std::string random_name();

}  // namespace stargate::executor
