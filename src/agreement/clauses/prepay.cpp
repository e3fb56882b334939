// A share of each tranche's price is paid before it is delivered.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/delivery.h"
#include "agreement/price.h"

namespace stargate::agreement {
namespace {

Reason check(const Book&, const Clause& clause) {
  const auto& terms = std::get<clause::Prepay>(clause.terms);
  return is_share(terms.ppm) && is_length(terms.before_delivery) ? Reason::kNone : Reason::kInvalid;
}

constexpr Duration kMonth{days(365).us / 12};

/// The first outside date of the clauses that price its delay, where it has passed; else kNever.
Instant lost_at(const Book& book, ClauseId tranche, const Delivery& delivery, Moment moment) {
  Instant first = kNever;
  if (delivery.made_good_at() != kNever) return first;
  for (const ClauseId id : late_clauses_of(book, tranche, moment)) {
    const Duration outside = std::get<clause::Late>(book.clause(id).terms).outside;
    const Duration excused = delivery.deadline - delivery.grace_end;
    if (outside == Duration{}) continue;
    const Instant end = delivery.due + outside + excused;
    if (moment.at > end) first = std::min(first, end);
  }
  return first;
}

/// For each tranche in force, a payment `before_delivery` ahead of its due date; from its acceptance
/// on a credit of the same amount, or past its outside date a refund.
void judge(const Book& book, ClauseId id, std::span<const UseRecord>, Moment moment,
           Judgement& judgement) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::Prepay>(clause.terms);
  const Agreement& agreement = book.agreements()[clause.agreement.value];
  judgement.standing = Standing::kPending;
  judgement.why = "No payment is due yet.";
  for (const ClauseId tranche : book.clauses_of(clause.agreement)) {
    const auto* of = std::get_if<clause::Tranche>(&book.clause(tranche).terms);
    if (of == nullptr || !in_force(book, tranche, moment)) continue;
    const Delivery delivery = delivery_of(book, tranche, moment);
    if (delivery.due == kNever) continue;
    auto amount = tranche_price(book, *of, delivery.due, moment.known);
    if (!amount) continue;
    amount->micros = static_cast<std::int64_t>(scale_rounded(amount->micros, terms.ppm, kWhole));
    const auto owe = [&](DueKind kind, bool by_customer, Instant due) {
      const PartyId from = by_customer ? agreement.customer : agreement.supplier;
      const PartyId to = by_customer ? agreement.supplier : agreement.customer;
      judgement.dues.push_back(
          {kind, from, to, *amount, due, id, book.clause(tranche).assumptions});
    };
    // The date of the payment is by the contract's own due date: an amendment does not undo it.
    const Instant payable = std::min(of->due, delivery.due) - terms.before_delivery;
    owe(DueKind::kPayment, true, payable);
    if (payable > moment.at) continue;
    judgement.standing = Standing::kKept;
    judgement.why = "Payments fell due.";
    if (delivery.delivered_at != kNever) {
      owe(DueKind::kCredit, false, delivery.delivered_at + kMonth * terms.credited_from_month);
    } else if (const Instant lost = lost_at(book, tranche, delivery, moment);
               terms.refundable && lost != kNever) {
      owe(DueKind::kRefund, false, lost);
    }
  }
}

}  // namespace

const ClauseKind kPrepay{.check = check, .judge = judge};

}  // namespace stargate::agreement
