#pragma once

#include <cstdint>
#include <vector>

#include "placement/what_if.h"

namespace stargate::placement {

/// What the last pass over a queue found that still holds, so that the next one need not look again.
/// A cache: the decisions of a pass are the same without it.
struct PassCache {
  WhatIf what_if;
  /// Every job that waited was tried behind `head`, none can start, and nothing has been given back
  /// since: only `submitted` can.
  bool exhausted = false;
  JobId head;
  std::vector<std::uint32_t> submitted;  ///< slots of jobs that were queued since

  void on_queued(std::uint32_t slot) {
    if (exhausted) submitted.push_back(slot);
  }
  /// `end`: the allocation's estimated end.
  void on_assigned(Instant end, std::uint32_t slot, std::span<const NodeRange> ranges) {
    what_if.on_assigned(end, slot, ranges);
  }
  void on_released(Instant end, std::uint32_t slot, std::span<const NodeRange> ranges) {
    exhausted = false;
    what_if.on_released(end, slot, ranges);
  }
  void forget() {
    exhausted = false;
    what_if.forget();
  }
};

}  // namespace stargate::placement
