#include "model/use.h"

#include "base/check.h"

namespace stargate {

const char* name_of(Use use) {
  switch (use) {
    case Use::kResearch: return "research";
    case Use::kTraining: return "training";
    case Use::kFirstPartyProduct: return "first_party_product";
    case Use::kApi: return "api";
    case Use::kCoDevelopedApi: return "co_developed_api";
    case Use::kNationalSecurityApi: return "national_security_api";
  }
  STARGATE_CHECK(false, "a use is one of its names");
}

}  // namespace stargate
