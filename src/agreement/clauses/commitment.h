#pragma once

#include <optional>
#include <span>

#include "agreement/judge.h"
#include "agreement/span.h"

namespace stargate::agreement {

/// What is to be used under a commitment in the period that is trued up together.
struct CommittedPeriod {
  Span period;
  Money least;  ///< before relief and what is carried over
};

/// The period that the instant is in; nullopt: in none. Of a commitment that is never trued up, all of
/// its time. REQUIRES: the clause is a `commit`.
std::optional<CommittedPeriod> committed_at(const Clause& clause, Instant at);

/// What of a commitment falls on the time that is over, and the price of the eligible use in it that
/// no commitment of the same agreement that was defined earlier takes.
struct CommitmentSoFar {
  Money committed;
  Money used;
};

/// nullopt: the clause is no commitment, has not begun, or neither ends nor is trued up, so that no
/// part of it falls on any time. The amount is spread evenly over the clause's time; where it has no
/// end, over each period of its true-up. What was carried over, or could not be had, is not taken off.
std::optional<CommitmentSoFar> commitment_so_far(const Book& book, ClauseId clause,
                                                 std::span<const UseRecord> use, Moment moment);

}  // namespace stargate::agreement
