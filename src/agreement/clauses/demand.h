#pragma once

#include <vector>

#include "agreement/book.h"

namespace stargate::agreement {

/// A demand that the customer gave notice of under an exclusivity with a duty to supply.
struct Demand {
  Instant made_at;
  Instant needed_at;   ///< after the notice that the duty asks for
  Instant respond_by;  ///< a reply at this very instant is in time
  CapacityAmount asked;
  CapacityAmount unmet;          ///< what the supplier leaves: all of it while there is no reply
  Instant released_at = kNever;  ///< from when on it may be had elsewhere
};

/// Those under the clause that were made by the moment, in the order in which they took effect.
/// REQUIRES: it is exclusive.
std::vector<Demand> demands(const Book& book, ClauseId clause, Moment moment);

}  // namespace stargate::agreement
