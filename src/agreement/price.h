#pragma once

#include <optional>

#include "agreement/judge.h"

// Amounts of money from rates, exact: a product is divided once, to the nearest millionth, halves away
// from zero.

namespace stargate::agreement {

/// a * b / divisor, rounded so; nullopt where it does not fit 64 bits. REQUIRES: none is negative,
/// divisor > 0 and below 2^126.
std::optional<std::int64_t> scaled(Int128 a, Int128 b, Int128 divisor);

/// The price of GPUs or watts over a time under a rate that is in force throughout it. `watts` is what
/// power prices count; 0: the accelerator's, for each GPU.
std::optional<Money> price_under(const Book& book, const clause::Rate& rate, const UseRecord& use,
                                 std::int64_t watts);

/// The rate that prices the order at the moment: one for the order goes before one for all of the
/// agreement's, a later clause before an earlier; kNo: none.
ClauseId rate_of(const Book& book, OrderId order, Moment moment);

/// The price of what the tranche is to deliver, over a time, under the rate of its due date. nullopt
/// where there is none.
std::optional<Money> tranche_price(const Book& book, const clause::Tranche& tranche, Instant from,
                                   Instant until, Instant known);
/// The same for all of its time: from `due` until the order's end, one year where it has none.
std::optional<Money> tranche_price(const Book& book, const clause::Tranche& tranche, Instant due,
                                   Instant known);

}  // namespace stargate::agreement
