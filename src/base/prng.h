#pragma once

#include <cstdint>

#include "base/wide.h"

namespace stargate {

/// A small generator of pseudo-random numbers (SplitMix64, Steele et al. 2014): the same seed gives
/// the same numbers on every machine and compiler. Only simulations and tests draw from it.
class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, bound); bound > 0. The bias is below 2^-64 times the bound.
  constexpr std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((UInt128{next()} * bound) >> 64);
  }

 private:
  std::uint64_t state_;
};

}  // namespace stargate
