#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"
#include "executor/executor.h"
#include "server/plane.h"

namespace stargate::server {

/// What executors say that there is, against what is placed on: GPUs in use by work that is not ours,
/// those of nodes that are not healthy, and those that are not there, take no work until they are ours
/// to use again. An executor without an inventory has what its orders say.
class InventoryWatch {
 public:
  /// Asks each runner in contact, once in a while and where a queue is new; what differs from before is
  /// told to the core, not too much of it in one call.
  void look(Plane& plane);

 private:
  /// False: there is more to tell.
  bool tell_core(Plane& plane, std::size_t runner) const;

  Instant due_{INT64_MIN};
  std::size_t queues_ = 0;
  bool has_more_ = false;
  std::vector<std::vector<executor::Node>> nodes_;  ///< of each runner, as it said last
};

/// GPUs of a node of `gpus` that are not ours to use. No nodes: all of them are.
GpuMask unavailable_gpus(const std::vector<executor::Node>& nodes, std::uint32_t node,
                         std::uint32_t gpus);

}  // namespace stargate::server
