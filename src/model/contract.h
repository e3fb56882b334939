#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "model/capacity.h"
#include "model/market_ids.h"
#include "model/use.h"

// Agreements and the terms of their clauses, as they were signed. Shares are in millionths (`ppm`).
// Lists without a member and ids that are kNo<...> restrict nothing unless it is said otherwise.

namespace stargate {

inline constexpr std::uint32_t kWhole = 1'000'000;  ///< in ppm

/// What a price is paid for. Power is of the basis that goes with it.
enum class RateUnit : std::uint8_t { kGpuHour, kKwMonth, kGwYear, kMonth };

/// "GPU-h", "kW-mo", "GW-yr", "mo".
const char* name_of(RateUnit unit);

/// A price. A month is a twelfth of a year, and a year 365 days.
struct Price {
  Money amount;
  RateUnit unit = RateUnit::kGpuHour;
  CapacityUnit basis = CapacityUnit::kFacilityWatts;  ///< of kKwMonth and kGwYear

  friend bool operator==(const Price&, const Price&) = default;
};

/// What a clause leaves out of its scope. All that is set must fit: the uses, whose paper, which
/// order, which site, whether it is the customer's own build, the day on which the order was signed.
struct CarveOut {
  UseMask uses = kAnyUse;
  PartyId supplier = kNo<PartyId>;
  OrderId order = kNo<OrderId>;
  SiteId site = kNo<SiteId>;
  bool own_build = false;  ///< only orders on the customer's own paper
  Instant from{INT64_MIN};
  Instant until = kNever;
  std::string source;

  friend bool operator==(const CarveOut&, const CarveOut&) = default;
};

/// The holder's duty that stands against an exclusivity: what it was asked for, it supplies or says
/// that it cannot, `respond_within` the demand; `released_for_unmet`: what it does not supply in time
/// may be had elsewhere. Demands are made `notice` before they are needed: nothing runs elsewhere
/// before that.
struct SupplyDuty {
  Duration notice;
  Duration respond_within;
  bool released_for_unmet = true;

