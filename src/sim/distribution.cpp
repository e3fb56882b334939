#include "sim/distribution.h"

#include <algorithm>
#include <cmath>

namespace stargate::sim {

void ExactDistribution::add(Duration value) {
  ++count_;
  sum_us_ += value.us;
  max_ = count_ == 1 ? value : std::max(max_, value);
  const std::int64_t whole = value.us / kMicrosPerSecond;
  if (value.us >= 0 && value.us % kMicrosPerSecond == 0 && whole <= UINT32_MAX) {
    if (whole_ % kBlock == 0) seconds_.push_back(std::make_unique<std::uint32_t[]>(kBlock));
    seconds_.back()[whole_++ % kBlock] = static_cast<std::uint32_t>(whole);
  } else {
    if (fractional_ % kBlock == 0) micros_.push_back(std::make_unique<std::int64_t[]>(kBlock));
    micros_.back()[fractional_++ % kBlock] = value.us;
  }
}

double ExactDistribution::mean_s() const {
  if (count_ == 0) return 0;
  return static_cast<double>(static_cast<long double>(sum_us_) / static_cast<long double>(count_) /
                             1e6L);
}

double ExactDistribution::percentile_s(std::uint64_t numerator, std::uint64_t denominator) const {
  if (count_ == 0) return 0;
  // The answer is found by halving the range of values: 64 passes at the most, and no copy.
  const std::uint64_t rank = std::min(count_ * numerator / denominator, count_ - 1);
  const auto count_up_to = [&](std::int64_t limit) {
    std::uint64_t below = 0;
    for (std::uint64_t i = 0; i < whole_; ++i) {
      const std::int64_t us = std::int64_t{seconds_[i / kBlock][i % kBlock]} * kMicrosPerSecond;
      below += us <= limit ? 1U : 0U;
    }
    for (std::uint64_t i = 0; i < fractional_; ++i) {
      below += micros_[i / kBlock][i % kBlock] <= limit ? 1U : 0U;
    }
    return below;
  };
  std::int64_t low = fractional_ > 0 ? INT64_MIN / 4 : 0;
  std::int64_t high = max_.us;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (count_up_to(middle) > rank) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return static_cast<double>(low) / 1e6;
}

void SampledDistribution::add(Duration value) {
  ++count_;
  sum_us_ += value.us;
  max_ = count_ == 1 ? value : std::max(max_, value);
  if (kept_.size() < capacity_) {
    kept_.push_back(value.us);
  } else if (const std::uint64_t at = prng_.below(count_); at < capacity_) {
    kept_[at] = value.us;
  }
}

double SampledDistribution::mean_s() const {
  if (count_ == 0) return 0;
  return static_cast<double>(static_cast<long double>(sum_us_) / static_cast<long double>(count_) /
                             1e6L);
}

double SampledDistribution::percentile_s(double fraction) const {
  if (kept_.empty()) return 0;
  std::vector<std::int64_t> values = kept_;
  const auto rank =
      std::min(values.size() - 1,
               static_cast<std::size_t>(std::floor(fraction * static_cast<double>(values.size()))));
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), nth, values.end());
  return static_cast<double>(*nth) / 1e6;
}

}  // namespace stargate::sim
