#include "sim/fleet_text.h"

#include <charconv>
#include <cstdint>

#include "base/input_error.h"
#include "sim/line_reader.h"

namespace stargate::sim {
namespace {

[[noreturn]] void fail(std::string_view fleet, const std::string& expected) {
  throw InputError("fleet: found " + (fleet.empty() ? std::string("nothing") : quoted(fleet)) +
                   ", expected " + expected);
}

/// Takes a whole number from the front of `rest`.
std::uint32_t take_number(std::string_view fleet, std::string_view& rest, std::uint32_t greatest,
                          const std::string& expected) {
  std::uint64_t value = 0;
  const char* end = rest.data() + rest.size();
  const auto result = std::from_chars(rest.data(), end, value);
  if (result.ec != std::errc{} || value < 1 || value > greatest) {
    fail(fleet, expected + " from 1 to " + std::to_string(greatest) +
                    " in NODESxGPUS[/RACK], such as 100x8 or 1000x8/16");
  }
  rest.remove_prefix(static_cast<std::size_t>(result.ptr - rest.data()));
  return static_cast<std::uint32_t>(value);
}

}  // namespace

FleetSpec parse_fleet(std::string_view text) {
  std::string_view rest = text;
  const std::uint32_t nodes = take_number(text, rest, kMaxNodes, "a number of nodes");
  if (!rest.starts_with('x')) fail(text, "x behind the nodes in NODESxGPUS[/RACK]");
  rest.remove_prefix(1);
  const std::uint32_t gpus = take_number(text, rest, kMaxGpusPerNode, "GPUs a node");
  if (rest.empty()) return uniform_fleet(nodes, gpus);
  if (!rest.starts_with('/')) fail(text, "the end or /RACK behind the GPUs in NODESxGPUS[/RACK]");
  rest.remove_prefix(1);
  const std::uint32_t rack = take_number(text, rest, kMaxNodes, "nodes a rack");
  if (!rest.empty()) fail(text, "the end behind the rack in NODESxGPUS[/RACK]");
  if (rack >= nodes) return uniform_fleet(nodes, gpus);
  FleetSpec fleet;
  fleet.groups.push_back({.racks = nodes / rack,
                          .nodes_per_rack = rack,
                          .gpus_per_node = gpus,
                          .kind = {},
                          .opens = Level::kRack});
  if (nodes % rack != 0) {
    fleet.groups.push_back({.racks = 1,
                            .nodes_per_rack = nodes % rack,
                            .gpus_per_node = gpus,
                            .kind = {},
                            .opens = Level::kRack});
  }
  return fleet;
}

FleetSpec uniform_fleet(std::uint32_t nodes, std::uint32_t gpus_per_node) {
  FleetSpec fleet;
  fleet.groups.push_back({.racks = 1,
                          .nodes_per_rack = nodes,
                          .gpus_per_node = gpus_per_node,
                          .kind = {},
                          .opens = Level::kRack});
  return fleet;
}

}  // namespace stargate::sim
