#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/order.h"

namespace stargate::executor {

/// What a start gets of one node.
struct Place {
  std::uint32_t node = 0;
  GpuMask mask = 0;
};

/// The nodes of a start in the order of its ranges, each once.
std::vector<Place> places_of(const Start& start);

/// What ranks get of the control plane's own environment: nothing that can hold a secret.
Environment inherited_environment();

/// Fills in `order.environment`, `order.ranks` and `order.devices`. REQUIRES: the order's gang, and that the places'
/// nodes are among `nodes`.
void give_environment(const Start& start, const std::vector<Node>& nodes, std::uint16_t master_port,
                      Order& order);

}  // namespace stargate::executor
