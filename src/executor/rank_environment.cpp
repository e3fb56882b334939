#include "executor/rank_environment.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace stargate::executor {
namespace {

constexpr std::string_view kInherited[] = {"PATH",   "HOME",           "USER",     "LOGNAME",
                                           "SHELL",  "LANG",           "LANGUAGE", "TZ",
                                           "TMPDIR", "LD_LIBRARY_PATH"};

std::vector<std::uint32_t> indexes_of(GpuMask mask) {
  std::vector<std::uint32_t> indexes;
  for (std::uint32_t i = 0; i < 64; ++i) {
    if ((mask >> i & 1) != 0) indexes.push_back(i);
  }
  return indexes;
}

/// What every process on a node has in common.
Environment devices_of(const Node& node, GpuMask mask) {
  std::vector<std::string> devices;
  for (const std::uint32_t index : indexes_of(mask)) {
    if (index < node.gpu_ids.size()) devices.push_back(node.gpu_ids[index]);
  }
  Environment environment{{"CUDA_VISIBLE_DEVICES", fmt::format("{}", fmt::join(devices, ","))}};
  if (node.gpu_ids.empty()) {
    environment["STARGATE_SLOTS"] = fmt::format("{}", fmt::join(indexes_of(mask), ","));
  }
  return environment;
}

void name_devices(const Node& node, GpuMask mask, std::vector<std::string>& devices) {
  for (const std::uint32_t index : indexes_of(mask)) {
    const bool has_id = index < node.gpu_ids.size() && !node.gpu_ids[index].empty();
    devices.push_back(has_id ? fmt::format("{}:{}", node.name, node.gpu_ids[index])
                             : fmt::format("{}:slot-{}", node.name, index));
  }
}

std::uint32_t processes_on(const Place& place, const Program& program) {
  if (program.argv.empty()) return 0;
  return program.processes_per_node != 0 ? program.processes_per_node
                                         : static_cast<std::uint32_t>(std::popcount(place.mask));
}

}  // namespace

std::vector<Place> places_of(const Start& start) {
  std::vector<Place> places;
  for (const NodeRange& range : start.ranges) {
    for (std::uint32_t i = 0; i < range.count; ++i) {
      const std::uint32_t node = range.first + i;
      const auto known = std::find_if(places.begin(), places.end(),
                                      [node](const Place& place) { return place.node == node; });
      if (known == places.end()) {
        places.push_back({node, range.mask});
      } else {
        known->mask |= range.mask;
      }
    }
  }
  return places;
}

Environment inherited_environment() {
  Environment environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = text.substr(0, equals);
    if (name.starts_with("LC_") ||
        std::find(std::begin(kInherited), std::end(kInherited), name) != std::end(kInherited)) {
      environment.emplace(name, text.substr(equals + 1));
    }
  }
  return environment;
}

void give_environment(const Start& start, const std::vector<Node>& nodes, std::uint16_t master_port,
                      Order& order) {
  const std::vector<Place> places = places_of(start);
  std::uint32_t world_size = 0;
  std::vector<std::string> names;
  for (const Place& place : places) {
    world_size += processes_on(place, start.program);
    names.push_back(nodes[place.node].name);
  }
  order.environment = {{"WORLD_SIZE", std::to_string(world_size)},
                       {"GROUP_WORLD_SIZE", std::to_string(places.size())},
                       {"MASTER_ADDR", "127.0.0.1"},
                       {"MASTER_PORT", std::to_string(master_port)},
                       {"STARGATE_JOB_ID", std::to_string(start.job.value)},
                       {"STARGATE_JOB_NAME", start.name},
                       {"STARGATE_EPOCH", std::to_string(start.epoch)},
                       {"STARGATE_NODES", fmt::format("{}", fmt::join(names, ","))},
                       {kGangVariable, order.gang}};
  for (std::uint32_t node_rank = 0; node_rank < places.size(); ++node_rank) {
    const Place& place = places[node_rank];
    const std::uint32_t local_size = processes_on(place, start.program);
    name_devices(nodes[place.node], place.mask, order.devices);
    for (std::uint32_t local_rank = 0; local_rank < local_size; ++local_rank) {
      Environment environment = devices_of(nodes[place.node], place.mask);
      environment["RANK"] = std::to_string(order.ranks.size());
      environment["LOCAL_RANK"] = std::to_string(local_rank);
      environment["LOCAL_WORLD_SIZE"] = std::to_string(local_size);
      environment["NODE_RANK"] = std::to_string(node_rank);
      environment["GROUP_RANK"] = std::to_string(node_rank);
      order.ranks.push_back(environment);
    }
  }
  // What is there already wins.
  order.environment.insert(start.program.environment.begin(), start.program.environment.end());
  const Environment inherited = inherited_environment();
  order.environment.insert(inherited.begin(), inherited.end());
}

}  // namespace stargate::executor
