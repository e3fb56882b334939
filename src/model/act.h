#pragma once

#include <cstdint>
#include <string>

#include "model/market.h"

namespace stargate {

/// What people and suppliers do under the contracts.
enum class ActKind : std::uint8_t {
  kCapacity,         ///< `stage` (`nodes` of it; 0: all that is left) comes to `state`
  kEvent,            ///< what `name` says has happened: an event that clauses end at
  kShipped,          ///< the product `name` shipped on `party`'s paper
  kCannot,           ///< `party` cannot support what the product `name` needs
  kDeclinesSupport,  ///< `party` chooses not to
  kDemandNotice,     ///< the customer asks for `terms` under the exclusivity `clause`
  kSupplyReply,      ///< the holder's answer to it: what of `terms` it will supply
  kOffer,            ///< the proposed `order` is offered to the holder of `clause`, on its terms
  kCounter,          ///< the holder offers `terms` instead
  kAccept,
  kAcceptPart,  ///< of the offer: `terms`
  kDecline,
  kWithdraw,        ///< the customer takes the offer back
  kWaive,           ///< the holder waives `clause` for `order`
  kConsent,         ///< the holder agrees to `order` beside `clause`
  kSign,            ///< `order` is signed, on `terms`
  kExcuse,          ///< force majeure, from `effective` until `until`, for the tranche `clause`
  kCustomerCaused,  ///< the same, caused by the customer
  kAmendDue,        ///< the tranche `clause` is due at `until`
  kTerminate,       ///< `party` gives notice under `clause`; it ends at `until`
  kExercise,        ///< the option `clause` is used, for `terms`; `order` is what it adds, if set
  kSupplierFails,   ///< all of `party`'s capacity is gone
  kSupplierReturns,
  kControlChanges,  ///< others have come to control `party`
};
inline constexpr std::uint32_t kActKindCount = 24;

/// "capacity", "event", "shipped", "cannot", "declines_support", "demand_notice", "supply_reply",
/// "offer", "counter", "accept", "accept_part", "decline", "withdraw", "waive", "consent", "sign",
/// "excuse", "customer_caused", "amend_due", "terminate", "exercise", "supplier_fails",
/// "supplier_returns", "control_changes".
const char* name_of(ActKind kind);

/// What is offered, accepted or signed. What is not set is not said.
struct Terms {
  CapacityAmount amount;
  bool has_price = false;
  Price price;
  Instant delivery = kNever;
  Instant until = kNever;

  friend bool operator==(const Terms&, const Terms&) = default;
};

/// One act. `effective` is when it took effect, the command's instant when it was entered. Only what
/// its kind names is set.
struct Act {
  ActKind kind = ActKind::kEvent;
  Instant effective;
  PartyId party = kNo<PartyId>;
  OrderId order = kNo<OrderId>;
  std::string offer;  ///< the name of the offer: "offer-7"
  ClauseId clause = kNo<ClauseId>;
  StageId stage = kNo<StageId>;
  CapacityState state = CapacityState::kAnnounced;
  std::uint32_t nodes = 0;
  std::string name;
  Terms terms;
  Instant reply_by = kNever;  ///< of an offer: its deadline, with days and zones resolved
  Instant until = kNever;
  std::string signed_by;
  std::string document_sha256;  ///< 64 hexadecimal digits; empty: no document
  std::string source;

  friend bool operator==(const Act&, const Act&) = default;
};

}  // namespace stargate
