#pragma once

#include <optional>
#include <vector>

#include "agreement/delivery.h"
#include "agreement/span.h"

// What of a tranche is not there, over time, and what that would have cost.

namespace stargate::agreement {

/// A time throughout which as much is missing.
struct Missing {
  Span span;
  std::int64_t amount = 0;  ///< in the tranche's unit, > 0
};

/// The parts of the span in which something is missing. REQUIRES: the clause is a tranche.
std::vector<Missing> missing_in(const Book& book, ClauseId tranche, Span span, Moment moment);

/// The price of what was missing in the span, by the tranche's price; nullopt where it has none.
std::optional<Money> price_of_missing(const Book& book, ClauseId tranche, Span span, Moment moment);

}  // namespace stargate::agreement
