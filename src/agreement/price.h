#pragma once

#include <optional>

#include "agreement/judge.h"
#include "agreement/span.h"
#include "base/quantity.h"

// Amounts of money from rates, exact: a product is divided once, to the nearest millionth, halves away
// from zero.

namespace stargate::agreement {

/// a * b / divisor, rounded so; nullopt where it does not fit 64 bits. REQUIRES: none is negative,
/// divisor > 0 and below 2^126.
std::optional<std::int64_t> scaled(Int128 a, Int128 b, Int128 divisor);

/// What an order cost, as far as it had a price.
struct OrderCost {
  std::optional<Money> money;  ///< nullopt: nothing was owed
  GpuTime unpriced;            ///< use while no rate was in force, or of another currency

  friend bool operator==(const OrderCost&, const OrderCost&) = default;
};

/// What the order cost within the span: its use, each record at the rate in force and rounded once as
/// long as that goes on; what was used early at its own price where it has one; and where the rate is
/// a fee by the month, that fee once for the order's term, whatever ran there. A fee for all of the
/// agreement's orders is paid once for them together: of those that were bought for any of the uses
/// `together`, the first that runs bears it. `use`: records of the order, in any order; they may reach
/// beyond the span. O(use x changes of the rate).
OrderCost cost_of(const Book& book, OrderId order, std::span<const UseRecord> use, Span span,
                  Instant known, UseMask together = kAnyUse);

/// What an order costs at a moment, for ranking: not exact to a millionth.
struct Tariff {
  Money per_hour;  ///< of 1,000 GPUs: what is paid for use, with the power that is passed on
  Money fee;       ///< of 1,000 hours: what is paid whether used or not
  bool is_shared = false;  ///< the fee is paid once for all of the agreement's orders

  friend bool operator==(const Tariff&, const Tariff&) = default;
};

/// nullopt: no rate is in force.
std::optional<Tariff> tariff_of(const Book& book, OrderId order, Moment moment);

/// What prices an order: a rate, or an option that was exercised.
struct RateInForce {
  ClauseId clause = kNo<ClauseId>;  ///< kNo: nothing does
  clause::Rate terms;
};

/// What prices the order at the moment: a rate for the order goes before an option that added it, that
/// before a rate for all of the agreement's, a later clause before an earlier.
RateInForce rate_of(const Book& book, OrderId order, Moment moment);

/// The price of what the tranche is to deliver, over a time. Of one that an acceptance made: at the
/// price that was offered, where the offer says one. Otherwise under the rates of its order, each as long
/// as it is in force; of a fee by the month, the share that the tranche is of the orders that it is for.
/// nullopt where there is none.
std::optional<Money> tranche_price(const Book& book, const clause::Tranche& tranche, Instant from,
                                   Instant until, Instant known);
/// When what is due then ends: on the day until which it was offered, else with its order, as
/// that ends by what has come by the moment. What is due only
/// after that is for as long as it was offered for. One year where nothing says.
Instant tranche_end(const Book& book, const clause::Tranche& tranche, Instant due, Moment moment);
/// The same for all of its time, from `due` until tranche_end().
std::optional<Money> tranche_price(const Book& book, const clause::Tranche& tranche, Instant due,
                                   Moment moment);

}  // namespace stargate::agreement
