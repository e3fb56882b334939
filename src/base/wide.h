#pragma once

#include <cstdint>

namespace stargate {

// Products of two 64-bit quantities, for comparisons and sums that must not overflow.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

}  // namespace stargate
