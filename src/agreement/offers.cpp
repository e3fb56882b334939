#include "agreement/offers.h"

#include <algorithm>
#include <utility>

#include "agreement/stages.h"
#include "base/check.h"

namespace stargate::agreement {
namespace {

constexpr Duration kInstant{1};

/// What an acceptance takes: what it says, no more than there is; all of it where it says nothing.
std::int64_t taken_by(const Terms& acceptance, CapacityAmount left) {
  if (acceptance.amount.value == 0) return left.value;
  return acceptance.amount.unit == left.unit ? std::min(acceptance.amount.value, left.value) : 0;
}

void accept(Offer& offer, ActId id, const Act& act, const clause::FirstRefusal& terms) {
  const std::int64_t taken = taken_by(act.terms, offer.left);
  offer.left.value -= taken;
  const bool as_offered = !is_later(act.terms, offer.terms);
  if (as_offered) offer.rest.value -= taken;
  offer.answer = act.terms;
  offer.answer.amount = {offer.whole.value - offer.left.value, offer.whole.unit};
  offer.accepted.push_back({id, {taken, offer.whole.unit}, as_offered});
  const bool is_all =
      offer.whole.value > 0 ? offer.rest.value == 0 : as_offered && act.kind == ActKind::kAccept;
  offer.state = is_all ? OfferState::kAccepted : OfferState::kAcceptedInPart;
  offer.rest_declined = !is_all && terms.partial_declines_rest;
}

void decide(Offer& offer, const Entry& entry) {
  offer.decided_at = entry.act.effective;
  if (entry.entered > offer.reply_by) offer.reopened_at = entry.entered;
}

/// REQUIRES: the offer is open.
void apply(Offer& offer, const Book& book, ActId id, const clause::FirstRefusal& terms) {
  const Entry& entry = book.entry(id);
  const Act& act = entry.act;
  switch (act.kind) {
    case ActKind::kCounter:
      if (offer.state == OfferState::kAcceptedInPart) return;
      offer.state = OfferState::kCountered;
      offer.answer = act.terms;
      return;
    case ActKind::kAccept:
    case ActKind::kAcceptPart: accept(offer, id, act, terms); break;
    case ActKind::kDecline:
      if (offer.state == OfferState::kAcceptedInPart) {
        offer.rest_declined = true;
      } else {
        offer.state = OfferState::kDeclined;
      }
      break;
    case ActKind::kWithdraw: offer.state = OfferState::kWithdrawn; break;
    case ActKind::kWaive: offer.state = OfferState::kWaived; break;
    case ActKind::kConsent: offer.state = OfferState::kConsented; break;
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
    case OfferState::kConsented: return "consented";
  }
  STARGATE_CHECK(false, "a state of an offer is one of its names");
}

Offer offer_of(const Book& book, ActId made, Moment moment) {
  const Act& act = book.entry(made).act;
  const Clause& clause = book.clause(act.clause);
  const auto& terms = std::get<clause::FirstRefusal>(clause.terms);
  const CapacityAmount whole =
      act.terms.amount.value > 0 ? act.terms.amount : book.orders()[act.order.value].amount;
  Offer offer{.name = act.offer,
              .order = act.order,
              .clause = act.clause,
              .holder = book.agreements()[clause.agreement.value].supplier,
              .terms = act.terms,
              .answer = {},
              .whole = whole,
              .left = whole,
              .rest = whole,
              .accepted = {},
              .offered_at = act.effective,
              .reply_by = act.reply_by};

  // 1. What was done about it, in the order in which it took effect: the replies, waivers and consents.
  std::vector<ActId> acts(book.acts_of_offer(act.offer).begin(),
                          book.acts_of_offer(act.offer).end());
  for (const ActId id : book.acts_of(act.order)) {
    const Act& other = book.entry(id).act;
    const bool clears = other.kind == ActKind::kWaive || other.kind == ActKind::kConsent;
    if (clears && other.clause == act.clause) acts.push_back(id);
  }
  std::ranges::sort(acts);
  // 2. The first decision counts, if it came by the deadline.
  for (const ActId id : in_effect(book, acts, moment)) {
    const Entry& entry = book.entry(id);
    if (!offer.is_open() || entry.act.effective > offer.reply_by) break;
    if (entry.act.effective >= offer.offered_at) apply(offer, book, id, terms);
  }
  // 3. Just after the deadline, what is still open lapses.
  if (offer.is_open() && moment.at > offer.reply_by) lapse(offer);
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

std::optional<Terms> released_terms(const Book& book, const Offer& offer, Moment moment) {
  if (!offer.releases()) return std::nullopt;
  Terms terms = offer.terms;
  terms.amount = offer.rest;
  if (offer.whole.value == 0) return terms;
  for (const ActId id : book.acts_of(offer.order)) {
    const Entry& entry = book.entry(id);
    if (entry.act.kind != ActKind::kOffer || entry.act.clause != offer.clause ||
        entry.act.offer == offer.name || !counts(entry, moment)) {
      continue;
    }
    const Offer other = offer_of(book, id, moment);
    for (const Acceptance& acceptance : other.accepted) {
      const bool counts_here =
          acceptance.as_offered && book.entry(acceptance.act).act.effective >= offer.offered_at;
      if (!counts_here) continue;
      if (other.whole.value == 0 || other.whole.unit != terms.amount.unit) return std::nullopt;
      terms.amount.value -= acceptance.taken.value;
    }
  }
  return terms.amount.value > 0 ? std::optional(terms) : std::nullopt;
}

bool is_later(const Terms& terms, const Terms& offered) {
  return terms.delivery != kNever && offered.delivery != kNever &&
         terms.delivery > offered.delivery;
}

const char* better_by(const Terms& terms, const Terms& offered, const Accelerator& kind) {
  if (terms.has_price && offered.has_price) {
    if (terms.price.unit != offered.price.unit || terms.price.basis != offered.price.basis ||
        terms.price.amount.currency != offered.price.amount.currency ||
        terms.price.amount.micros > offered.price.amount.micros) {
      return "at a higher price";
    }
  }
  if (is_later(terms, offered)) return "for a later delivery";
  // An end that is not set comes after any that is.
  if (offered.until != kNever && terms.until > offered.until) return "for longer";
  if (terms.amount.value == 0 || offered.amount.value == 0) return nullptr;
  return is_within(kind, terms.amount, offered.amount) ? nullptr : "for more";
}

TermMask missing_terms(const clause::FirstRefusal& clause, const Terms& terms) {
  const int stated = (terms.has_price ? kStatesPrice : 0) |
                     (terms.delivery != kNever ? kStatesDelivery : 0) |
                     (terms.until != kNever ? kStatesUntil : 0);
  return static_cast<TermMask>(clause.must_state & ~stated);
}

std::string tranche_name(std::string_view offer, std::size_t part) {
  std::string name = std::string(offer) + "-tranche";
  if (part > 1) name += "-" + std::to_string(part);
  return name;
}

Clause tranche_of_acceptance(const Act& offer, const Clause& refusal, const Act& acceptance,
                             CapacityAmount taken, Instant entered) {
  clause::Tranche tranche;
  tranche.order = acceptance.order;
  tranche.amount = taken;
  tranche.due =
      acceptance.terms.delivery != kNever ? acceptance.terms.delivery : offer.terms.delivery;
  tranche.grace = std::get<clause::FirstRefusal>(refusal.terms).grace;
  tranche.offer = offer.offer;
  Clause made;
  made.agreement = refusal.agreement;
  made.from = acceptance.effective;
  made.known = entered;
  made.source = acceptance.source.empty() ? refusal.source : acceptance.source;
  made.terms = std::move(tranche);
  return made;
}

}  // namespace stargate::agreement
