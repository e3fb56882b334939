#include "agreement/judge.h"

#include "agreement/clauses/kind.h"
#include "base/check.h"

namespace stargate::agreement {
namespace {

/// A clause that forbids was broken by the first use that it bound when it began.
void judge_use(const Book& book, ClauseId id, std::span<const UseRecord> use, Moment moment,
               Judgement& judgement) {
  const Clause& clause = book.clause(id);
  const Agreement& agreement = book.agreements()[clause.agreement.value];
  const ClauseKind& kind = kind_of_terms(clause);
  for (const UseRecord& record : use) {
    const bool concerned = kind.reach == Reach::kCustomer
                               ? book.customer_of(record.order) == agreement.customer
                               : book.orders()[record.order.value].agreement == clause.agreement;
    if (!concerned || record.from > moment.at || record.from >= judgement.since) continue;
    const Moment then{record.from, moment.known};
    const Asker asker{agreement.customer, record.use, {}};
    if (kind.permit(book, id, asker, view_of(book, record.order, then), then).bearing ==
        Bearing::kBinds) {
      judgement.standing = Standing::kBreached;
      judgement.since = record.from;
      judgement.why = "Work in its scope ran on order " + book.orders()[record.order.value].name +
                      ", which it forbids.";
    }
  }
}

}  // namespace

const char* name_of(Standing standing) {
  switch (standing) {
    case Standing::kKept: return "kept";
    case Standing::kPending: return "pending";
    case Standing::kAtRisk: return "at_risk";
    case Standing::kNotified: return "notified";
    case Standing::kInCure: return "in_cure";
    case Standing::kExcused: return "excused";
    case Standing::kBreached: return "breached";
  }
  STARGATE_CHECK(false, "a standing is one of its names");
}

const char* name_of(DueKind kind) {
  switch (kind) {
    case DueKind::kPayment: return "payment";
    case DueKind::kShortfall: return "shortfall";
    case DueKind::kCredit: return "credit";
    case DueKind::kRefund: return "refund";
    case DueKind::kNotBilled: return "not_billed";
    case DueKind::kFee: return "fee";
  }
  STARGATE_CHECK(false, "a kind of due is one of its names");
}

Judgement judge(const Book& book, ClauseId id, std::span<const UseRecord> use, Moment moment) {
  const Clause& clause = book.clause(id);
  Judgement judgement{.clause = id, .dues = {}, .why = {}};
  if (clause.known > moment.known || clause.from > moment.at) {
    judgement.standing = Standing::kPending;
    judgement.why = "It has not begun.";
    return judgement;
  }
  const ClauseKind& kind = kind_of_terms(clause);
  if (kind.permit != nullptr) judge_use(book, id, use, moment, judgement);
  if (kind.judge != nullptr) kind.judge(book, id, use, moment, judgement);
  for (Due& due : judgement.dues) {
    if (!is_set(due.clause)) due.clause = id;
    due.assumptions.insert(due.assumptions.begin(), clause.assumptions.begin(),
                           clause.assumptions.end());
  }
  return judgement;
}

}  // namespace stargate::agreement
