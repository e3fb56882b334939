#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/level.h"

namespace stargate {

/// `racks` equal racks, one after the other. `opens` is the widest level at which the first of them
/// begins a new domain: kRack stays in the block before it, kSite begins a site (and in it a
/// building, a block and a rack). The first group of a fleet always begins everything.
struct RackGroup {
  std::uint32_t racks = 1;
  std::uint32_t nodes_per_rack = 1;
  std::uint32_t gpus_per_node = 8;
  KindId kind;
  Level opens = Level::kRack;

  std::uint64_t nodes() const { return std::uint64_t{racks} * nodes_per_rack; }
  std::uint64_t gpus() const { return nodes() * gpus_per_node; }

  friend bool operator==(const RackGroup&, const RackGroup&) = default;
};

/// A fleet as it is described: a few groups stand for millions of GPUs.
struct FleetSpec {
  std::vector<RackGroup> groups;

  /// Of all groups. Of a valid spec, nodes are at most kMaxNodes.
  std::uint64_t nodes() const;
  std::uint64_t gpus() const;

  friend bool operator==(const FleetSpec&, const FleetSpec&) = default;
};

inline constexpr std::uint32_t kMaxGpusPerNode = 64;
inline constexpr std::uint32_t kMaxNodes = 1U << 24;

/// The fixed shape of a fleet: nodes numbered in order, and at each level from rack to site the
/// domains, each a run of nodes. Built once from a FleetSpec, then shared and never changed.
class Topology {
 public:
  /// REQUIRES: is_valid(spec).
  explicit Topology(const FleetSpec& spec);

  /// Every group has 1..kMaxGpusPerNode GPUs a node, at least one rack and one node a rack, a kind
  /// below 64, and opens no level above kSite; all together 1..kMaxNodes nodes.
  static bool is_valid(const FleetSpec& spec);

  const FleetSpec& spec() const { return spec_; }
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(gpus_.size()); }
  std::uint64_t gpu_count() const { return gpu_count_; }
  std::uint32_t gpus(NodeId node) const { return gpus_[node.value]; }
  KindId kind(NodeId node) const { return {kinds_[node.value]}; }

  /// Domains of a level, rack to site (kFleet: one, kNode: not stored).
  std::uint32_t domain_count(Level level) const;
  /// First nodes of the domains of a level, ascending, with node_count() behind the last.
  std::span<const std::uint32_t> domain_starts(Level level) const;
  /// The domain of `level` that holds the node. O(log domains).
  std::uint32_t domain_of(Level level, NodeId node) const;

 private:
  FleetSpec spec_;
  std::uint64_t gpu_count_ = 0;
  std::vector<std::uint8_t> gpus_;
  std::vector<std::uint8_t> kinds_;
  std::array<std::vector<std::uint32_t>, kLevelCount> starts_;
};

}  // namespace stargate
