#include "base/check.h"
#include "explain/explain.h"

namespace stargate::explain {

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPermitted: return "permitted";
    case Verdict::kNoCapacity: return "no_capacity";
    case Verdict::kNeedsOffer: return "needs_offer";
    case Verdict::kForbidden: return "forbidden";
    case Verdict::kNotOrdered: return "not_ordered";
  }
  STARGATE_CHECK(false, "a verdict is one of its names");
}

const char* name_of(Shortage shortage) {
  switch (shortage) {
    case Shortage::kNone: return nullptr;
    case Shortage::kNoAgreement: return "no_agreement";
    case Shortage::kNotAccepted: return "not_accepted";
    case Shortage::kWrongKind: return "wrong_kind";
    case Shortage::kDataAbsent: return "data_absent";
    case Shortage::kOutOfService: return "out_of_service";
    case Shortage::kFull: return "full";
  }
  STARGATE_CHECK(false, "a shortage is one of its names");
}

}  // namespace stargate::explain
