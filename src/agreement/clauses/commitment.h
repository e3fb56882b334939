#pragma once

#include <optional>

#include "agreement/book.h"
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

}  // namespace stargate::agreement
