#include "model/topology.h"

#include <algorithm>

#include "base/check.h"

namespace stargate {
namespace {

constexpr std::array kDomainLevels{Level::kRack, Level::kBlock, Level::kBuilding, Level::kSite};

std::size_t index_of(Level level) { return static_cast<std::size_t>(level); }

}  // namespace

std::uint64_t FleetSpec::nodes() const {
  std::uint64_t nodes = 0;
  for (const RackGroup& group : groups) nodes += group.nodes();
  return nodes;
}

std::uint64_t FleetSpec::gpus() const {
  std::uint64_t gpus = 0;
  for (const RackGroup& group : groups) gpus += group.gpus();
  return gpus;
}

bool Topology::is_valid(const FleetSpec& spec) {
  std::uint64_t nodes = 0;
  for (const RackGroup& group : spec.groups) {
    if (group.racks == 0 || group.nodes_per_rack == 0) return false;
    if (group.gpus_per_node == 0 || group.gpus_per_node > kMaxGpusPerNode) return false;
    if (group.kind.value >= 64) return false;
    if (group.opens < Level::kRack || group.opens > Level::kSite) return false;
    if (group.racks > kMaxNodes || group.nodes_per_rack > kMaxNodes) return false;
    nodes += group.nodes();
    if (nodes > kMaxNodes) return false;
  }
  return nodes > 0;
}

Topology::Topology(const FleetSpec& spec) : spec_(spec) {
  STARGATE_CHECK(is_valid(spec), "a fleet is built from a valid description");
  std::uint32_t node = 0;
  for (const RackGroup& group : spec.groups) {
    const Level opens = node == 0 ? Level::kSite : group.opens;
    for (std::uint32_t rack = 0; rack < group.racks; ++rack) {
      const Level widest = rack == 0 ? opens : Level::kRack;
      for (Level level : kDomainLevels) {
        if (level <= widest) starts_[index_of(level)].push_back(node);
      }
      node += group.nodes_per_rack;
    }
    gpus_.insert(gpus_.end(), group.nodes(), static_cast<std::uint8_t>(group.gpus_per_node));
    kinds_.insert(kinds_.end(), group.nodes(), static_cast<std::uint8_t>(group.kind.value));
    gpu_count_ += group.gpus();
  }
  starts_[index_of(Level::kFleet)].push_back(0);
  for (Level level : kDomainLevels) starts_[index_of(level)].push_back(node);
  starts_[index_of(Level::kFleet)].push_back(node);
}

std::uint32_t Topology::domain_count(Level level) const {
  return static_cast<std::uint32_t>(domain_starts(level).size() - 1);
}

std::span<const std::uint32_t> Topology::domain_starts(Level level) const {
  STARGATE_CHECK(level != Level::kNode, "nodes are their own domains");
  return starts_[index_of(level)];
}

std::uint32_t Topology::domain_of(Level level, NodeId node) const {
  if (level == Level::kNode) return node.value;
  const auto starts = domain_starts(level);
  const auto after = std::upper_bound(starts.begin(), starts.end(), node.value);
  return static_cast<std::uint32_t>(after - starts.begin()) - 1;
}

}  // namespace stargate
