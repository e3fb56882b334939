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
};

/// "offered", "countered", "accepted", "accepted_in_part", "declined", "lapsed", "withdrawn",
/// "waived".
const char* name_of(OfferState state);

/// An offer and what became of it.
struct Offer {
  std::string name;
  OrderId order;
  ClauseId clause;
  PartyId holder;
  Terms terms;                  ///< as offered
  Terms answer;                 ///< as countered or accepted
  Instant offered_at;           ///< when it took effect
  Instant reply_by;             ///< a reply at this very instant is in time
  Instant decided_at = kNever;  ///< when the state was reached; of a lapse, just after `reply_by`
  Instant released_until = kNever;  ///< the order must be signed before, where it is released
  OfferState state = OfferState::kOffered;
  bool rest_declined = false;  ///< of an acceptance in part
  /// The reply was in time but entered after the deadline: what was decided between `reply_by` and
  /// this instant relied on a lapse that never was. kNever: no such reply.
  Instant reopened_at = kNever;

  friend bool operator==(const Offer&, const Offer&) = default;

  /// The order may be signed, as far as this offer goes.
  bool releases() const {
    return state == OfferState::kDeclined || state == OfferState::kLapsed ||
           state == OfferState::kWaived || (state == OfferState::kAcceptedInPart && rest_declined);
  }
};

/// Every offer that was made by the moment, in the order of entry.
std::vector<Offer> offers(const Book& book, Moment moment);
std::optional<Offer> find_offer(const Book& book, std::string_view name, Moment moment);
/// REQUIRES: the entry is an offer, and counts by the moment.
Offer offer_of(const Book& book, ActId made, Moment moment);

/// Whether terms are no better for the third party than those that were offered: no higher price, no
/// later delivery, no greater amount (a smaller part of what was offered is within it). What either
/// does not say is not compared; amounts and prices of different units are not within each other.
bool no_better(const Terms& terms, const Terms& offered);

}  // namespace stargate::agreement
