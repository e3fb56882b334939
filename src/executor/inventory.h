#pragma once

#include <functional>
#include <vector>

#include <sys/types.h>

#include "executor/executor.h"

namespace stargate::executor {

/// This machine as one node. `is_ours` tells processes of our gangs from foreign ones.
std::vector<Node> machine_inventory(const std::function<bool(pid_t)>& is_ours);

/// How many cores this process may use: at least 1.
std::uint32_t usable_cores();

}  // namespace stargate::executor
