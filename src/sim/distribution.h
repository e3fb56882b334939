#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "base/wide.h"

namespace stargate::sim {

/// Every value of a series of lengths, for exact percentiles: 4 bytes a value while all are whole
/// seconds below 136 years, 8 from then on. Grows by blocks, so that nothing is copied.
class ExactDistribution {
 public:
  void add(Duration value);
  std::uint64_t count() const { return count_; }
  double mean_s() const;
  double max_s() const { return static_cast<double>(max_.us) / 1e6; }
  /// The value at the 0-based rank floor(count * numerator / denominator) of the ascending values;
  /// 0 where there is none.
  double percentile_s(std::uint64_t numerator, std::uint64_t denominator) const;

 private:
  static constexpr std::size_t kBlock = 16'384;
  std::vector<std::unique_ptr<std::uint32_t[]>> seconds_;
  std::vector<std::unique_ptr<std::int64_t[]>> micros_;
  std::uint64_t whole_ = 0;
  std::uint64_t fractional_ = 0;
  std::uint64_t count_ = 0;
  Duration max_;
  Int128 sum_us_ = 0;
};

/// Up to `capacity` values of a series, each equally likely to be kept (reservoir sampling).
class SampledDistribution {
 public:
  explicit SampledDistribution(std::size_t capacity = 4'096) : capacity_(capacity), prng_(1) {}
  void add(Duration value);
  std::uint64_t count() const { return count_; }
  double mean_s() const;
  double max_s() const { return static_cast<double>(max_.us) / 1e6; }
  double percentile_s(double fraction) const;

 private:
  std::size_t capacity_;
  std::vector<std::int64_t> kept_;
  std::uint64_t count_ = 0;
  Duration max_;
  Int128 sum_us_ = 0;
  Prng prng_;
};

}  // namespace stargate::sim
