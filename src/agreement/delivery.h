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
  std::string why;

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

/// The clauses of the tranche's agreement that price its delay and are in force. Ascending.
std::vector<ClauseId> late_clauses_of(const Book& book, ClauseId tranche, Moment moment);

}  // namespace stargate::agreement
