#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

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

  // What became of the queue; `end` is the allocation's estimated end.
  void on_assigned(Instant end, std::span<const NodeRange> ranges);
  void on_released(Instant end, std::span<const NodeRange> ranges);
  /// Something else changed: what is known is forgotten.
  void forget();

 private:
  void start_over(const Queue& queue);
  void step_forward(const Scheduling& scheduling, const Queue& queue);
  /// False, and the horizon stays, where the head would not fit before.
  bool step_back(const Scheduling& scheduling, const Queue& queue);
  bool fits() const;
  bool at_end(const Queue& queue) const;
  void give_back(std::span<const NodeRange> ranges);
  void take(std::span<const NodeRange> ranges);
  void move_node(std::uint32_t node, std::uint32_t free);
  std::uint32_t nodes_with(std::uint32_t share) const;

  bool known_ = false;
  bool flat_ = false;
  FlatNeed need_;
  const Request* request_ = nullptr;
  PlacePolicy place_ = PlacePolicy::kBestFit;
  Instant horizon_;
  JobId head_;
  bool settled_ = false;  ///< nothing was given back since the horizon was found: none before it will do

  std::vector<std::uint8_t> free_now_;      ///< GPUs of each node
  std::vector<std::uint8_t> free_then_;     ///< at the horizon
  std::array<std::uint32_t, 65> nodes_by_free_{};  ///< at the horizon
  std::optional<FleetIndex> fleet_;         ///< at the horizon, where the need is not flat
};

}  // namespace stargate::placement
