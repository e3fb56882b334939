#pragma once

#include "agreement/judge.h"

namespace stargate::agreement {

/// How a tranche stands against its due date.
struct Delivery {
  Instant due = kNever;        ///< as amended
  Instant grace_end = kNever;  ///< due and its grace
  Instant deadline = kNever;   ///< with what is excused: after it, it is late
  Instant delivered_at = kNever;
  Instant cured_at = kNever;  ///< when other capacity stood in for what was late, before delivery
  bool excuse_runs = false;   ///< an excuse that is accepted has not ended
  bool at_risk = false;       ///< too little is left that could still be delivered
  Instant excuse_since = kNever;   ///< where it runs: when the first that has not ended began
  Instant at_risk_since = kNever;  ///< where it is: from when on
  std::string why;

  /// By how much excuses put the deadline off.
  Duration excused() const { return deadline - grace_end; }

  /// When it was made good: delivered, or cured.
  Instant made_good_at() const { return delivered_at < cured_at ? delivered_at : cured_at; }

  /// How long it has been late by the instant; zero: it was in time or is not late yet.
  Duration late_by(Instant at) const {
    const Instant end = made_good_at() < at ? made_good_at() : at;
    return deadline < end ? end - deadline : Duration{};
  }
};

/// What was delivered is judged by the due date in force when it was, as known then.
/// REQUIRES: the clause is a tranche.
Delivery delivery_of(const Book& book, ClauseId tranche, Moment moment);

/// What of a tranche is accepted from an instant on, in its unit, and no more than it is for.
struct AcceptedSince {
  Instant from;
  std::int64_t amount = 0;

  friend bool operator==(const AcceptedSince&, const AcceptedSince&) = default;
};

/// By the moment: each step differs from the one before. Before the first, nothing is accepted.
/// REQUIRES: the clause is a tranche.
std::vector<AcceptedSince> accepted_over_time(const Book& book, ClauseId tranche, Moment moment);

/// The clauses of the tranche's agreement that price its delay and are in force. Ascending.
std::vector<ClauseId> late_clauses_of(const Book& book, ClauseId tranche, Moment moment);

}  // namespace stargate::agreement
