#include "sim/distribution.h"

#include <algorithm>
#include <cmath>

namespace stargate::sim {
namespace {

/// How many of the first `count` values are not above the limit; they lie in blocks of `block`.
template <class Value>
std::uint64_t count_within(const std::vector<std::unique_ptr<Value[]>>& blocks, std::size_t block,
                           std::uint64_t count, Value limit) {
  std::uint64_t within = 0;
  for (std::uint64_t first = 0; first < count; first += block) {
    const Value* values = blocks[first / block].get();
    const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(block, count - first));
    std::uint32_t here = 0;
    for (std::uint32_t i = 0; i < size; ++i) here += values[i] <= limit ? 1U : 0U;
    within += here;
  }
  return within;
}

}  // namespace

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
  // The answer is found by halving the range of values: 64 passes at the most, and no copy. Where all
  // values are whole seconds, so is the answer.
  const std::uint64_t rank = std::min(count_ * numerator / denominator, count_ - 1);
  const auto count_up_to = [&](std::int64_t limit_us) {
    std::uint64_t within = count_within(micros_, kBlock, fractional_, limit_us);
    if (limit_us >= 0) {
      const std::int64_t limit_s = std::min<std::int64_t>(limit_us / kMicrosPerSecond, UINT32_MAX);
      within += count_within(seconds_, kBlock, whole_, static_cast<std::uint32_t>(limit_s));
    }
    return within;
  };
  const std::int64_t unit_us = fractional_ == 0 ? kMicrosPerSecond : 1;
  std::int64_t low = fractional_ == 0 ? 0 : INT64_MIN / 4;
  std::int64_t high = max_.us / unit_us;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (count_up_to(middle * unit_us) > rank) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return static_cast<double>(low * unit_us) / 1e6;
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
