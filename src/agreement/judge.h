#pragma once

#include <optional>
#include <span>
#include <vector>

#include "agreement/book.h"

namespace stargate::agreement {

/// GPUs of one order used for one use over a time: what was really run there.
struct UseRecord {
  OrderId order;
  Use use = Use::kResearch;
  Instant from;
  Instant until;
  std::uint64_t gpus = 0;
  /// Of what was still in acceptance: the tranche that let it be used early. kNo: it was accepted.
  ClauseId early = kNo<ClauseId>;
  WorkloadId workload = kNo<WorkloadId>;  ///< kNo: it is not known whose it was
};

enum class Standing : std::uint8_t {
  kKept,
  kPending,   ///< nothing is due yet
  kAtRisk,    ///< due, and by what is known it will be missed
  kNotified,  ///< an excuse was given notice of, and runs
  kInCure,    ///< late, within its grace
  kExcused,   ///< late, for a reason that the clause accepts
  kBreached,
};

/// "kept", "pending", "at_risk", "notified", "in_cure", "excused", "breached".
const char* name_of(Standing standing);

/// What an amount is that is owed or not owed.
enum class DueKind : std::uint8_t {
  kPayment,
  kShortfall,
  kCredit,
  kRefund,
  kNotBilled,  ///< service that was not delivered and is not paid for
  kFee,
};

/// "payment", "shortfall", "credit", "refund", "not_billed", "fee".
const char* name_of(DueKind kind);

struct Due {
  DueKind kind = DueKind::kPayment;
  PartyId from = kNo<PartyId>;
  PartyId to = kNo<PartyId>;
  Money amount;
  Instant due = kNever;
  ClauseId clause = kNo<ClauseId>;
  std::vector<AssumptionId> assumptions;  ///< what the amount rests on

  friend bool operator==(const Due&, const Due&) = default;
};

struct Judgement {
  ClauseId clause;
  Standing standing = Standing::kKept;
  Instant since = kNever;  ///< of the standing
  std::vector<Due> dues;
  bool may_terminate = false;  ///< the customer may end the tranche, or the order
  std::string why;             ///< one sentence
};

/// How the clause was kept, as known; `use` is what was run by then, in any order.
Judgement judge(const Book& book, ClauseId clause, std::span<const UseRecord> use, Moment moment);

/// The price of using so many GPUs of the order for a time, under the rate in force, exact to a
/// millionth; nullopt where no rate is in force. Power rates count the accelerator's watts.
std::optional<Money> price_of(const Book& book, OrderId order, std::uint64_t gpus, Instant from,
                              Instant until, Instant known);

}  // namespace stargate::agreement
