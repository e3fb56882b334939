#include "executor/executor.h"

namespace stargate::executor {

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kStarted: return "started";
    case Outcome::kFailedToStart: return "failed_to_start";
    case Outcome::kExited: return "exited";
    case Outcome::kStopped: return "stopped";
    case Outcome::kTimedOut: return "timed_out";
    case Outcome::kLost: return "lost";
  }
  return "unknown";
}

}  // namespace stargate::executor
