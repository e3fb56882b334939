#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace stargate::placement {

/// How many GPUs are free from now on, by the estimates and the plans made so far: a step function.
/// Each operation is linear in the steps.
class CountProfile {
 public:
  CountProfile(Instant now, std::uint64_t free) : steps_{{now, static_cast<std::int64_t>(free)}} {}

  /// So many GPUs more from `at` on. REQUIRES: instants do not descend, before any take().
  void give_back(Instant at, std::uint64_t gpus);
  /// The first instant, at which a step begins, not before the given one, from which so many GPUs are free for so long; kNever where there is none.
  Instant earliest(std::uint64_t gpus, Duration length, Instant not_before) const;
  void take(Instant from, Instant until, std::uint64_t gpus);

 private:
  struct Step {
    Instant from;
    std::int64_t free;
  };
  std::size_t split(Instant at);

  std::vector<Step> steps_;
};

}  // namespace stargate::placement
