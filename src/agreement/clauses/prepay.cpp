// A share of each tranche's price is paid before it is delivered, and credited as it is accepted.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/prepayment.h"
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

/// The first outside date of the clauses that price its delay; kNever: there is none.
Instant outside_date(const Book& book, ClauseId tranche, Instant due, Duration excused,
                     Moment moment) {
  Instant first = kNever;
  for (const ClauseId id : late_clauses_of(book, tranche, moment)) {
    const Duration outside = std::get<clause::Late>(book.clause(id).terms).outside;
    if (outside > Duration{}) first = std::min(first, due + outside + excused);
  }
  return first;
}

/// When the payment for a tranche falls due, and the due date that this is by.
struct Payable {
  Instant at;
  Instant due;
};

/// So long before it is due, as amended by what was entered until then. What has fallen due stays due; an
/// amendment that brings it forward makes it payable at once at the earliest.
Payable payable_of(const Book& book, ClauseId tranche, Duration ahead, Moment moment) {
  Instant since = book.clause(tranche).from;
  Instant due = std::get<clause::Tranche>(book.clause(tranche).terms).due;
  for (const ActId id : in_effect(book, book.acts_of(tranche), moment)) {
    const Entry& entry = book.entry(id);
    if (entry.act.kind != ActKind::kAmendDue) continue;
    if (std::max(since, due - ahead) <= entry.entered) break;
    since = entry.act.effective;
    due = entry.act.until;
  }
  return {std::max(since, due - ahead), due};
}

/// What is paid ahead for one tranche.
struct Prepayment {
  ClauseId tranche;
  Delivery delivery;
  Money amount;
  Instant payable;
  Instant lost = kNever;  ///< its outside date, where it is not delivered
};

/// One for each tranche in force that is due at all and has a price; of one order alone, where it is set.
std::vector<Prepayment> prepayments(const Book& book, ClauseId id, Moment moment,
                                    OrderId order = kNo<OrderId>) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::Prepay>(clause.terms);
  std::vector<Prepayment> found;
  for (const ClauseId tranche : book.clauses_of(clause.agreement)) {
    const auto* of = std::get_if<clause::Tranche>(&book.clause(tranche).terms);
    if (of == nullptr || !in_force(book, tranche, moment)) continue;
    if (is_set(order) && of->order != order) continue;
    const Delivery delivery = delivery_of(book, tranche, moment);
    if (delivery.due == kNever) continue;
    // What has fallen due is by what was so then, with what is known now.
    const Payable payable = payable_of(book, tranche, terms.before_delivery, moment);
    auto amount =
        tranche_price(book, *of, payable.due, {std::min(payable.at, moment.at), moment.known});
    if (!amount) continue;
    amount->micros = static_cast<std::int64_t>(scale_rounded(amount->micros, terms.ppm, kWhole));
    found.push_back({tranche, delivery, *amount, payable.at,
                     delivery.delivered_at == kNever
                         ? outside_date(book, tranche, delivery.due, delivery.excused(), moment)
                         : kNever});
  }
  return found;
}

/// Calls with every instant that may turn out to be just past the outside date, whichever of the excuses
/// known have run by then: the same instants whenever it is asked.
template <class Sink>
void outside_dates(const Book& book, const Prepayment& paid, Moment moment, Sink sink) {
  const auto note = [&](Duration excused) {
    const Instant date = outside_date(book, paid.tranche, paid.delivery.due, excused, moment);
    if (date != kNever) sink(date + Duration{1});
  };
  note(Duration{});
  for (const ActId id : in_effect(book, book.acts_of(paid.tranche), moment)) {
    const Instant end = book.entry(id).act.until;
    if (end <= kLatest) note(delivery_of(book, paid.tranche, {end, moment.known}).excused());
  }
}

/// For each tranche a payment; for each part of it, from its acceptance on, a credit of its share; past
/// the outside date a refund of the rest.
void judge(const Book& book, ClauseId id, std::span<const UseRecord>, Moment moment,
           Judgement& judgement) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::Prepay>(clause.terms);
  const Agreement& agreement = book.agreements()[clause.agreement.value];
  judgement.standing = Standing::kPending;
  judgement.why = "No payment is due yet.";
  for (const Prepayment& paid : prepayments(book, id, moment)) {
    const std::int64_t whole =
        std::get<clause::Tranche>(book.clause(paid.tranche).terms).amount.value;
    const auto owe = [&](DueKind kind, bool by_customer, std::int64_t micros, Instant due) {
      if (micros == 0) return;
      const PartyId from = by_customer ? agreement.customer : agreement.supplier;
      const PartyId to = by_customer ? agreement.supplier : agreement.customer;
      judgement.dues.push_back({kind, from, to, Money{micros, paid.amount.currency}, due, id,
                                book.clause(paid.tranche).assumptions});
    };
    owe(DueKind::kPayment, true, paid.amount.micros, paid.payable);
    if (paid.payable > moment.at) continue;
    judgement.standing = Standing::kKept;
    judgement.why = "Payments fell due.";
    const bool is_lost = terms.refundable && moment.at > paid.lost;
    std::int64_t accepted = 0;
    std::int64_t credited = 0;
    for (const AcceptedSince& step : accepted_over_time(book, paid.tranche, moment)) {
      if (step.amount <= accepted || (is_lost && step.from > paid.lost)) continue;
      accepted = step.amount;
      const auto in_all =
          static_cast<std::int64_t>(scale_rounded(paid.amount.micros, accepted, whole));
      owe(DueKind::kCredit, false, in_all - credited,
          std::max(paid.payable, step.from + kMonth * terms.credited_from_month));
      credited = in_all;
    }
    if (is_lost) owe(DueKind::kRefund, false, paid.amount.micros - credited, paid.lost);
  }
}

}  // namespace

PaidAhead paid_ahead(const Book& book, OrderId order, Moment moment) {
  PaidAhead ahead;
  const auto note = [&](Instant at) {
    if (at > moment.at) ahead.changes_at = std::min(ahead.changes_at, at);
  };
  for (const ClauseId id : book.clauses_of(book.orders()[order.value].agreement)) {
    const auto* terms = std::get_if<clause::Prepay>(&book.clause(id).terms);
    if (terms == nullptr || !in_force(book, id, moment)) continue;
    for (const Prepayment& paid : prepayments(book, id, moment, order)) {
      const auto& tranche = std::get<clause::Tranche>(book.clause(paid.tranche).terms);
      if (paid.amount.micros == 0) continue;
      Instant over = kNever;
      if (paid.delivery.delivered_at != kNever) {
        const Instant due = paid.delivery.due;
        const Duration length = tranche_end(book, tranche, due, moment) - due;
        const Duration used{
            static_cast<std::int64_t>(scale_rounded(length.us, terms->ppm, kWhole))};
        over = paid.delivery.delivered_at + kMonth * terms->credited_from_month + used;
      } else if (terms->refundable && paid.lost != kNever) {
        over = paid.lost + Duration{1};
        outside_dates(book, paid, moment, note);
      }
      note(paid.payable);
      if (paid.delivery.delivered_at != kNever) note(over);
      if (paid.payable <= moment.at && moment.at < over) ahead.is_paid = true;
    }
  }
  return ahead;
}

const ClauseKind kPrepay{.check = check, .judge = judge};

}  // namespace stargate::agreement
