#include "placement/backfill/profile.h"

#include <algorithm>

namespace stargate::placement {

void CountProfile::give_back(Instant at, std::uint64_t gpus) {
  if (steps_.back().from < at) steps_.push_back({at, steps_.back().free});
  steps_.back().free += static_cast<std::int64_t>(gpus);
}

Instant CountProfile::earliest(std::uint64_t gpus, Duration length, Instant not_before) const {
  const auto needed = static_cast<std::int64_t>(gpus);
  const auto begin = std::lower_bound(steps_.begin(), steps_.end(), not_before,
                                      [](const Step& step, Instant at) { return step.from < at; });
  auto first = static_cast<std::size_t>(begin - steps_.begin());
  for (std::size_t i = first; i < steps_.size(); ++i) {
    if (i > first && steps_[first].from + length <= steps_[i].from) break;
    if (steps_[i].free < needed) first = i + 1;
  }
  return first < steps_.size() ? steps_[first].from : kNever;
}

std::size_t CountProfile::split(Instant at) {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), at,
                                      [](Instant x, const Step& step) { return x < step.from; });
  const auto index = static_cast<std::size_t>(after - steps_.begin());
  if (index > 0 && steps_[index - 1].from == at) return index - 1;
  steps_.insert(after, {at, steps_[index - 1].free});
  return index;
}

void CountProfile::take(Instant from, Instant until, std::uint64_t gpus) {
  const std::size_t first = split(from);
  const std::size_t last = split(until);
  for (std::size_t i = first; i < last; ++i) steps_[i].free -= static_cast<std::int64_t>(gpus);
}

}  // namespace stargate::placement