  friend bool operator==(const SupplyDuty&, const SupplyDuty&) = default;
};

/// What an offer may be bound to say beside its amount.
using TermMask = std::uint8_t;
inline constexpr TermMask kStatesPrice = 1;
inline constexpr TermMask kStatesDelivery = 2;
inline constexpr TermMask kStatesUntil = 4;

namespace clause {

/// Work of these uses runs on the supplier's paper alone. `new_capacity_only`: orders signed before
/// the clause began are outside of it.
struct Exclusive {
  UseMask uses = kAnyUse;
  bool new_capacity_only = false;
  bool has_supply_duty = false;
  SupplyDuty supply_duty;
  std::vector<CarveOut> carve_outs;
  friend bool operator==(const Exclusive&, const Exclusive&) = default;
};

/// An order with anyone else that is signed while the clause is in force is offered to the supplier
/// first. A reply at the very instant of the deadline is in time. A released order must be signed
/// within `release_for`, on terms no better for the third party than those offered, and for no more
/// than the holder left. What it accepts is due with `grace`.
struct FirstRefusal {
  UseMask uses = kAnyUse;
  Duration reply_within;
  bool business_days = false;
  std::string time_zone;  ///< of the business days and of the deadline's midnight; empty: UTC
  Duration deemed_receipt;
  bool partial_allowed = true;
  /// An acceptance of a part, or of all of it later, declines the rest; otherwise it declines nothing
  /// and the rest is still held for the holder until the deadline.
  bool partial_declines_rest = true;
  Duration release_for;
  Duration grace;
  TermMask must_state = 0;  ///< what an offer says beside its amount
  std::vector<CarveOut> carve_outs;
  friend bool operator==(const FirstRefusal&, const FirstRefusal&) = default;
};

/// A product of these uses ships on the supplier's paper before it runs on any other, unless the
/// supplier cannot support it and (`released_if_cannot_and_declines`) chooses not to.
struct FirstShip {
  UseMask uses = kAnyUse;
  bool released_if_cannot_and_declines = true;
  friend bool operator==(const FirstShip&, const FirstShip&) = default;
};

/// Paid whether used or not: `take_or_pay_ppm` of `amount` within the clause's time, trued up every
/// `true_up` (zero: at the end). `relief_for_undelivered`: what was asked for and not delivered is
/// taken off. Up to `carry_over_ppm` of one period's surplus counts in the next.
struct Commit {
  Money amount;
  std::uint32_t take_or_pay_ppm = kWhole;
  UseMask eligible = kAnyUse;
  Duration true_up;
  std::uint32_t carry_over_ppm = 0;
  bool relief_for_undelivered = false;
  friend bool operator==(const Commit&, const Commit&) = default;
};

/// `ppm` of each tranche's price is paid before it is delivered, and credited from month
/// `credited_from_month` after its acceptance. `refundable`: given back where the tranche is not
/// delivered.
struct Prepay {
  std::uint32_t ppm = 0;
  Duration before_delivery;
  std::uint32_t credited_from_month = 0;
  bool refundable = true;
  friend bool operator==(const Prepay&, const Prepay&) = default;
};

/// The duty to deliver: `amount` of the order's stages accepted by `due`, at the latest `grace`
/// after. `deemed_acceptance`: what has been in acceptance for so long is accepted (zero: never by
/// itself). `early_use`: work of `early_uses` may run on what is in acceptance, at `early_price`
/// where there is one and at the order's rate otherwise; it never counts as delivered. `offer`: it is
/// what an acceptance of that offer made, binds from the instant of that acceptance and only while
/// the acceptance counts; its order may be none, and then nothing delivers it.
struct Tranche {
  OrderId order = kNo<OrderId>;
  std::vector<StageId> stages;
  CapacityAmount amount;
  Instant due = kNever;
  Duration grace;
  Duration deemed_acceptance;
  bool early_use = false;
  UseMask early_uses = 0;
  bool has_early_price = false;
  Price early_price;
  std::string offer;
  friend bool operator==(const Tranche&, const Tranche&) = default;
};

/// A step of a schedule of credits: from `after` past the end of the grace on, `ppm` of the tranche's
/// price for each `per` begun.
struct CreditStep {
  Duration after;
  std::uint32_t ppm = 0;
  Duration per;
  friend bool operator==(const CreditStep&, const CreditStep&) = default;
};

/// What a late tranche costs. Excused are force majeure, where notice of it was given within
/// `notice_within` and for `longest_extension` at most, and what the customer caused. Past `outside`
/// after the due date, the customer may end the tranche, or (`terminates_order`) the order.
/// `cure_by_alternative`: capacity that no tranche is for and that is accepted from the due date
/// on, or from an earlier notice, stands in for what is late, the tranches in the order of the list.
struct Late {
  std::vector<ClauseId> tranches;
  std::vector<CreditStep> credits;
  std::uint32_t credit_cap_ppm = kWhole;
  Duration outside;
  bool terminates_order = false;
  bool cure_by_alternative = false;
  bool excuses_force_majeure = false;
  bool excuses_customer_caused = false;
  Duration notice_within;
  Duration longest_extension;
  friend bool operator==(const Late&, const Late&) = default;
};

/// From `from` on, `ppm` of the price is paid.
struct RampStep {
  Instant from;
  std::uint32_t ppm = kWhole;
  friend bool operator==(const RampStep&, const RampStep&) = default;
};

/// What use costs: on the order, or on all of the agreement's. Without a ramp, all of the price. A
/// price by the month is a fee for the whole order, or for all of them together, whatever runs. With
/// `pass_through_power` the customer also pays for the facility's watts of the GPUs that it uses, at
/// `power_price`, which has no ramp.
struct Rate {
  OrderId order = kNo<OrderId>;
  Price price;
  std::vector<RampStep> ramp;
  bool pass_through_power = false;
  Price power_price;
  friend bool operator==(const Rate&, const Rate&) = default;
};

/// A window of capacity on the order: between `min` and `max`, `all_or_nothing`: all or none of it.
/// It is taken back `reclaimed_before_end` before its end: nothing runs on the order from then on,
/// unless the window of another reservation on it goes on. `no_cancel`: no notice ends the order
/// before the window does, and the least of it is paid for whether used or not.
struct Reserve {
  OrderId order = kNo<OrderId>;
  std::uint64_t min_gpus = 0;
  std::uint64_t max_gpus = 0;
  bool all_or_nothing = false;
  bool no_cancel = false;
  Duration reclaimed_before_end;
  friend bool operator==(const Reserve&, const Reserve&) = default;
};

/// Work of these uses runs in these jurisdictions alone; where `max_units` is not 0, on at most so
/// many GPUs of `accelerator` (empty: of any) in each of them, on the agreement's orders together.
struct Locale {
  UseMask uses = kAnyUse;
  std::vector<std::string> jurisdictions;
  std::string accelerator;
  std::uint64_t max_units = 0;
  friend bool operator==(const Locale&, const Locale&) = default;
};

/// The customer's right to more, until it expires. An order that an exercise adds is paid for at
/// `price`, or at the price that the exercise says, from then on, unless a rate is for that order.
struct Option {
  CapacityAmount amount;
  Instant expires = kNever;
  bool has_price = false;
  Price price;
  friend bool operator==(const Option&, const Option&) = default;
};

enum class TerminateCause : std::uint8_t { kConvenience, kChangeOfControl, kRepeatedFailure };

/// "convenience", "change_of_control", "repeated_failure".
const char* name_of(TerminateCause cause);

/// Who may leave (kNo: either party), from `after` on, with how much notice and for what fee. For
/// change of control, once control of the other party has changed. For repeated failure only the
/// customer, after two failures: tranches that were late, and times at which the supplier failed.
struct Terminate {
  PartyId by = kNo<PartyId>;
  TerminateCause cause = TerminateCause::kConvenience;
  Instant after{INT64_MIN};
  Duration notice;
  bool has_fee = false;
  Money fee;
  friend bool operator==(const Terminate&, const Terminate&) = default;
};

}  // namespace clause

enum class Confidence : std::uint8_t { kHigh, kMedium, kLow };

/// "high", "medium", "low".
const char* name_of(Confidence confidence);

/// One clause of an agreement. In force at an instant t, as known at k, where `known` <= k, `from` <=
/// t < `until`, no event called `until_event` has taken effect by t and is known by k, and no clause
/// that supersedes it is known by k and has begun by t.
struct Clause {
  using Terms =
      std::variant<clause::Exclusive, clause::FirstRefusal, clause::FirstShip, clause::Commit,
                   clause::Prepay, clause::Tranche, clause::Late, clause::Rate, clause::Reserve,
                   clause::Locale, clause::Option, clause::Terminate>;
  std::string name;
  AgreementId agreement;
  Instant from{INT64_MIN};
  Instant until = kNever;
  std::string until_event;  ///< empty: none
  Instant known{INT64_MIN};
  std::vector<ClauseId> supersedes;
  std::vector<AssumptionId> assumptions;
  Confidence confidence = Confidence::kHigh;
  std::string source;
  Terms terms;

  friend bool operator==(const Clause&, const Clause&) = default;
};

/// "exclusive", "first_refusal", ..., "terminate": the kind of the clause.
const char* kind_of(const Clause& clause);

/// Between the supplier, whose paper it is, and the customer, a lab.
struct Agreement {
  std::string name;
  std::string title;
  PartyId supplier;
  PartyId customer;
  Instant signed_at;
  std::string source;

  friend bool operator==(const Agreement&, const Agreement&) = default;
};

}  // namespace stargate
