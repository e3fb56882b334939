#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/engine.h"

namespace stargate::server {

/// When a job that waits in a queue starts, if all that holds GPUs there ends at its estimate and no other
/// job comes.
struct StartForecast {
  Instant at;
  std::vector<JobId> ends;  ///< what has to end before, in that order
};

/// Drives the fork from end to end, at most so many. nullopt: it is in no queue, or does not start for all of
/// these. O(ends x a scheduling pass). REQUIRES: the job has not ended.
std::optional<StartForecast> forecast_start(core::Engine& fork, JobId job, std::size_t ends_most);

}  // namespace stargate::server
