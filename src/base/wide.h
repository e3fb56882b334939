#pragma once

#include <cstdint>

namespace stargate {

// Products of two 64-bit quantities, for comparisons and sums that must not overflow.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

/// The nearest that 64 bits hold.
constexpr std::int64_t nearest_int64(Int128 value) {
  if (value < INT64_MIN) return INT64_MIN;
  return value > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(value);
}

}  // namespace stargate
