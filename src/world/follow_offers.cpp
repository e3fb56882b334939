#include "world/follow_offers.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agreement/offers.h"

namespace stargate::world {

void OfferFollower::follow_offer(const DatedAct& dated, const Node& node) {
  const Act& act = dated.act;
  if (!act.offer.empty()) {
    const std::int64_t amount = act.terms.amount.value;
    offers_.emplace(act.offer,
                    Offer{act.effective, act.clause, act.terms, &node, amount, amount, {}, {}});
  }
  if (act.terms.delivery <= act.effective) {
    report(node, "delivery",
           fmt::format("found {}, expected a date after the offer, {}", found(node, "delivery"),
                       found(node, "at")));
  }
  if (act.terms.until <=
      std::max(act.effective, act.terms.delivery == kNever ? act.effective : act.terms.delivery)) {
    report(node, "until",
           fmt::format("found {}, expected a date after the delivery", found(node, "until")));
  }
  if (!is_kind(act, node, {"first_refusal"}) || !is_set(act.order)) return;
  check_customer(act, node);
  if (supplier_of(act.order) == holder_of(act.clause).supplier && is_set(supplier_of(act.order))) {
    report(node, "order",
           fmt::format("found {}, an order with the clause's holder, expected one "
                       "with another",
                       found(node, "order")));
    return;
  }
  const ClauseEntry& clause = entries_.clauses[act.clause.value].entry;
  check_stated(act, node, clause);
  if (act.effective < clause.from || act.effective >= clause.until) {
    report(node, "at",
           fmt::format("found {}, when {} is not in force, expected a day on which it "
                       "is",
                       found(node, "at"), found(node, "clause")));
  }
  const Instant signed_at = entries_.orders[act.order.value].entry.signed_at;
  if (signed_at != kNever && act.effective >= signed_at) {
    report(
        node, "order",
        fmt::format("found {}, signed already ({}), expected one that is "
                    "proposed",
                    found(node, "order"), found(*entries_.orders[act.order.value].node, "signed")));
  }
}

void OfferFollower::check_stated(const Act& act, const Node& node, const ClauseEntry& clause) {
  const TermMask missing =
      agreement::missing_terms(std::get<clause::FirstRefusal>(clause.terms), act.terms);
  for (const auto& [bit, key] :
       {std::pair{kStatesPrice, "price"}, std::pair{kStatesDelivery, "delivery"},
        std::pair{kStatesUntil, "until"}}) {
    if ((missing & bit) == 0 || node.find(key) != nullptr) continue;
    report(node, key,
           fmt::format("found no {}, expected one: {} says that an offer states it", key,
                       found(node, "clause")));
  }
}

void OfferFollower::follow_reply(const DatedAct& dated, const Node& node) {
  const Act& act = dated.act;
  if (act.offer.empty() || unknown_.contains(act.offer)) return;
  const auto offer = offers_.find(act.offer);
  if (offer == offers_.end()) {
    report(node, "offer",
           fmt::format("found {}, which was not offered by then, expected an offer "
                       "that was",
                       act.offer));
    return;
  }
  if (act.effective < offer->second.at) {
    report(node, "at",
           fmt::format("found {}, before the offer, expected a later time", found(node, "at")));
  }
  // One that took effect before what ended it is judged by the book, which has them in order.
  const bool is_closed = !offer->second.closed_by.empty();
  if (is_closed && act.effective < offer->second.closed_at) return;
  if (is_closed) {
    report(node, "offer",
           fmt::format("found {}, which has ended ({}), expected an open offer", act.offer,
                       offer->second.closed_by));
    return;
  }
  const auto* terms = is_set(offer->second.clause)
                          ? std::get_if<clause::FirstRefusal>(
                                &entries_.clauses[offer->second.clause.value].entry.terms)
                          : nullptr;
  if (act.terms.delivery <= act.effective) {
    report(node, "delivery",
           fmt::format("found {}, expected a date after {}", found(node, "delivery"),
                       found(node, "at")));
  }
  if (act.kind == ActKind::kCounter) return;
  const bool accepts = agreement::is_acceptance(act.kind);
  if (accepts && terms != nullptr) follow_acceptance(dated, node, *terms, offer->second);
  const bool leaves_rest =
      accepts && terms != nullptr && !terms->partial_declines_rest && offer->second.rest > 0;
  if (leaves_rest) return;
  offer->second.closed_by = problems_.place(dated.at);
  offer->second.closed_at = act.effective;
}

/// Other terms than were offered are a counter.
void OfferFollower::check_unchanged(const Act& act, const Node& node, const Offer& offer) {
  const auto tell = [&](const char* key) {
    const Node* offered = offer.node->find(key);
    report(
        node, key,
        fmt::format("found {}, expected {}: an acceptance is of the {} that was offered, another "
                    "would be a counter",
                    found(node, key), offered == nullptr ? "none" : found(*offer.node, key), key));
  };
  const bool same_price = offer.terms.has_price && act.terms.price == offer.terms.price;
  if (act.terms.has_price && !same_price) tell("price");
  if (act.terms.until != kNever && act.terms.until != offer.terms.until) tell("until");
}

void OfferFollower::follow_acceptance(const DatedAct& dated, const Node& node,
                                      const clause::FirstRefusal& terms, Offer& offer) {
  const Act& act = dated.act;
  const CapacityAmount amount = act.terms.amount;
  const bool is_later = agreement::is_later(act.terms, offer.terms);
  if (offer.left == 0 && offer.terms.amount.value > 0) {
    report(node, "offer",
           fmt::format("found {}, all of which is accepted already, expected one of which "
                       "something is left",
                       act.offer));
  } else if (amount.value > 0 && amount.unit != offer.terms.amount.unit) {
    report(
        node, "amount",
        fmt::format("found {} of {}, expected an amount of {}, as it was offered",
                    found(node, "amount"), name_of(amount.unit), name_of(offer.terms.amount.unit)));
  } else if (amount.value > offer.left) {
    report(node, "amount",
           fmt::format("found {}, more than is left of the offer, expected at most {}{}",
                       found(node, "amount"), found(*offer.node, "amount"),
                       offer.left < offer.terms.amount.value ? " in all" : ""));
  } else {
    const std::int64_t taken = amount.value > 0 ? amount.value : offer.left;
    if (!terms.partial_allowed && (taken < offer.left || is_later)) {
      report(node, is_later ? "delivery" : "amount",
             fmt::format("found {}, expected all as it was offered, or another reply: the clause "
                         "says partial: refused",
                         found(node, is_later ? "delivery" : "amount")));
    }
    check_unchanged(act, node, offer);
    offer.left -= taken;
    if (!is_later) offer.rest -= taken;
  }
}

}  // namespace stargate::world
