#pragma once

#include <string>
#include <string_view>

#include "model/topology.h"

namespace stargate::sim {

/// Reads NODESxGPUS[/RACK]: "100x1", or "625000x8/80" for racks of 80 nodes, the last of which may
/// be smaller. Without RACK, all nodes are in one rack. All nodes have kind 0. Throws InputError
/// saying what was expected.
FleetSpec parse_fleet(std::string_view text);

/// `nodes` equal nodes in one rack. REQUIRES: a valid fleet comes of it.
FleetSpec uniform_fleet(std::uint32_t nodes, std::uint32_t gpus_per_node);

}  // namespace stargate::sim
