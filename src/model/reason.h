#pragma once

#include <cstdint>

namespace stargate {

/// Why something was refused, waits or ended. One value a cause; what it names is in the event.
enum class Reason : std::uint8_t {
  kNone,
  // A job is refused: it can never run here.
  kTooManyGpus,       ///< more GPUs than the queue has
  kShapeNeverFits,    ///< enough GPUs, but never in this shape, kind or locality
  kQuotaNeverAllows,  ///< more than its tenant may ever hold
  // A command is refused.
  kUnknown,  ///< it names a queue, tenant, request, job or reservation that there is not
  kInvalid,  ///< a value is out of its range, or a number is used twice
  kNotNow,   ///< it does not fit the state of what it names
  // A job waits.
  kGpusBusy,      ///< too few GPUs are free
  kFragmented,    ///< enough are free, but not in this shape or locality
  kQuotaUsed,     ///< its tenant holds all that it may
  kCohortUsed,    ///< what it could borrow is in use by others
  kReserved,      ///< it would run into a reservation
  kStopsAwaited,  ///< others have been asked to stop for it
  // An allocation ended.
  kExited,
  kCancelled,
  kPreempted,  ///< for a job that goes first
  kReclaimed,  ///< for the guaranteed share of another tenant
  kRepacked,   ///< placed anew elsewhere
  kStartFailed,
  kNodeLost,
  kReservationDue,  ///< its nodes are kept for others from now on
  // A workload has no order to run on.
  kForbidden,    ///< a clause in force forbids it wherever there is capacity
  kNeedsOffer,   ///< a first refusal stands in the way, and no offer cleared an order
  kNotOrdered,   ///< no order that is signed and goes on is for it
  kNotAccepted,  ///< its orders have too little accepted capacity
  kWrongKind,    ///< there is capacity, of kinds that it does not accept
  kDataAbsent,   ///< its data is not at any place where it may run
  kShareUsed,    ///< more of it on one supplier's paper than its limit allows
  // A job left an order.
  kNoLongerPermitted,  ///< contracts or capacity have changed
  kRoutedElsewhere,    ///< another order can take it
  // Beside those for which a workload has no order; numbers are fixed.
  kUnitsUsed,  ///< a `locale` allows no more GPUs than are used or waited for
  // Beside those for which a job left an order.
  kTakenBack,  ///< a reservation has ended, and its order's capacity with it
};

inline constexpr Reason kLastReason = Reason::kTakenBack;

/// Whether an allocation that is asked to stop for it is so under a clause.
constexpr bool names_clause(Reason reason) {
  return reason == Reason::kUnitsUsed || reason == Reason::kTakenBack;
}

/// The word that events and messages use: "gpus_busy".
const char* name_of(Reason reason);

}  // namespace stargate
