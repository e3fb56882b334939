#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

#include "base/wide.h"

namespace stargate {

/// An ISO 4217 code, "USD".
struct Currency {
  std::array<char, 3> code{'U', 'S', 'D'};

  friend constexpr auto operator<=>(Currency, Currency) = default;

  std::string_view text() const { return {code.data(), code.size()}; }
};

/// An exact amount: whole millionths of the currency's unit. Amounts of different currencies neither
/// add nor compare in order; who adds them checks that they are of one.
struct Money {
  std::int64_t micros = 0;
  Currency currency;

  friend constexpr bool operator==(const Money&, const Money&) = default;
};

/// value * numerator / denominator, to the nearest whole number, halves away from zero.
/// REQUIRES: denominator > 0, and the product fits 128 bits.
constexpr Int128 scale_rounded(Int128 value, Int128 numerator, Int128 denominator) {
  const Int128 product = value * numerator;
  const Int128 half = denominator / 2;
  return product < 0 ? -((-product + half) / denominator) : (product + half) / denominator;
}

}  // namespace stargate
