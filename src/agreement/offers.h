#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agreement/book.h"

namespace stargate::agreement {

enum class OfferState : std::uint8_t {
  kOffered,
  kCountered,
  kAccepted,
  kAcceptedInPart,
  kDeclined,
  kLapsed,
  kWithdrawn,
  kWaived,
  kConsented,
};

/// "offered", "countered", "accepted", "accepted_in_part", "declined", "lapsed", "withdrawn",
/// "waived", "consented".
const char* name_of(OfferState state);

/// An acceptance that counts, and what it takes.
struct Acceptance {
  ActId act;
  CapacityAmount taken;
  bool as_offered = true;  ///< for the delivery that was offered, not a later one

  friend bool operator==(const Acceptance&, const Acceptance&) = default;
};

/// An offer and what became of it. An acceptance takes what it says, or all that is left. What is
/// accepted as offered is off the `rest`; what is accepted for a later delivery is not, since it does
/// not match what was offered.
struct Offer {
  std::string name;
  OrderId order;
  ClauseId clause;
  PartyId holder;
  Terms terms;           ///< as offered
  Terms answer;          ///< as countered, or all that was accepted
  CapacityAmount whole;  ///< what was offered: where it does not say, the order's amount
  CapacityAmount left;   ///< of it, what was not accepted
  CapacityAmount rest;   ///< of it, what was not accepted for the delivery that was offered
  std::vector<Acceptance> accepted;  ///< in the order in which they took effect
  Instant offered_at;                ///< when it took effect
  Instant reply_by;                  ///< a reply at this very instant is in time
  Instant decided_at = kNever;  ///< when the state was reached; of a lapse, just after `reply_by`
  Instant released_until = kNever;  ///< the order must be signed before, where it is released
  OfferState state = OfferState::kOffered;
  bool rest_declined = false;  ///< of an acceptance in part
  /// The reply was in time but entered after the deadline: what was decided between `reply_by` and
  /// this instant relied on a lapse that never was. kNever: no such reply.
  Instant reopened_at = kNever;

  friend bool operator==(const Offer&, const Offer&) = default;

  /// A reply may still come: nothing was decided, or a part was and the rest is still held.
  bool is_open() const {
    return state == OfferState::kOffered || state == OfferState::kCountered ||
           (state == OfferState::kAcceptedInPart && !rest_declined);
  }
  /// The order may be signed for the rest, as far as this offer goes.
  bool releases() const {
    return state == OfferState::kDeclined || state == OfferState::kLapsed ||
           state == OfferState::kWaived || state == OfferState::kConsented ||
           (state == OfferState::kAcceptedInPart && rest_declined);
  }
};

/// Every offer that was made by the moment, in the order of entry.
std::vector<Offer> offers(const Book& book, Moment moment);
std::optional<Offer> find_offer(const Book& book, std::string_view name, Moment moment);
/// REQUIRES: the entry is an offer, and counts by the moment.
Offer offer_of(const Book& book, ActId made, Moment moment);

/// What may be signed in reliance on the offer: its terms, for the rest, less what has been accepted
/// as offered since it was made, of other offers of the order under the same clause. nullopt: it
/// releases nothing, or nothing is left.
std::optional<Terms> released_terms(const Book& book, const Offer& offer, Moment moment);

/// Whether terms say a later delivery than those offered.
bool is_later(const Terms& terms, const Terms& offered);

/// By what terms are better for the third party than those that were offered: "at a higher price", "for a
/// later delivery", "for longer" (no end is later than any that was offered), "for more"; nullptr: by
/// nothing. A smaller part of what was offered is within it. What else either does not say is not
/// compared; prices of different units are not within each other, amounts are compared by the power of
/// the kind, where that is known.
const char* better_by(const Terms& terms, const Terms& offered, const Accelerator& kind);

/// Why the order, signed by the moment, is not released from the first refusal: "was signed at a higher
/// price than was offered to Azure"; empty where it is, or where the clause does not bind it. A consent
/// or a waiver heals it, whenever it comes.
std::string why_void(const Book& book, ClauseId refusal, OrderId order, Moment moment);

/// What an offer under the clause is bound to state and these terms do not.
TermMask missing_terms(const clause::FirstRefusal& clause, const Terms& terms);

constexpr bool is_acceptance(ActKind kind) {
  return kind == ActKind::kAccept || kind == ActKind::kAcceptPart;
}

/// The tranche that the so-manieth acceptance of an offer makes, counted from 1: "o-tranche", then
/// "o-tranche-2" and so on.
std::string tranche_name(std::string_view offer, std::size_t part);

/// The tranche that an acceptance makes under the first refusal: what it takes is due at the delivery
/// that it says, else at the one that was offered, on the holder's order that it names. Neither its
/// name nor the order's stages are set.
Clause tranche_of_acceptance(const Act& offer, const Clause& refusal, const Act& acceptance,
                             CapacityAmount taken, Instant entered);

}  // namespace stargate::agreement
