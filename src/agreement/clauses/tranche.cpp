// The duty to deliver.

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/delivery.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Tranche>(clause.terms);
  const bool may_lack_order = !terms.offer.empty();
  if ((is_set(terms.order) || !may_lack_order) && !is_there(terms.order, book.orders())) {
    return Reason::kUnknown;
  }
  if (!are_there(std::span<const StageId>(terms.stages), book.stages())) {
    return Reason::kUnknown;
  }
  return is_amount(terms.amount) && is_end(terms.due) && is_length(terms.grace) &&
                 is_length(terms.deemed_acceptance) && (terms.early_uses & ~kAnyUse) == 0 &&
                 is_price(terms.early_price)
             ? Reason::kNone
             : Reason::kInvalid;
}

/// When what is in acceptance already will be deemed accepted.
void changes(const Book& book, const Clause& clause, const ChangeSink& sink) {
  const auto& terms = std::get<clause::Tranche>(clause.terms);
  if (terms.deemed_acceptance == Duration{}) return;
  for (const StageId stage : terms.stages) {
    for (const ActId id : book.acts_of(stage)) {
      sink(book.entry(id).act.effective + terms.deemed_acceptance);
    }
  }
}

void changes_by(const Clause& clause, const Act& act, const ChangeSink& sink) {
  if (act.state != CapacityState::kInAcceptance) return;
  sink(act.effective + std::get<clause::Tranche>(clause.terms).deemed_acceptance);
}

bool covers(const Clause& clause, OrderId order, Use) {
  return is_set(order) && std::get<clause::Tranche>(clause.terms).order == order;
}

void judge(const Book& book, ClauseId id, std::span<const UseRecord>, Moment moment,
           Judgement& judgement) {
  const Delivery delivery = delivery_of(book, id, moment);
  const auto stand = [&](Standing standing, Instant since, const char* why) {
    judgement.standing = standing;
    judgement.since = since;
    judgement.why = why;
  };
  const auto& terms = std::get<clause::Tranche>(book.clause(id).terms);
  if (!terms.offer.empty() && !is_made(book, id, moment)) {
    return stand(Standing::kKept, kNever, "The acceptance that made it does not count.");
  }
  const bool in_time = delivery.delivered_at <= delivery.grace_end;
  if (!in_time && delivery.cured_at != kNever && delivery.cured_at <= delivery.deadline) {
    return stand(Standing::kExcused, delivery.cured_at, "Other capacity stands in for it.");
  }
  if (delivery.delivered_at != kNever) {
    const Instant at = delivery.delivered_at;
    if (in_time) return stand(Standing::kKept, at, "It was delivered in time.");
    if (at <= delivery.deadline) {
      return stand(Standing::kExcused, at, "It was delivered late, for a reason that is accepted.");
    }
    return stand(Standing::kBreached, delivery.deadline, "It was delivered late.");
  }
  if (!in_force(book, id, moment) && book.clause(id).until > moment.at) {
    return stand(Standing::kKept, kNever, "A later version has taken its place.");
  }
  if (moment.at > delivery.deadline) {
    return stand(Standing::kBreached, delivery.deadline,
                 delivery.cured_at == kNever
                     ? "It is late."
                     : "It is late; other capacity stands in for it by now.");
  }
  if (delivery.excuse_runs) {
    return stand(Standing::kNotified, delivery.excuse_since,
                 "Notice of an excuse was given, and it runs.");
  }
  if (moment.at > delivery.grace_end) {
    return stand(Standing::kExcused, delivery.grace_end, "It is late, for an accepted reason.");
  }
  if (moment.at > delivery.due) {
    return stand(Standing::kInCure, delivery.due, "It is past its due date, within its grace.");
  }
  if (delivery.at_risk) {
    return stand(Standing::kAtRisk, delivery.at_risk_since,
                 is_set(terms.order) ? "Too little is left that could be delivered."
                                     : "No order is named that would deliver it.");
  }
  return stand(Standing::kPending, kNever, "It is not due yet.");
}

}  // namespace

const ClauseKind kTranche{
    .check = check, .changes = changes, .changes_by = changes_by, .covers = covers, .judge = judge};

}  // namespace stargate::agreement
