#include "agreement/offers.h"

#include <algorithm>

#include "base/check.h"

namespace stargate::agreement {
namespace {

constexpr Duration kInstant{1};

/// A reply may still come: nothing was decided, or a part was and the rest is still held.
bool is_open(const Offer& offer) {
  return offer.state == OfferState::kOffered || offer.state == OfferState::kCountered ||
         (offer.state == OfferState::kAcceptedInPart && !offer.rest_declined);
}

bool is_later(const Terms& terms, const Terms& than) {
  return terms.delivery != kNever && than.delivery != kNever && terms.delivery > than.delivery;
}

/// Who accepts a part after another part has both.
Terms together(const Offer& offer, const Terms& more) {
  Terms sum = more;
  if (offer.state == OfferState::kAcceptedInPart && sum.amount.unit == offer.answer.amount.unit) {
    sum.amount.value += offer.answer.amount.value;
  }
  return sum;
}

void accept_part(Offer& offer, const Terms& part, const clause::FirstRefusal& terms) {
  offer.answer = together(offer, part);
  offer.state = OfferState::kAcceptedInPart;
  offer.rest_declined = terms.partial_declines_rest;
}

void decide(Offer& offer, const Entry& entry) {
  offer.decided_at = entry.act.effective;
  if (entry.entered > offer.reply_by) offer.reopened_at = entry.entered;
}

/// REQUIRES: the offer is open.
void apply(Offer& offer, const Entry& entry, const clause::FirstRefusal& terms) {
  const Act& act = entry.act;
  switch (act.kind) {
    case ActKind::kCounter:
      if (offer.state == OfferState::kAcceptedInPart) return;
      offer.state = OfferState::kCountered;
      offer.answer = act.terms;
      return;
    case ActKind::kAccept:
      if (is_later(act.terms, offer.terms)) {
        accept_part(offer, act.terms, terms);
      } else {
        offer.state = OfferState::kAccepted;
        offer.answer = act.terms;
      }
      break;
    case ActKind::kAcceptPart: accept_part(offer, act.terms, terms); break;
    case ActKind::kDecline:
      if (offer.state == OfferState::kAcceptedInPart) {
        offer.rest_declined = true;
      } else {
        offer.state = OfferState::kDeclined;
      }
      break;
    case ActKind::kWithdraw: offer.state = OfferState::kWithdrawn; break;
    case ActKind::kWaive: offer.state = OfferState::kWaived; break;
    default: return;
  }
  decide(offer, entry);
}

void lapse(Offer& offer) {
  if (offer.state == OfferState::kAcceptedInPart) {
    offer.rest_declined = true;
  } else {
    offer.state = OfferState::kLapsed;
  }
  offer.decided_at = offer.reply_by + kInstant;
}

}  // namespace

const char* name_of(OfferState state) {
  switch (state) {
    case OfferState::kOffered: return "offered";
    case OfferState::kCountered: return "countered";
    case OfferState::kAccepted: return "accepted";
    case OfferState::kAcceptedInPart: return "accepted_in_part";
    case OfferState::kDeclined: return "declined";
    case OfferState::kLapsed: return "lapsed";
    case OfferState::kWithdrawn: return "withdrawn";
    case OfferState::kWaived: return "waived";
  }
  STARGATE_CHECK(false, "a state of an offer is one of its names");
}

Offer offer_of(const Book& book, ActId made, Moment moment) {
  const Act& act = book.entry(made).act;
  const Clause& clause = book.clause(act.clause);
  const auto& terms = std::get<clause::FirstRefusal>(clause.terms);
  Offer offer{.name = act.offer,
              .order = act.order,
              .clause = act.clause,
              .holder = book.agreements()[clause.agreement.value].supplier,
              .terms = act.terms,
              .answer = {},
              .offered_at = act.effective,
              .reply_by = act.reply_by};

  // 1. What was done about it, in the order in which it took effect: the replies, and waivers.
  std::vector<ActId> acts(book.acts_of_offer(act.offer).begin(),
                          book.acts_of_offer(act.offer).end());
  for (const ActId id : book.acts_of(act.order)) {
    const Act& other = book.entry(id).act;
    if (other.kind == ActKind::kWaive && other.clause == act.clause) acts.push_back(id);
  }
  std::ranges::sort(acts);
  // 2. The first decision counts, if it came by the deadline.
  for (const ActId id : in_effect(book, acts, moment)) {
    const Entry& entry = book.entry(id);
    if (!is_open(offer) || entry.act.effective > offer.reply_by) break;
    if (entry.act.effective >= offer.offered_at) apply(offer, entry, terms);
  }
  // 3. Just after the deadline, what is still open lapses.
  if (is_open(offer) && moment.at > offer.reply_by) lapse(offer);
  if (offer.releases() && terms.release_for > Duration{}) {
    offer.released_until = offer.decided_at + terms.release_for;
  }
  return offer;
}

std::vector<Offer> offers(const Book& book, Moment moment) {
  std::vector<Offer> result;
  for (const ActId id : book.acts_of(ActKind::kOffer)) {
    if (counts(book.entry(id), moment)) result.push_back(offer_of(book, id, moment));
  }
  return result;
}

std::optional<Offer> find_offer(const Book& book, std::string_view name, Moment moment) {
  const auto acts = book.acts_of_offer(name);
  if (acts.empty() || !counts(book.entry(acts.front()), moment)) return std::nullopt;
  return offer_of(book, acts.front(), moment);
}

bool no_better(const Terms& terms, const Terms& offered) {
  if (terms.has_price && offered.has_price) {
    if (terms.price.unit != offered.price.unit || terms.price.basis != offered.price.basis ||
        terms.price.amount.currency != offered.price.amount.currency ||
        terms.price.amount.micros > offered.price.amount.micros) {
      return false;
    }
  }
  if (offered.delivery != kNever && terms.delivery != kNever && terms.delivery > offered.delivery) {
    return false;
  }
  if (terms.amount.value == 0 || offered.amount.value == 0) return true;
  return terms.amount.unit == offered.amount.unit && terms.amount.value <= offered.amount.value;
}

}  // namespace stargate::agreement
