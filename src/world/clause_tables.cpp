#include <array>

#include <fmt/format.h>

#include "world/entries.h"

// What a clause of each kind has.

namespace stargate::world {
namespace {

std::vector<std::string> confidence_words() { return {"high", "medium", "low"}; }
const Type kConfidenceType{
    "confidence", "one of high, medium, low", "string", {}, confidence_words};

/// The kind itself is read before everything else.
struct KindWord {
  static const Type type;
  static bool read(Binder&, const Node& node, std::string& value) {
    value = node.text;
    return true;
  }
};
const Type KindWord::type{"kind", "the kind of the clause"};

using C = Keys<ClauseEntry>;
constexpr std::array kCommonKeys{
    C::of<&ClauseEntry::name, Id>("id", kRequired, "Its id"),
    C::of<&ClauseEntry::kind, KindWord>("kind", kRequired, "Which of the kinds"),
    C::of<&ClauseEntry::from, At>("from", kRequired, "From when on it applies"),
    C::of<&ClauseEntry::raw_until, Until>("until", kOptional, "A date or an event; else: for ever"),
    C::of<&ClauseEntry::raw_known, At>("known", kOptional, "When it was known; else: from"),
    C::of<&ClauseEntry::supersedes, SupersededRefs>("supersedes", kOptional,
                                                    "Clauses that end where this one begins"),
    C::of<&ClauseEntry::confidence, Choice<Confidence, confidence_words, kConfidenceType>>(
        "confidence", kOptional, "How sure its source is; else: high"),
    C::of<&ClauseEntry::assumptions, AssumptionRefs>("assumptions", kOptional, "What it rests on"),
    C::of<&ClauseEntry::source, Prose>("source", kRequired, "Where this was published")};

using V = Keys<CarveOut>;
constexpr std::array kCarveOutKeys{
    V::of<&CarveOut::uses, Uses>("uses", kOptional, "Work of these uses"),
    V::of<&CarveOut::supplier, SupplierRef>("supplier", kOptional, "On this supplier's paper"),
    V::of<&CarveOut::order, OrderRef>("order", kOptional, "On this order"),
    V::of<&CarveOut::site, SiteRef>("site", kOptional, "At this site"),
    V::of<&CarveOut::own_build, Bool>("own_build", kOptional, "On the customer's own build"),
    V::of<&CarveOut::from, At>("from", kOptional, "Orders signed from then on"),
    V::of<&CarveOut::until, At>("until", kOptional, "Orders signed before"),
    V::of<&CarveOut::source, Prose>("source", kOptional, "Where this was published")};
constexpr Table kCarveOutTable{"carve_out", kCarveOutKeys};
const Type kCarveOutType{"carve_out", "a carve-out", "object",       {},
                         nullptr,     nullptr,       &kCarveOutTable};
const Type kCarveOutsType{"carve_outs", "a list of carve-outs", "array", {},
                          nullptr,      &kCarveOutType,         nullptr, true};

/// At least one part that leaves something out.
struct CarveOutOf {
  [[maybe_unused]] static constexpr const Type& type = kCarveOutType;
  static bool read(Binder& binder, const Node& node, CarveOut& value) {
    if (!MapOf<CarveOut, kCarveOutTable, kCarveOutType>::read(binder, node, value)) return false;
    bool some = false;
    for (const Member& member : node.members) some = some || member.key != "source";
    if (!some)
      binder.report(node.at, "found a carve-out of everything, expected what it leaves out");
    if (value.from >= value.until) {
      binder.mismatch(*node.find("until"), "a date after `from`");
    }
    if (node.find("own_build") != nullptr && !value.own_build) {
      binder.mismatch(*node.find("own_build"), "true, or no such key");
    }
    return true;
  }
};
using CarveOuts = ListOf<CarveOutOf, kCarveOutsType, true>;

std::vector<std::string> capacity_words() { return {"all", "new"}; }
const Type kCapacityType{"capacity_scope", "one of all, new", "string", {}, capacity_words};

using Y = Keys<SupplyDuty>;
constexpr std::array kSupplyDutyKeys{
    Y::of<&SupplyDuty::notice, Length>("notice", kRequired, "How long before it is needed"),
    Y::of<&SupplyDuty::respond_within, Length>("respond_within", kRequired, "To a demand"),
    Y::of<&SupplyDuty::released_for_unmet, Bool>("released_for_unmet", kOptional,
                                                 "What is not supplied may be had elsewhere")};
constexpr Table kSupplyDutyTable{"supply_duty", kSupplyDutyKeys};
const Type kSupplyDutyType{
    "supply_duty", "the keys of a supply duty", "object", {}, nullptr, nullptr, &kSupplyDutyTable};

struct ExclusiveEntry : clause::Exclusive {
  std::optional<SupplyDuty> duty;
};
using X = Keys<ExclusiveEntry>;
constexpr std::array kExclusiveKeys{
    X::of<&ExclusiveEntry::uses, Uses>("uses", kOptional, "Work of these uses; else: all"),
    X::of<&ExclusiveEntry::new_capacity_only, Choice<bool, capacity_words, kCapacityType>>(
        "capacity", kOptional, "new: only orders signed since the clause began"),
    X::of<&ExclusiveEntry::duty, MapOf<SupplyDuty, kSupplyDutyTable, kSupplyDutyType>>(
        "supply_duty", kOptional, "What the holder owes for it"),
    X::of<&ExclusiveEntry::carve_outs, CarveOuts>("carve_outs", kOptional, "What it leaves out")};

std::vector<std::string> partial_words() { return {"refused", "allowed"}; }
const Type kPartialType{"partial", "one of refused, allowed", "string", {}, partial_words};

std::vector<std::string> term_words() { return {"price", "delivery", "until"}; }
const Type kTermType{"term", "one of price, delivery, until", "string", {}, term_words};
const Type kTermsType{"terms",   "a list of terms such as [price, delivery]", "array", {}, nullptr,
                      &kTermType};
using TermNames = ListOf<Choice<std::uint8_t, term_words, kTermType>, kTermsType>;

struct FirstRefusalEntry : clause::FirstRefusal {
  ReplyTime reply;
  std::vector<std::uint8_t> stated;  ///< numbers of bits
};
using F = Keys<FirstRefusalEntry>;
constexpr std::array kFirstRefusalKeys{
    F::of<&FirstRefusalEntry::uses, Uses>("uses", kOptional, "Orders for these uses; else: all"),
    F::of<&FirstRefusalEntry::reply, Reply>("reply_within", kRequired, "How long the holder has"),
    F::of<&FirstRefusalEntry::time_zone, TimeZone>("time_zone", kOptional,
                                                   "Deadlines end at its midnight"),
    F::of<&FirstRefusalEntry::deemed_receipt, Length>("deemed_receipt", kOptional,
                                                      "How long after sending"),
    F::of<&FirstRefusalEntry::partial_allowed, Choice<bool, partial_words, kPartialType>>(
        "partial", kOptional, "Whether a part may be accepted; else: allowed"),
    F::of<&FirstRefusalEntry::partial_declines_rest, Bool>(
        "partial_declines_rest", kOptional, "Whether that declines the rest; else: true"),
    F::of<&FirstRefusalEntry::release_for, SomeTime>("release_for", kRequired,
                                                     "How long a released order may be signed"),
    F::of<&FirstRefusalEntry::stated, TermNames>("must_state", kOptional,
                                                 "What an offer says beside its amount"),
    F::of<&FirstRefusalEntry::grace, Length>("grace", kOptional,
                                             "How much later what is accepted may come"),
    F::of<&FirstRefusalEntry::carve_outs, CarveOuts>("carve_outs", kOptional,
                                                     "What it leaves out")};

using FS = Keys<clause::FirstShip>;
constexpr std::array kFirstShipKeys{
    FS::of<&clause::FirstShip::uses, Uses>("uses", kOptional, "Products of these uses; else: all"),
    FS::of<&clause::FirstShip::released_if_cannot_and_declines, Bool>(
        "released_if_cannot_and_declines", kOptional, "Else: true")};

using M = Keys<clause::Commit>;
constexpr std::array kCommitKeys{
    M::of<&clause::Commit::amount, MoneyOf>("amount", kRequired, "In all of the clause's time"),
    M::of<&clause::Commit::take_or_pay_ppm, Share>("take_or_pay", kOptional, "Else: 100 %"),
    M::of<&clause::Commit::eligible, Uses>("eligible", kOptional, "Use that counts; else: all"),
    M::of<&clause::Commit::true_up, SomeTime>("true_up", kOptional, "Else: at the end"),
    M::of<&clause::Commit::carry_over_ppm, Share>("carry_over", kOptional,
                                                  "Of a surplus, into the next period"),
    M::of<&clause::Commit::relief_for_undelivered, Bool>("relief_for_undelivered", kOptional,
                                                         "Else: false")};

using R = Keys<clause::Prepay>;
constexpr std::array kPrepayKeys{
    R::of<&clause::Prepay::ppm, Share>("share", kRequired, "Of each tranche's price"),
    R::of<&clause::Prepay::before_delivery, Length>("before_delivery", kRequired, "How long"),
    R::of<&clause::Prepay::credited_from_month, Number>("credited_from_month", kOptional,
                                                        "After acceptance"),
    R::of<&clause::Prepay::refundable, Bool>("refundable", kOptional, "Else: true")};

struct EarlyUse : Measured {
  UseMask uses = 0;
};
using U = Keys<EarlyUse>;
constexpr std::array kEarlyUseKeys{
    U::of<&EarlyUse::uses, Uses>("uses", kRequired, "Work that may run there"),
    U::of<&EarlyUse::raw_price, PriceOf>("price", kOptional, "What it costs"),
    U::of<&EarlyUse::basis, Basis>("basis", kOptional, "Of a price of power")};
constexpr Table kEarlyUseTable{"early_use", kEarlyUseKeys};
const Type kEarlyUseType{"early_use", "the keys of early use", "object", {}, nullptr,
                         nullptr,     &kEarlyUseTable};
struct EarlyUseOf {
  static constexpr const Type& type = kEarlyUseType;
  static bool read(Binder& binder, const Node& node, clause::Tranche& value) {
    EarlyUse early;
    if (!MapOf<EarlyUse, kEarlyUseTable, kEarlyUseType>::read(binder, node, early)) return false;
    value.early_use = true;
    value.early_uses = early.uses;
    value.has_early_price = early.raw_price.has_value();
    value.early_price = early.price_of(binder, node);
    early.check_basis(binder, node);
    return true;
  }
};

struct TrancheEntry : clause::Tranche, Measured {
  std::optional<clause::Tranche> early;
};
using T = Keys<TrancheEntry>;
constexpr std::array kTrancheKeys{
    T::of<&TrancheEntry::order, OrderRef>("order", kRequired, "Whose capacity it is"),
    T::of<&TrancheEntry::stages, StageRefs>("stages", kRequired, "Which of its stages"),
    T::of<&TrancheEntry::raw_amount, AnyAmount>("amount", kRequired, "How much of them"),
    T::of<&TrancheEntry::basis, Basis>("basis", kOptional, "Whose power the amount is"),
    T::of<&TrancheEntry::due, At>("due", kRequired, "By when it is accepted"),
    T::of<&TrancheEntry::grace, Length>("grace", kOptional, "How much later at the latest"),
    T::of<&TrancheEntry::deemed_acceptance, SomeTime>(
        "deemed_acceptance", kOptional, "What was in acceptance for so long is accepted"),
    T::of<&TrancheEntry::early, EarlyUseOf>("early_use", kOptional, "Of what is in acceptance")};

using K = Keys<clause::CreditStep>;
constexpr std::array kCreditKeys{
    K::of<&clause::CreditStep::after, Length>("after", kRequired, "The end of the grace"),
    K::of<&clause::CreditStep::ppm, Share>("share", kRequired, "Of the tranche's price"),
    K::of<&clause::CreditStep::per, SomeTime>("per", kRequired, "For each of these begun")};
constexpr Table kCreditTable{"credit", kCreditKeys};
const Type kCreditType{"credit", "a step of credits", "object", {}, nullptr,
                       nullptr,  &kCreditTable};
const Type kCreditsType{"credits",   "a list of steps of credits", "array", {}, nullptr,
                        &kCreditType};

struct Excuses {
  bool force_majeure = false;
  bool customer_caused = false;
  Duration notice_within;
  Duration longest_extension;
};
using Q = Keys<Excuses>;
constexpr std::array kExcusesKeys{
    Q::of<&Excuses::force_majeure, Bool>("force_majeure", kOptional, "Else: false"),
    Q::of<&Excuses::customer_caused, Bool>("customer_caused", kOptional, "Else: false"),
    Q::of<&Excuses::notice_within, Length>("notice_within", kOptional, "Of force majeure"),
    Q::of<&Excuses::longest_extension, Length>("longest_extension", kOptional, "Of force majeure")};
constexpr Table kExcusesTable{"excuses", kExcusesKeys};
const Type kExcusesType{"excuses", "the keys of excuses", "object", {}, nullptr,
                        nullptr,   &kExcusesTable};

std::vector<std::string> scope_words() { return {"tranche", "order"}; }
const Type kScopeType{"termination_scope", "one of tranche, order", "string", {}, scope_words};

struct LateEntry : clause::Late {
  std::optional<Excuses> excuses;
};
using Z = Keys<LateEntry>;
constexpr std::array kLateKeys{
    Z::of<&LateEntry::tranches, ClauseRefs>("tranches", kRequired, "Which tranches"),
    Z::of<&LateEntry::credits,
          ListOf<MapOf<clause::CreditStep, kCreditTable, kCreditType>, kCreditsType>>(
        "credits", kOptional, "What lateness costs"),
    Z::of<&LateEntry::credit_cap_ppm, Share>("credit_cap", kOptional, "Of the tranche's price"),
    Z::of<&LateEntry::outside, SomeTime>("outside", kRequired,
                                         "Past the due date; then it may be terminated"),
    Z::of<&LateEntry::terminates_order, Choice<bool, scope_words, kScopeType>>(
        "scope", kOptional, "What may be terminated; else: the tranche"),
    Z::of<&LateEntry::cure_by_alternative, Bool>("cure_by_alternative", kOptional, "Else: false"),
    Z::of<&LateEntry::excuses, MapOf<Excuses, kExcusesTable, kExcusesType>>("excuses", kOptional,
                                                                            "What excuses it")};

using S = Keys<clause::RampStep>;
constexpr std::array kRampKeys{
    S::of<&clause::RampStep::from, At>("from", kRequired, "From then on"),
    S::of<&clause::RampStep::ppm, Share>("share", kRequired, "Of the price")};
constexpr Table kRampTable{"ramp", kRampKeys};
const Type kRampStepType{"ramp_step", "a step of a ramp", "object", {}, nullptr,
                         nullptr,     &kRampTable};
const Type kRampType{"ramp", "a list of steps of a ramp", "array", {}, nullptr, &kRampStepType};

struct RateEntry : clause::Rate, Measured {
  std::optional<Price> raw_power_price;
};
using A = Keys<RateEntry>;
constexpr std::array kRateKeys{
    A::of<&RateEntry::order, OrderRef>("order", kOptional, "Else: all of the agreement's"),
    A::of<&RateEntry::raw_price, PriceOf>("price", kRequired, "What use costs"),
    A::of<&RateEntry::basis, Basis>("basis", kOptional, "Of a price of power"),
    A::of<&RateEntry::ramp, ListOf<MapOf<clause::RampStep, kRampTable, kRampStepType>, kRampType>>(
        "ramp", kOptional, "Shares of the price, by time"),
    A::of<&RateEntry::pass_through_power, Bool>(
        "pass_through_power", kOptional, "Whether the power that is used is paid for; else: false"),
    A::of<&RateEntry::raw_power_price, PriceOf>("power_price", kOptional,
                                                "With it: what facility power costs")};

using H = Keys<clause::Reserve>;
constexpr std::array kReserveKeys{
    H::of<&clause::Reserve::order, OrderRef>("order", kRequired, "Whose capacity it is"),
    H::of<&clause::Reserve::min_gpus, Gpus>("min", kRequired, "At least"),
    H::of<&clause::Reserve::max_gpus, Gpus>("max", kRequired, "At most"),
    H::of<&clause::Reserve::all_or_nothing, Bool>("all_or_nothing", kOptional, "Else: false"),
    H::of<&clause::Reserve::no_cancel, Bool>("no_cancel", kOptional, "Else: false"),
    H::of<&clause::Reserve::reclaimed_before_end, Length>("reclaimed_before_end", kOptional,
                                                          "How long before")};

using L = Keys<clause::Locale>;
constexpr std::array kLocaleKeys{
    L::of<&clause::Locale::uses, Uses>("uses", kOptional, "Work of these uses; else: all"),
    L::of<&clause::Locale::jurisdictions, Jurisdictions>("jurisdictions", kRequired,
                                                         "Where it runs"),
    L::of<&clause::Locale::accelerator, AcceleratorName>("accelerator", kOptional,
                                                         "What is licensed"),
    L::of<&clause::Locale::max_units, Gpus>("max_units", kOptional,
                                            "How many may run at once in each")};

struct OptionEntry : clause::Option, Measured {};
using O = Keys<OptionEntry>;
constexpr std::array kOptionKeys{
    O::of<&OptionEntry::raw_amount, AnyAmount>("amount", kRequired, "How much more"),
    O::of<&OptionEntry::basis, Basis>("basis", kOptional, "Whose power it is"),
    O::of<&OptionEntry::expires, At>("expires", kRequired, "It is used before"),
    O::of<&OptionEntry::raw_price, PriceOf>("price", kOptional, "What it costs")};

std::vector<std::string> cause_words() {
  return {"convenience", "change_of_control", "repeated_failure"};
}
const Type kCauseType{
    "cause", "one of convenience, change_of_control, repeated_failure", "string", {}, cause_words};

struct TerminateEntry : clause::Terminate {
  std::optional<Money> raw_fee;
};
using E = Keys<TerminateEntry>;
constexpr std::array kTerminateKeys{
    E::of<&TerminateEntry::by, ContractorRef>("by", kOptional, "Else: either party"),
    E::of<&TerminateEntry::cause, Choice<clause::TerminateCause, cause_words, kCauseType>>(
        "cause", kRequired, "Why"),
    E::of<&TerminateEntry::after, At>("after", kOptional, "Not before"),
    E::of<&TerminateEntry::notice, Length>("notice", kOptional, "How long before; else: none"),
    E::of<&TerminateEntry::raw_fee, MoneyOf>("fee", kOptional, "What it costs")};

constexpr std::array<Variant, 12> kVariants{{{"exclusive", kExclusiveKeys},
                                             {"first_refusal", kFirstRefusalKeys},
                                             {"first_ship", kFirstShipKeys},
                                             {"commit", kCommitKeys},
                                             {"prepay", kPrepayKeys},
                                             {"tranche", kTrancheKeys},
                                             {"late", kLateKeys},
                                             {"rate", kRateKeys},
                                             {"reserve", kReserveKeys},
                                             {"locale", kLocaleKeys},
                                             {"option", kOptionKeys},
                                             {"terminate", kTerminateKeys}}};

void bind_terms(Binder& binder, const Node& node, std::span<const Key> keys, ClauseEntry& clause,
                void* terms) {
  // Common keys go to the clause, the kind's to its terms: each map is looked at twice, and what is
  // unknown or missing is reported once.
  for (const Key& key : keys) {
    if (const Node* value = node.find(key.name)) key.read(binder, *value, terms);
  }
  std::vector<Key> silent(keys.begin(), keys.end());
  for (Key& key : silent) key.read = [](Binder&, const Node&, void*) {};
  binder.bind(node, fmt::format("{} clause", clause.kind), kCommonKeys, silent, &clause);
}

}  // namespace

const Table kClauseTable{"clause", kCommonKeys, "kind", kVariants};

void bind_clause(Binder& binder, const Node& node, ClauseEntry& clause) {
  if (!node.is_map()) return binder.mismatch(node, "a clause: a map");
  const Variant* variant = binder.variant_of(node, kClauseTable);
  if (variant == nullptr) return;
  clause.kind = variant->name;
  const auto bind = [&](auto& entry) { bind_terms(binder, node, variant->keys, clause, &entry); };
  if (clause.kind == "exclusive") {
    ExclusiveEntry entry;
    bind(entry);
    entry.has_supply_duty = entry.duty.has_value();
    if (entry.duty) entry.supply_duty = *entry.duty;
    clause.terms = static_cast<clause::Exclusive&>(entry);
  } else if (clause.kind == "first_refusal") {
    FirstRefusalEntry entry;
    bind(entry);
    entry.reply_within = entry.reply.length;
    entry.business_days = entry.reply.business_days;
    for (const std::uint8_t bit : entry.stated) {
      entry.must_state = static_cast<TermMask>(entry.must_state | 1U << bit);
    }
    clause.terms = static_cast<clause::FirstRefusal&>(entry);
  } else if (clause.kind == "first_ship") {
    bind(clause.terms.emplace<clause::FirstShip>());
  } else if (clause.kind == "commit") {
    bind(clause.terms.emplace<clause::Commit>());
  } else if (clause.kind == "prepay") {
    bind(clause.terms.emplace<clause::Prepay>());
  } else if (clause.kind == "tranche") {
    TrancheEntry entry;
    bind(entry);
    entry.amount = entry.amount_of(binder, node);
    entry.check_basis(binder, node);
    if (entry.early) {
      entry.early_use = true;
      entry.early_uses = entry.early->early_uses;
      entry.has_early_price = entry.early->has_early_price;
      entry.early_price = entry.early->early_price;
    }
    clause.terms = static_cast<clause::Tranche&>(entry);
  } else if (clause.kind == "late") {
    LateEntry entry;
    bind(entry);
    if (entry.excuses) {
      entry.excuses_force_majeure = entry.excuses->force_majeure;
      entry.excuses_customer_caused = entry.excuses->customer_caused;
      entry.notice_within = entry.excuses->notice_within;
      entry.longest_extension = entry.excuses->longest_extension;
    }
    clause.terms = static_cast<clause::Late&>(entry);
  } else if (clause.kind == "rate") {
    RateEntry entry;
    bind(entry);
    entry.price = entry.price_of(binder, node);
    entry.check_basis(binder, node);
    if (entry.raw_power_price) entry.power_price = *entry.raw_power_price;
    clause.terms = static_cast<clause::Rate&>(entry);
  } else if (clause.kind == "reserve") {
    bind(clause.terms.emplace<clause::Reserve>());
  } else if (clause.kind == "locale") {
    bind(clause.terms.emplace<clause::Locale>());
  } else if (clause.kind == "option") {
    OptionEntry entry;
    bind(entry);
    entry.amount = entry.amount_of(binder, node);
    entry.has_price = entry.raw_price.has_value();
    entry.price = entry.price_of(binder, node);
    entry.check_basis(binder, node);
    clause.terms = static_cast<clause::Option&>(entry);
  } else {
    TerminateEntry entry;
    bind(entry);
    entry.has_fee = entry.raw_fee.has_value();
    if (entry.raw_fee) entry.fee = *entry.raw_fee;
    clause.terms = static_cast<clause::Terminate&>(entry);
  }
}

}  // namespace stargate::world
