#pragma once

#include "base/time.h"
#include "executor/executor.h"
#include "server/plane.h"

namespace stargate::server {

/// What executors say that there is, against what is placed on: GPUs in use by work that is not ours,
/// those of nodes that are not healthy, and those that are not there, take no work until they are ours
/// to use again. An executor without an inventory has what its orders say.
class InventoryWatch {
 public:
  /// Asks each runner in contact, once in a while; what differs from before is told to the core.
  void look(Plane& plane);
  /// What the runner (an index) said last.
  const std::vector<executor::Node>& nodes_of(std::size_t runner) const;

 private:
  Instant due_{INT64_MIN};
  std::vector<std::vector<executor::Node>> nodes_;
};

/// GPUs of a node of `gpus` that are not ours to use; `nodes` is not empty.
GpuMask unavailable_gpus(const std::vector<executor::Node>& nodes, std::uint32_t node,
                         std::uint32_t gpus);

}  // namespace stargate::server
