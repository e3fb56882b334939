#include "base/check.h"
#include "model/act.h"
#include "model/ranking.h"

namespace stargate {

const char* name_of(RateUnit unit) {
  switch (unit) {
    case RateUnit::kGpuHour: return "GPU-h";
    case RateUnit::kKwMonth: return "kW-mo";
    case RateUnit::kGwYear: return "GW-yr";
    case RateUnit::kMonth: return "mo";
  }
  STARGATE_CHECK(false, "a unit of a rate is one of its names");
}

const char* clause::name_of(TerminateCause cause) {
  switch (cause) {
    case TerminateCause::kConvenience: return "convenience";
    case TerminateCause::kChangeOfControl: return "change_of_control";
    case TerminateCause::kRepeatedFailure: return "repeated_failure";
  }
  STARGATE_CHECK(false, "a cause is one of its names");
}

const char* name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::kHigh: return "high";
    case Confidence::kMedium: return "medium";
    case Confidence::kLow: return "low";
  }
  STARGATE_CHECK(false, "a confidence is one of its names");
}

const char* kind_of(const Clause& clause) {
  struct Namer {
    const char* operator()(const clause::Exclusive&) { return "exclusive"; }
    const char* operator()(const clause::FirstRefusal&) { return "first_refusal"; }
    const char* operator()(const clause::FirstShip&) { return "first_ship"; }
    const char* operator()(const clause::Commit&) { return "commit"; }
    const char* operator()(const clause::Prepay&) { return "prepay"; }
    const char* operator()(const clause::Tranche&) { return "tranche"; }
    const char* operator()(const clause::Late&) { return "late"; }
    const char* operator()(const clause::Rate&) { return "rate"; }
    const char* operator()(const clause::Reserve&) { return "reserve"; }
    const char* operator()(const clause::Locale&) { return "locale"; }
    const char* operator()(const clause::Option&) { return "option"; }
    const char* operator()(const clause::Terminate&) { return "terminate"; }
  };
  return std::visit(Namer{}, clause.terms);
}

const char* name_of(Clearance clearance) {
  switch (clearance) {
    case Clearance::kNone: return "none";
    case Clearance::kConsent: return "consent";
    case Clearance::kCarveOut: return "carve_out";
    case Clearance::kOfferDeclined: return "offer_declined";
    case Clearance::kOfferLapsed: return "offer_lapsed";
    case Clearance::kWaived: return "waived";
    case Clearance::kUnmetDemand: return "unmet_demand";
  }
  STARGATE_CHECK(false, "a clearance is one of its names");
}

const char* name_of(Criterion criterion) {
  switch (criterion) {
    case Criterion::kStartsNow: return "starts_now";
    case Criterion::kLessQueued: return "less_queued";
    case Criterion::kPaidFor: return "paid_for";
    case Criterion::kCheaper: return "cheaper";
    case Criterion::kFaster: return "faster";
    case Criterion::kSameSite: return "same_site";
    case Criterion::kLessDependent: return "less_dependent";
    case Criterion::kTighterFit: return "tighter_fit";
    case Criterion::kFirstOrdered: return "first_ordered";
  }
  STARGATE_CHECK(false, "a criterion is one of its names");
}

std::span<const Criterion> default_ranking() {
  static constexpr Criterion kCriteria[] = {Criterion::kStartsNow,  Criterion::kLessQueued,
                                            Criterion::kPaidFor,    Criterion::kFaster,
                                            Criterion::kTighterFit, Criterion::kFirstOrdered};
  return kCriteria;
}

const char* name_of(ActKind kind) {
  switch (kind) {
    case ActKind::kCapacity: return "capacity";
    case ActKind::kEvent: return "event";
    case ActKind::kShipped: return "shipped";
    case ActKind::kCannot: return "cannot";
    case ActKind::kDeclinesSupport: return "declines_support";
    case ActKind::kDemandNotice: return "demand_notice";
    case ActKind::kSupplyReply: return "supply_reply";
    case ActKind::kOffer: return "offer";
    case ActKind::kCounter: return "counter";
    case ActKind::kAccept: return "accept";
    case ActKind::kAcceptPart: return "accept_part";
    case ActKind::kDecline: return "decline";
    case ActKind::kWithdraw: return "withdraw";
    case ActKind::kWaive: return "waive";
    case ActKind::kConsent: return "consent";
    case ActKind::kSign: return "sign";
    case ActKind::kExcuse: return "excuse";
    case ActKind::kCustomerCaused: return "customer_caused";
    case ActKind::kAmendDue: return "amend_due";
    case ActKind::kTerminate: return "terminate";
    case ActKind::kExercise: return "exercise";
    case ActKind::kSupplierFails: return "supplier_fails";
    case ActKind::kSupplierReturns: return "supplier_returns";
    case ActKind::kControlChanges: return "control_changes";
  }
  STARGATE_CHECK(false, "a kind of act is one of its names");
}

}  // namespace stargate
