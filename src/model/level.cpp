#include "model/level.h"

namespace stargate {

const char* name_of(Level level) {
  switch (level) {
    case Level::kNode: return "node";
    case Level::kRack: return "rack";
    case Level::kBlock: return "block";
    case Level::kBuilding: return "building";
    case Level::kSite: return "site";
    case Level::kFleet: return "fleet";
  }
  return "?";
}

}  // namespace stargate
