#include "model/policy.h"

namespace stargate {

const char* name_of(PlacePolicy policy) {
  switch (policy) {
    case PlacePolicy::kBestFit: return "best-fit";
    case PlacePolicy::kFirstFit: return "first-fit";
    case PlacePolicy::kConsolidated: return "consolidated";
  }
  return "?";
}

}  // namespace stargate
