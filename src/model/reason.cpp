#include "model/reason.h"

namespace stargate {

const char* name_of(Reason reason) {
  switch (reason) {
    case Reason::kNone: return "none";
    case Reason::kTooManyGpus: return "too_many_gpus";
    case Reason::kShapeNeverFits: return "shape_never_fits";
    case Reason::kQuotaNeverAllows: return "quota_never_allows";
    case Reason::kUnknown: return "unknown";
    case Reason::kInvalid: return "invalid";
    case Reason::kNotNow: return "not_now";
    case Reason::kGpusBusy: return "gpus_busy";
    case Reason::kFragmented: return "fragmented";
    case Reason::kQuotaUsed: return "quota_used";
    case Reason::kCohortUsed: return "cohort_used";
    case Reason::kReserved: return "reserved";
    case Reason::kStopsAwaited: return "stops_awaited";
    case Reason::kExited: return "exited";
    case Reason::kCancelled: return "cancelled";
    case Reason::kPreempted: return "preempted";
    case Reason::kReclaimed: return "reclaimed";
    case Reason::kRepacked: return "repacked";
    case Reason::kStartFailed: return "start_failed";
    case Reason::kNodeLost: return "node_lost";
    case Reason::kReservationDue: return "reservation_due";
    case Reason::kForbidden: return "forbidden";
    case Reason::kNeedsOffer: return "needs_offer";
    case Reason::kNotOrdered: return "not_ordered";
    case Reason::kNotAccepted: return "not_accepted";
    case Reason::kWrongKind: return "wrong_kind";
    case Reason::kDataAbsent: return "data_absent";
    case Reason::kShareUsed: return "share_used";
    case Reason::kNoLongerPermitted: return "no_longer_permitted";
    case Reason::kRoutedElsewhere: return "routed_elsewhere";
    case Reason::kUnitsUsed: return "units_used";
    case Reason::kTakenBack: return "taken_back";
  }
  return "?";
}

}  // namespace stargate
