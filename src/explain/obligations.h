#pragma once

#include <span>
#include <string>
#include <vector>

#include "agreement/judge.h"
#include "explain/explain.h"
#include "model/act.h"

// How each clause was kept by a day, and what the parties owe each other.

namespace stargate::explain {

/// An amount of a clause. It is due on the day, or will be.
struct OwedAmount {
  agreement::DueKind kind = agreement::DueKind::kPayment;
  std::string clause;
  std::string from;
  std::string to;
  Money amount;
  Instant due = kNever;
  std::vector<std::string> assumptions;  ///< what it rests on; empty: the record alone
};

struct ClauseStanding {
  std::string clause;
  std::string kind;
  agreement::Standing standing = agreement::Standing::kKept;
  Instant since = kNever;  ///< of the standing, where it has a beginning
  bool in_force = false;
  bool may_terminate = false;
  std::string why;
  std::string source;
  std::vector<std::string> assumptions;
};

/// Of one kind, from one party to another, in one currency: what was due by the day.
struct OwedSum {
  std::string from;
  std::string to;
  std::string what;  ///< the kind of due, or "refundable_prepayment"
  Currency currency;
  Int128 micros = 0;
  Int128 assumed_micros = 0;  ///< the part of it that rests on assumptions
};

/// What was done about an offer, and the evidence of it.
struct OfferAct {
  std::string what;  ///< "offer", "counter", "accept", ...
  Instant effective;
  Instant entered;
  Terms terms;
  std::string signed_by;
  std::string document_sha256;
  std::string source;
};

/// An offer under a first refusal of the agreement: what was asked for, and what was answered.
struct OfferStanding {
  std::string offer;
  std::string order;
  std::string clause;
  std::string state;  ///< "offered", "countered", "declined", ...
  Instant offered_at;
  Instant reply_by;
  Instant decided_at = kNever;      ///< when the state was reached
  Instant released_until = kNever;  ///< the order must be signed before
  Terms terms;
  Terms answer;                        ///< as countered or accepted
  CapacityAmount rest;                 ///< what was not accepted as it was offered
  Instant reopened_at = kNever;        ///< when a reply was entered that undid a lapse
  std::vector<std::string> relied_on;  ///< what was decided in reliance on the lapse
  std::vector<OfferAct> acts;          ///< the offer and its replies, as they took effect
};

struct AgreementObligations {
  std::string agreement;
  std::string title;
  std::string supplier;
  std::string customer;
  std::vector<ClauseStanding> clauses;  ///< that had begun
  std::vector<OfferStanding> offers;    ///< in the order of entry
  std::vector<OwedAmount> due;          ///< by the day, in the order of time
  std::vector<OwedAmount> later;        ///< after it, as things stand
  /// In the order of kinds. A prepayment is refundable while what it is for has neither been delivered
  /// nor been given up: it is what of the payments would come back.
  std::vector<OwedSum> sums;
};

struct Obligations {
  Instant at;
  Instant known;
  std::vector<AgreementObligations> agreements;  ///< that were signed, as the world names them
  std::vector<AssumptionText> assumptions;       ///< that any amount or clause of them rests on
};

/// `use` is what was run by then. Of one agreement where `agreement` is set.
Obligations obligations_of(const agreement::Book& book, std::span<const agreement::UseRecord> use,
                           agreement::Moment moment, AgreementId agreement = kNo<AgreementId>);

/// For a terminal of 80 columns.
std::string to_text(const Obligations& obligations);
/// One object, with a line end.
std::string to_json(const Obligations& obligations);

}  // namespace stargate::explain
