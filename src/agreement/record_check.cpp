// What an act must be to be entered in the book.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/offers.h"
#include "agreement/signing.h"
#include "agreement/stages.h"

namespace stargate::agreement {
namespace {

template <class Terms>
bool is_a(const Book& book, ClauseId clause) {
  return std::holds_alternative<Terms>(book.clause(clause).terms);
}

bool is_hash(const std::string& text) {
  return text.empty() || (text.size() == 64 && std::ranges::all_of(text, [](char c) {
                            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                          }));
}

bool is_terms(const Terms& terms) {
  return is_amount(terms.amount) && is_price(terms.price) && is_end(terms.delivery) &&
         is_end(terms.until);
}

/// Numbers that are set name what there is.
bool names_what_is_there(const Book& book, const Act& act) {
  return is_there_or_none(act.party, book.parties()) &&
         is_there_or_none(act.order, book.orders()) &&
         is_there_or_none(act.clause, book.clauses()) && is_there_or_none(act.stage, book.stages());
}

Reason check_capacity(const Book& book, const Act& act, Moment moment) {
  if (!is_set(act.stage)) return Reason::kUnknown;
  std::uint64_t movable = 0;
  std::uint64_t all = 0;
  for (const StageRun& run : runs_of(book, act.stage, moment)) {
    all += run.nodes;
    // What no act has touched is announced from ever: its announcement changes nothing.
    const bool is_announced =
        act.state == CapacityState::kAnnounced && run.state == CapacityState::kAnnounced;
    if (may_follow(act.state, run.state) || is_announced) movable += run.nodes;
  }
  if (act.nodes > all || act.state > CapacityState::kRetired) return Reason::kInvalid;
  return movable > 0 && act.nodes <= movable ? Reason::kNone : Reason::kNotNow;
}

Reason check_offer(const Book& book, const Act& act, Moment moment) {
  if (!is_set(act.order) || !is_set(act.clause)) return Reason::kUnknown;
  if (act.offer.empty() || !book.acts_of_offer(act.offer).empty() ||
      !is_a<clause::FirstRefusal>(book, act.clause) || act.reply_by < act.effective ||
      act.reply_by > kLatest) {
    return Reason::kInvalid;
  }
  const auto& terms = std::get<clause::FirstRefusal>(book.clause(act.clause).terms);
  if (missing_terms(terms, act.terms) != 0) return Reason::kInvalid;
  return signing_of(book, act.order, moment) == kNever ? Reason::kNone : Reason::kNotNow;
}

/// An acceptance takes no more than is left, counted as it was offered, at the price and until the day
/// that was offered; where parts are not allowed, all of it as it was offered. The order that it names is the holder's.
bool may_accept(const Book& book, const Act& act, const Offer& offer) {
  const Clause& clause = book.clause(offer.clause);
  if (is_set(act.order) && book.orders()[act.order.value].agreement != clause.agreement) {
    return false;
  }
  const CapacityAmount amount = act.terms.amount;
  if (act.kind == ActKind::kAcceptPart && amount.value == 0) return false;
  if (offer.whole.value > 0 && offer.left.value == 0) return false;
  const bool compares = amount.value > 0 && offer.whole.value > 0;
  if (compares && (amount.unit != offer.whole.unit || amount.value > offer.left.value))
    return false;
  if (act.terms.has_price && !(offer.terms.has_price && act.terms.price == offer.terms.price)) {
    return false;
  }
  if (act.terms.until != kNever && act.terms.until != offer.terms.until) return false;
  if (std::get<clause::FirstRefusal>(clause.terms).partial_allowed) return true;
  return act.kind == ActKind::kAccept && !is_later(act.terms, offer.terms) &&
         (!compares || amount.value == offer.left.value);
}

Reason check_reply(const Book& book, const Act& act, Moment moment) {
  const auto acts = book.acts_of_offer(act.offer);
  if (acts.empty()) return Reason::kUnknown;
  const auto offer = find_offer(book, act.offer, moment);
  if (!offer || !offer->is_open()) return Reason::kNotNow;
  return !is_acceptance(act.kind) || may_accept(book, act, *offer) ? Reason::kNone
                                                                   : Reason::kInvalid;
}

/// A waiver or a consent.
Reason check_clearing(const Book& book, const Act& act) {
  if (!is_set(act.order) || !is_set(act.clause)) return Reason::kUnknown;
  return kind_of_terms(book.clause(act.clause)).reach == Reach::kCustomer ? Reason::kNone
                                                                          : Reason::kInvalid;
}

/// The order's stages come to no more than the amount, where it says one.
bool holds_stages(const Book& book, OrderId order, CapacityAmount amount) {
  if (amount.value == 0) return true;
  std::int64_t sum = 0;
  for (const StageId id : book.stages_of(order)) {
    const Stage& stage = book.stages()[id.value];
    sum += amount_of(book, stage, static_cast<std::int64_t>(stage.fleet.gpus()), amount.unit);
  }
  return sum <= amount.value;
}

/// What is signed is no more than the order, no less than its stages come to, and ends when it does.
bool is_signable(const Book& book, const Act& act) {
  const CapacityAmount amount = act.terms.amount;
  const Order& order = book.orders()[act.order.value];
  const CapacityAmount whole = order.amount;
  const Accelerator& kind = book.accelerators()[order.accelerator.value];
  if (whole.value > 0 && amount.value > 0 && !is_within(kind, amount, whole)) return false;
  if (act.terms.until != kNever && act.terms.until != order.until) return false;
  return holds_stages(book, act.order, amount);
}

Reason check_sign(const Book& book, const Act& act) {
  if (!is_set(act.order)) return Reason::kUnknown;
  if (!is_signable(book, act)) return Reason::kInvalid;
  const bool signed_before = book.orders()[act.order.value].signed_at != kNever ||
                             std::ranges::any_of(book.acts_of(act.order), [&](ActId id) {
                               return book.entry(id).act.kind == ActKind::kSign;
                             });
  return signed_before ? Reason::kNotNow : Reason::kNone;
}

Reason check_demand(const Book& book, const Act& act, Moment moment) {
  if (!is_set(act.clause)) return Reason::kUnknown;
  const auto* terms = std::get_if<clause::Exclusive>(&book.clause(act.clause).terms);
  if (terms == nullptr || !terms->has_supply_duty) return Reason::kInvalid;
  if (act.kind == ActKind::kDemandNotice) {
    return act.terms.amount.value > 0 ? Reason::kNone : Reason::kInvalid;
  }
  const auto is_notice = [&](ActId id) {
    const Entry& entry = book.entry(id);
    return entry.act.kind == ActKind::kDemandNotice && counts(entry, moment);
  };
  return std::ranges::any_of(book.acts_of(act.clause), is_notice) ? Reason::kNone : Reason::kNotNow;
}

/// An act under a clause of the kind, which says until when.
template <class Terms>
Reason check_under(const Book& book, const Act& act, bool valid) {
  if (!is_set(act.clause)) return Reason::kUnknown;
  return is_a<Terms>(book, act.clause) && valid ? Reason::kNone : Reason::kInvalid;
}

/// An excuse of a tranche, or its new due date. What an acceptance makes is there from that acceptance on,
/// once it is known.
Reason check_tranche(const Book& book, const Act& act, bool valid, Moment moment) {
  const Reason reason = check_under<clause::Tranche>(book, act, valid);
  if (reason != Reason::kNone) return reason;
  const auto& terms = std::get<clause::Tranche>(book.clause(act.clause).terms);
  return terms.offer.empty() || is_made(book, act.clause, moment) ? Reason::kNone : Reason::kNotNow;
}

Reason check_exercise(const Book& book, const Act& act) {
  if (!is_set(act.clause)) return Reason::kUnknown;
  const auto* option = std::get_if<clause::Option>(&book.clause(act.clause).terms);
  if (option == nullptr) return Reason::kInvalid;
  if (is_set(act.order)) {
    if (book.orders()[act.order.value].agreement != book.clause(act.clause).agreement ||
        !holds_stages(book, act.order, act.terms.amount)) {
      return Reason::kInvalid;
    }
    const bool added_before = std::ranges::any_of(book.acts_of(act.order), [&](ActId id) {
      return book.entry(id).act.kind == ActKind::kExercise;
    });
    if (added_before) return Reason::kNotNow;
  }
  return act.effective < option->expires ? Reason::kNone : Reason::kNotNow;
}

Reason check_supplier(const Book& book, const Act& act, Moment moment) {
  if (!is_set(act.party)) return Reason::kUnknown;
  if (!book.parties()[act.party.value].is_supplier) return Reason::kInvalid;
  ActKind last = ActKind::kSupplierReturns;
  for (const ActId id : in_effect(book, book.acts_of(act.party), moment)) {
    const ActKind kind = book.entry(id).act.kind;
    if (kind == ActKind::kSupplierFails || kind == ActKind::kSupplierReturns) last = kind;
  }
  return act.kind == last ? Reason::kNotNow : Reason::kNone;
}

}  // namespace

Reason Book::check(const Act& act, Instant entered) const {
  if (!names_what_is_there(*this, act)) return Reason::kUnknown;
  if (act.effective > kLatest || act.effective < Instant{-kLatest.us} || !is_end(act.until) ||
      !is_terms(act.terms) || !is_hash(act.document_sha256)) {
    return Reason::kInvalid;
  }
  const Moment moment{act.effective, entered};
  const bool is_span = act.until > act.effective;
  switch (act.kind) {
    case ActKind::kCapacity: return check_capacity(*this, act, moment);
    case ActKind::kEvent: return act.name.empty() ? Reason::kInvalid : Reason::kNone;
    case ActKind::kShipped:
    case ActKind::kCannot:
    case ActKind::kDeclinesSupport:
      if (!is_set(act.party)) return Reason::kUnknown;
      return act.name.empty() ? Reason::kInvalid : Reason::kNone;
    case ActKind::kDemandNotice:
    case ActKind::kSupplyReply: return check_demand(*this, act, moment);
    case ActKind::kOffer: return check_offer(*this, act, moment);
    case ActKind::kCounter:
    case ActKind::kAccept:
    case ActKind::kAcceptPart:
    case ActKind::kDecline:
    case ActKind::kWithdraw: return check_reply(*this, act, moment);
    case ActKind::kWaive:
    case ActKind::kConsent: return check_clearing(*this, act);
    case ActKind::kSign: return check_sign(*this, act);
    case ActKind::kExcuse:
    case ActKind::kCustomerCaused: return check_tranche(*this, act, is_span, moment);
    case ActKind::kAmendDue: return check_tranche(*this, act, act.until <= kLatest, moment);
    case ActKind::kTerminate:
      if (!is_set(act.party)) return Reason::kUnknown;
      return check_under<clause::Terminate>(*this, act,
                                            act.until >= act.effective && act.until <= kLatest);
    case ActKind::kExercise: return check_exercise(*this, act);
    case ActKind::kSupplierFails:
    case ActKind::kSupplierReturns: return check_supplier(*this, act, moment);
    case ActKind::kControlChanges: return is_set(act.party) ? Reason::kNone : Reason::kUnknown;
  }
  return Reason::kInvalid;
}

}  // namespace stargate::agreement
