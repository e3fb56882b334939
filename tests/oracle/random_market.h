#pragma once

#include "agreement/book.h"
#include "base/prng.h"

namespace stargate::oracle {

/// The instants that random markets are about: 0 to this, a microsecond apart, so that much falls on
/// one instant.
inline constexpr std::int64_t kMarketEnd = 40;

/// A small market of two labs and three suppliers, dense in exceptions. The same seed, the same one.
agreement::Book random_market(Prng& prng);

}  // namespace stargate::oracle
