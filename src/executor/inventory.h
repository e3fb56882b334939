#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "executor/executor.h"
#include "executor/gpu_library.h"

namespace stargate::executor {

/// This machine as one node of at most 64 GPUs. `is_ours` tells processes of our gangs from foreign
/// ones. Without a library, or without GPUs, the node has as many slots as there are usable cores.
/// A GPU that does not answer makes the node unhealthy; where the library does not, there is no node.
std::vector<Node> machine_inventory(GpuLibrary* library, const std::function<bool(pid_t)>& is_ours);

/// How many cores this process may use, by its affinity and the quotas of its control groups: at least
/// 1.
std::uint32_t usable_cores();

/// Whole cores that a quota is worth, at least 1; 0: there is no quota. `text`: a time and a period
/// in microseconds, as in cpu.max; "max" or a negative time: none.
std::uint32_t cores_of_quota(const std::string& text);

}  // namespace stargate::executor
