#include "agreement/signing.h"

#include <algorithm>

#include "agreement/price.h"

namespace stargate::agreement {
namespace {

/// The first act of signing by the moment, or null.
const Act* act_of_signing(const Book& book, OrderId order, Moment moment) {
  const Act* first = nullptr;
  for (const ActId id : book.acts_of(order)) {
    const Entry& entry = book.entry(id);
    if (entry.act.kind != ActKind::kSign || !counts(entry, moment)) continue;
    if (first == nullptr || entry.act.effective < first->effective) first = &entry.act;
  }
  return first;
}

bool fits(const Book& book, const CarveOut& carve_out, PartyId lab, Use use,
          const OrderView& order) {
  return includes(carve_out.uses, use) &&
         (!is_set(carve_out.supplier) || carve_out.supplier == order.supplier) &&
         (!is_set(carve_out.order) || carve_out.order == order.id) &&
         (!is_set(carve_out.site) || carve_out.site == order.site) &&
         (!carve_out.own_build || book.parties()[order.supplier.value].own_build_of == lab) &&
         carve_out.from <= order.signed_at && order.signed_at < carve_out.until;
}

/// The end of the reservations on the order that no notice of the moment can cancel.
Instant held_until(const Book& book, OrderId order, Moment moment) {
  Instant end{INT64_MIN};
  for (const ClauseId id : book.clauses_of(book.orders()[order.value].agreement)) {
    const auto* terms = std::get_if<clause::Reserve>(&book.clause(id).terms);
    if (terms != nullptr && terms->no_cancel && terms->order == order &&
        in_force(book, id, moment)) {
      end = std::max(end, book.clause(id).until);
    }
  }
  return end;
}

}  // namespace

Instant signing_of(const Book& book, OrderId order, Moment moment) {
  const Instant declared = book.orders()[order.value].signed_at;
  if (declared != kNever) return declared <= moment.at ? declared : kNever;
  const Act* act = act_of_signing(book, order, moment);
  return act == nullptr ? kNever : act->effective;
}

Terms signed_terms(const Book& book, OrderId order, Moment moment) {
  Terms terms;
  if (const Act* act = act_of_signing(book, order, moment)) terms = act->terms;
  const Order& of = book.orders()[order.value];
  if (terms.amount.value == 0) terms.amount = of.amount;
  const Instant begins = std::max(signing_of(book, order, moment), of.from);
  terms.delivery = terms.delivery == kNever ? begins : std::max(terms.delivery, begins);
  const RateInForce rate = rate_of(book, order, {begins, moment.known});
  if (is_set(rate.clause)) {
    const Price& price = rate.terms.price;
    const bool is_dearer = price.unit == terms.price.unit && price.basis == terms.price.basis &&
                           price.amount.currency == terms.price.amount.currency &&
                           price.amount.micros > terms.price.amount.micros;
    if (!terms.has_price || is_dearer) terms.price = price;
    terms.has_price = true;
  }
  terms.until = of.until;
  return terms;
}

Ending ending_of(const Book& book, OrderId id, Moment moment) {
  const Order& order = book.orders()[id.value];
  Ending ending{order.until, kNo<ClauseId>};
  for (const ActId act : book.terminations_of(order.agreement)) {
    const Entry& entry = book.entry(act);
    if (!counts(entry, moment)) continue;
    const Instant end =
        std::max(entry.act.until, held_until(book, id, {entry.act.effective, moment.known}));
    if (end < ending.at) ending = {end, entry.act.clause};
  }
  return ending;
}

Span term_of(const Book& book, OrderId id, Moment moment) {
  const Order& order = book.orders()[id.value];
  const Instant signed_at = order.known <= moment.known ? signing_of(book, id, moment) : kNever;
  return {std::max(signed_at, order.from), ending_of(book, id, moment).at};
}

OrderView view_of(const Book& book, OrderId order, Moment moment) {
  return {order, book.supplier_of(order), book.orders()[order.value].site,
          signing_of(book, order, moment)};
}

bool carved_out(const Book& book, std::span<const CarveOut> carve_outs, PartyId lab, Use use,
                const OrderView& order) {
  return std::ranges::any_of(carve_outs, [&](const CarveOut& carve_out) {
    return fits(book, carve_out, lab, use, order);
  });
}

bool cleared(const Book& book, ClauseId clause, OrderId order, bool unmet, Moment moment) {
  if (!is_set(order)) return false;
  const Order& declared = book.orders()[order.value];
  if (declared.clearance != Clearance::kNone && declared.cleared_of == clause &&
      declared.known <= moment.known && declared.cleared_at <= moment.at &&
      (unmet || declared.clearance != Clearance::kUnmetDemand)) {
    return true;
  }
  return std::ranges::any_of(book.acts_of(order), [&](ActId id) {
    const Entry& entry = book.entry(id);
    return (entry.act.kind == ActKind::kConsent || entry.act.kind == ActKind::kWaive) &&
           entry.act.clause == clause && counts(entry, moment);
  });
}

}  // namespace stargate::agreement
