#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/health.h"
#include "model/node_range.h"
#include "model/request.h"
#include "model/topology.h"

namespace stargate::oracle {

/// A fleet that is searched by looking at every node of it: slow, and obviously right. It answers
/// what can be had, not which place is the best; it shares no code with the placement.
class BrutePlacer {
 public:
  explicit BrutePlacer(std::shared_ptr<const Topology> topology);

  void occupy(std::span<const NodeRange> ranges);
  void release(std::span<const NodeRange> ranges);
  void set_health(std::uint32_t node, Health health) { health_[node] = health; }
  GpuMask free_mask(std::uint32_t node) const { return free_[node]; }

  /// The narrowest level of which some domain holds the part, on its own and whatever its request's
  /// locality; nullopt where none does. `whole_nodes`: an unshaped part is shaped as kConsolidated
  /// shapes it.
  std::optional<Level> narrowest(const Request& request, const Part& part, bool whole_nodes) const;
  /// The narrowest level of which some domain holds each part on its own: exact for parts that do
  /// not compete, otherwise no gang does better.
  std::optional<Level> narrowest(const Request& request, bool whole_nodes) const;
  /// Whether the request can be placed, its `must` kept.
  bool fits(const Request& request, bool whole_nodes) const;

  /// Empty, or what is wrong with a place for the request.
  std::string fault_of(const Request& request, bool whole_nodes, std::span<const NodeRange> ranges,
                       Level level) const;

 private:
  struct Piece {
    std::uint32_t node = 0;
    GpuMask mask = 0;
  };

  bool usable(const Request& request, const Part& part, std::uint32_t node) const;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> domains(Level level) const;
  bool holds(const Request& request, const Part& part, bool whole_nodes, std::uint32_t first,
             std::uint32_t end) const;
  bool class_holds(const Request& request, const Part& part, std::uint32_t size, std::uint32_t kind,
                   std::uint32_t first, std::uint32_t end) const;
  std::string shape_fault(const Part& part, bool whole_nodes,
                          const std::vector<Piece>& pieces) const;

  std::shared_ptr<const Topology> topology_;
  std::vector<GpuMask> free_;
  std::vector<Health> health_;
};

}  // namespace stargate::oracle
