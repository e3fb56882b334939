#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "placement/flat_fleet.h"
#include "placement/scheduling.h"

namespace stargate::placement {

/// A queue's fleet as it will be once every allocation has been given back whose estimate runs out
/// by some instant, the horizon. It follows the queue's events, so that moving the horizon costs what
/// lies between the two instants, and nothing is copied while one job stays at the head. Where the
/// head's need is flat, only the free GPUs of each node are kept; otherwise an index.
///
/// A cache: it holds nothing that the queue does not determine.
class WhatIf {
 public:
  /// Moves the horizon to the first instant by which the job fits, and returns it; kNever where it
  /// never will. REQUIRES: no reservation on the queue.
  Instant find_start(const Scheduling& scheduling, const Queue& queue, const Job& job,
                     const Request& request);

  /// At the horizon the request for which it was moved still fits if `ranges` are taken until after
  /// it.
  bool fits_beside(std::span<const NodeRange> ranges);

  /// Whether that is surely false for whatever takes so many nodes that are wholly free now.
  bool refuses_beside(std::uint32_t whole_nodes) const {
    return flat_ && then_.nodes_with(need_.share) < need_.nodes + whole_nodes;
  }

  // What became of an allocation of the queue; `end` is its estimated end. What is released holds no
  // GPUs that are not ours to use.
  void on_assigned(Instant end, std::uint32_t slot, std::span<const NodeRange> ranges);
  void on_released(Instant end, std::uint32_t slot, std::span<const NodeRange> ranges);
  /// Something else changed: what is known is forgotten.
  void forget();

 private:
  void look_at(const Scheduling& scheduling, const Queue& queue, const Job& job);
  void start_over(const Queue& queue);
  void step_forward(const Scheduling& scheduling, const Queue& queue);
  void step_back(const Scheduling& scheduling, const Queue& queue);
  bool fits_before(const Scheduling& scheduling, const Queue& queue);
  bool fits() const;
  bool at_end(const Queue& queue) const;
  void collect_group(const Queue& queue, Instant end);

  bool known_ = false;
  bool flat_ = false;
  FlatNeed need_;
  const Request* request_ = nullptr;
  PlacePolicy place_ = PlacePolicy::kBestFit;
  JobId head_;
  Instant horizon_;
  /// The allocations that end at the horizon itself, by slot: without them the head must not fit.
  std::vector<std::uint32_t> last_group_;
  /// Not flat: nothing that could bring the horizon forward happened since it was found.
  bool settled_ = false;

  std::vector<std::uint8_t> free_now_;  ///< GPUs of each node
  FlatFleet before_;                    ///< all given back that ends before the horizon
  FlatFleet then_;                      ///< and the last group too
  std::optional<FleetIndex> fleet_;     ///< the same, where the need is not flat
};

}  // namespace stargate::placement
