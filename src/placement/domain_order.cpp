#include "placement/domain_order.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace stargate::placement {
namespace {

constexpr std::uint32_t kScanMax = 32;

std::uint64_t key_of(std::uint32_t value, std::uint32_t domain) {
  return std::uint64_t{value} << 32 | domain;
}
std::uint32_t value_of(std::uint64_t key) { return static_cast<std::uint32_t>(key >> 32); }
std::uint32_t domain_of(std::uint64_t key) { return static_cast<std::uint32_t>(key); }

}  // namespace

DomainOrder::DomainOrder(std::vector<std::uint32_t> values, std::uint32_t value_max,
                         std::uint64_t bits_max)
    : values_(std::move(values)), value_max_(value_max) {
  const auto count = static_cast<std::uint32_t>(values_.size());
  if (count <= kScanMax) return;
  if (std::uint64_t{count} * (std::uint64_t{value_max} + 1) <= bits_max) {
    mode_ = Mode::kBuckets;
    buckets_ = BucketBits(count, value_max + 1);
    filled_ = Bitmap(value_max + 1);
    for (std::uint32_t domain = 0; domain < count; ++domain) {
      const std::uint32_t value = values_[domain];
      if (value != 0 && buckets_.insert(value, domain, 1)) filled_.insert(value);
    }
    return;
  }
  mode_ = Mode::kSorted;
  for (std::uint32_t domain = 0; domain < count; ++domain) {
    sorted_.push_back(key_of(values_[domain], domain));
  }
  std::sort(sorted_.begin(), sorted_.end());
}

void DomainOrder::set(std::uint32_t domain, std::uint32_t value) {
  const std::uint32_t before = values_[domain];
  if (before == value) return;
  STARGATE_CHECK(value <= value_max_, "a domain holds no more than its nodes");
  values_[domain] = value;
  if (mode_ == Mode::kBuckets) {
    if (before != 0 && buckets_.erase(before, domain, 1)) filled_.erase(before);
    if (value != 0 && buckets_.insert(value, domain, 1)) filled_.insert(value);
  } else if (mode_ == Mode::kSorted) {
    const auto from = std::lower_bound(sorted_.begin(), sorted_.end(), key_of(before, domain));
    const auto to = std::lower_bound(sorted_.begin(), sorted_.end(), key_of(value, domain));
    if (from < to) {
      std::move(from + 1, to, from);
      *(to - 1) = key_of(value, domain);
    } else {
      std::move_backward(to, from, from + 1);
      *to = key_of(value, domain);
    }
  }
}

std::optional<DomainOrder::Entry> DomainOrder::up(Entry from, std::uint32_t lo,
                                                  std::uint32_t hi) const {
  if (scans(lo, hi)) {
    std::uint64_t best = ~std::uint64_t{0};
    const std::uint64_t least = key_of(from.value, from.domain);
    for (std::uint32_t domain = lo; domain < hi; ++domain) {
      const std::uint64_t key = key_of(values_[domain], domain);
      if (key >= least && key < best) best = key;
    }
    if (best == ~std::uint64_t{0}) return std::nullopt;
    return Entry{value_of(best), domain_of(best)};
  }
  if (mode_ == Mode::kBuckets) {
    std::uint32_t start = std::max(lo, from.domain);
    std::uint32_t value = from.value;
    while (true) {
      const std::uint32_t filled = filled_.next(value, value_max_ + 1);
      if (filled == kNone) return std::nullopt;
      if (filled != from.value) start = lo;
      const std::uint32_t domain = buckets_.next(filled, start, hi);
      if (domain != kNone) return Entry{filled, domain};
      value = filled + 1;
    }
  }
  auto at = std::lower_bound(sorted_.begin(), sorted_.end(), key_of(from.value, from.domain));
  for (; at != sorted_.end(); ++at) {
    const std::uint32_t domain = domain_of(*at);
    if (domain >= lo && domain < hi) return Entry{value_of(*at), domain};
  }
  return std::nullopt;
}

std::optional<DomainOrder::Entry> DomainOrder::down(Entry from, std::uint32_t lo,
                                                    std::uint32_t hi) const {
  if (scans(lo, hi)) {
    Entry best{0, kNone};
    for (std::uint32_t domain = lo; domain < hi; ++domain) {
      const std::uint32_t value = values_[domain];
      if (value > from.value || (value == from.value && domain < from.domain)) continue;
      if (value > best.value) best = {value, domain};
    }
    if (best.value == 0) return std::nullopt;
    return best;
  }
  if (mode_ == Mode::kBuckets) {
    for (std::uint32_t value = filled_.previous(std::min(from.value, value_max_)); value != kNone;
         value = filled_.previous(value - 1)) {
      const std::uint32_t start = value == from.value ? std::max(lo, from.domain) : lo;
      const std::uint32_t domain = buckets_.next(value, start, hi);
      if (domain != kNone) return Entry{value, domain};
    }
    return std::nullopt;
  }
  std::uint32_t start = from.domain;
  std::uint32_t value = from.value;
  auto at = std::lower_bound(sorted_.begin(), sorted_.end(), key_of(value, start));
  while (value > 0) {
    for (; at != sorted_.end() && value_of(*at) == value; ++at) {
      const std::uint32_t domain = domain_of(*at);
      if (domain >= lo && domain < hi) return Entry{value, domain};
    }
    at = std::lower_bound(sorted_.begin(), sorted_.end(), key_of(value, 0));
    if (at == sorted_.begin()) return std::nullopt;
    value = value_of(*(at - 1));
    at = std::lower_bound(sorted_.begin(), at, key_of(value, 0));
  }
  return std::nullopt;
}

std::uint32_t DomainOrder::lowest(std::uint32_t value, std::uint32_t lo, std::uint32_t hi) const {
  if (scans(lo, hi) || mode_ == Mode::kSorted) {
    for (std::uint32_t domain = lo; domain < hi; ++domain) {
      if (values_[domain] >= value) return domain;
    }
    return kNone;
  }
  std::uint32_t best = kNone;
  std::uint32_t end = hi;
  for (std::uint32_t at = filled_.next(value, value_max_ + 1); at != kNone;
       at = filled_.next(at + 1, value_max_ + 1)) {
    const std::uint32_t domain = buckets_.next(at, lo, end);
    if (domain != kNone) best = end = domain;
  }
  return best;
}

}  // namespace stargate::placement
