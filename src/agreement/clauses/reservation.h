#pragma once

#include "agreement/book.h"

namespace stargate::agreement {

/// The end of the window by its own date: `reclaimed_before_end` before that of the clause.
/// REQUIRES: the clause is a `reserve`.
Instant window_end(const Clause& clause);

/// The reservation that has taken the order's capacity back by the moment: the last to end of those
/// that were in force until their window's end. kNo: none has, or the window of another goes on.
ClauseId taken_back_by(const Book& book, OrderId order, Moment moment);

}  // namespace stargate::agreement
