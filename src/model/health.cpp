#include "model/health.h"

namespace stargate {

const char* name_of(Health health) {
  switch (health) {
    case Health::kHealthy: return "healthy";
    case Health::kDegraded: return "degraded";
    case Health::kDrained: return "drained";
    case Health::kFailed: return "failed";
  }
  return "?";
}

}  // namespace stargate
