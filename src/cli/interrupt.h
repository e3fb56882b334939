#pragma once

#include <atomic>
#include <vector>

namespace stargate::cli {

/// While it lives, the first SIGINT or SIGTERM sets the given flags; a second one ends the program as
/// usual. At most one at a time; the flags outlive it.
class StopOnSignal {
 public:
  explicit StopOnSignal(std::vector<std::atomic<bool>*> stops);
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal();

  static bool happened();

 private:
  const std::vector<std::atomic<bool>*> stops_;
};

}  // namespace stargate::cli
