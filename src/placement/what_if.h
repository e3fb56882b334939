#pragma once

#include <cstdint>
#include <optional>

#include "placement/scheduling.h"

namespace stargate::placement {

/// A queue's fleet as it will be once every allocation has been given back whose estimate runs out
/// by some instant, the horizon. It follows the queue's events, so that moving the horizon costs what
/// lies between the two instants and nothing is copied while one job stays at the head.
///
/// A cache: it holds nothing that the queue does not determine.
class WhatIf {
 public:
  /// Moves the horizon to the first instant by which the job fits, and returns it; kNever where it
  /// never will. REQUIRES: no reservation on the queue.
  Instant find_start(const Scheduling& scheduling, const Queue& queue, const Job& job,
                     const Request& request);

  /// At the horizon the request still fits if `ranges` are taken until after it.
  bool fits_beside(const Request& request, PlacePolicy place, std::span<const NodeRange> ranges);

  // What became of the queue; `end` is the allocation's estimated end.
  void on_assigned(Instant end, std::span<const NodeRange> ranges);
  void on_released(Instant end, std::span<const NodeRange> ranges);
  /// Something else changed: what is known is forgotten.
  void forget() { fleet_.reset(); }

 private:
  void step_forward(const Scheduling& scheduling, const Queue& queue);
  void step_back(const Scheduling& scheduling, const Queue& queue);
  bool at_end(const Queue& queue) const;
  EndKey horizon_key() const;

  std::optional<FleetIndex> fleet_;
  Instant horizon_{INT64_MIN};
  JobId head_;
};

}  // namespace stargate::placement
