#pragma once

#include <cstddef>

#include "sim/replay.h"

namespace stargate::cli {

/// While it lives, the first SIGINT or SIGTERM sets `stop` of the given controls; a second one ends
/// the program as usual. At most one at a time; the controls outlive it.
class StopOnSignal {
 public:
  StopOnSignal(sim::ReplayControl* controls, std::size_t count);
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal();

  static bool happened();
};

}  // namespace stargate::cli
