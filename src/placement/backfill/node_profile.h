#pragma once

#include <array>
#include <optional>
#include <vector>

#include "placement/backfill/start_bounds.h"
#include "placement/scheduling.h"

namespace stargate::placement {

/// Which GPUs of each node are free from now on, by the estimates, the plans made so far and the
/// reservations: what a shape or a locality needs to be planned for.
/// Memory is 8 bytes x nodes x instants at which something is given back or planned. Planning a job
/// costs O(instants), and O(nodes x instants of its run) where counts do not rule a start out.
class NodeProfile {
 public:
  struct Plan {
    Instant from;
    std::vector<NodeRange> ranges;
  };

  NodeProfile(const Scheduling& scheduling, const Queue& queue, Instant now);

  /// The first instant at which the job could start, and where; takes the GPUs for its estimate.
  std::optional<Plan> plan(const Job& job);

 private:
  struct Step {
    Instant from;
    std::vector<GpuMask> free;
    std::uint64_t free_gpus = 0;
    /// Nodes with at least so many GPUs free.
    std::array<std::uint32_t, kMaxGpusPerNode + 1> nodes_with{};

    void change(std::uint32_t node, GpuMask after);
  };

  std::size_t split(Instant at);
  /// Whether the job could fit there by counts alone: a cheap necessary condition.
  bool may_hold(const Step& step, const Job& job) const;
  bool free_throughout(std::size_t first, const Job& job, Duration length,
                       std::vector<GpuMask>& free) const;
  void set_fleet(const std::vector<GpuMask>& free);
  void take(Instant from, Instant until, std::span<const NodeRange> ranges);

  const Scheduling& scheduling_;
  const Queue& queue_;
  std::vector<Step> steps_;
  StartBounds bounds_;
  FleetIndex fleet_;
};

}  // namespace stargate::placement
