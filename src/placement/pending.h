#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/time.h"
#include "base/wide.h"
#include "placement/ordered_tree.h"

namespace stargate::placement {

/// A place in a queue: by `primary`, then in order of submission.
struct QueueKey {
  Int128 primary = 0;
  std::uint64_t submission = 0;

  friend bool operator<(const QueueKey& a, const QueueKey& b) {
    return a.primary != b.primary ? a.primary < b.primary : a.submission < b.submission;
  }
  friend bool operator==(const QueueKey& a, const QueueKey& b) {
    return a.primary == b.primary && a.submission == b.submission;
  }
};

/// Jobs with equal requests are of one class, so that what is known of one is known of all. The
/// first kOwnClasses distinct requests have a class each, the rest share the others by size.
inline constexpr std::uint32_t kOwnClasses = 24;
inline constexpr std::uint32_t kClasses = 32;

constexpr std::uint32_t shared_class(std::uint32_t gpus) {
  const auto log2 = static_cast<std::uint32_t>(std::bit_width(gpus | 1U)) - 1;
  return kOwnClasses + std::min<std::uint32_t>(log2 / 2, kClasses - kOwnClasses - 1);
}

/// Estimates in a summary are rounded down to 2^20 us and saturate: a bound, never the decision.
constexpr std::int32_t coarse_estimate(Duration estimate) {
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(estimate.us >> 20, std::numeric_limits<std::int32_t>::max() - 1));
}

struct PendingItem {
  Duration estimate;  ///< what is left of it
  std::uint32_t slot = 0;
  std::uint32_t gpus = 0;
  std::uint32_t request_class = 0;
};

/// The shortest estimate of each class below a node of the tree.
struct PendingSummary {
  static constexpr std::int32_t kNothing = std::numeric_limits<std::int32_t>::max();

  std::array<std::int32_t, kClasses> shortest;

  PendingSummary() { shortest.fill(kNothing); }
  void add(const PendingItem& item) {
    std::int32_t& value = shortest[item.request_class];
    value = std::min(value, coarse_estimate(item.estimate));
  }
  void add(const PendingSummary& other) {
    for (std::size_t i = 0; i < kClasses; ++i) {
      shortest[i] = std::min(shortest[i], other.shortest[i]);
    }
  }
  bool remove(const PendingItem& item) const {
    return shortest[item.request_class] < coarse_estimate(item.estimate);
  }
  void forget_like(const PendingItem& item) { shortest[item.request_class] = kNothing; }
  void add_like(const PendingItem& item, const PendingItem& left) {
    if (left.request_class == item.request_class) add(left);
  }
  void add_like(const PendingItem& item, const PendingSummary& left) {
    std::int32_t& value = shortest[item.request_class];
    value = std::min(value, left.shortest[item.request_class]);
  }
  /// Some class has an estimate not above its limit. A limit below zero admits none of its class.
  /// Only the first `classes` own classes are looked at, and the shared ones if all those are in use.
  bool any_within(const std::array<std::int32_t, kClasses>& limit, std::uint32_t classes) const {
    static_assert(kOwnClasses % 8 == 0 && kClasses - kOwnClasses == 8);
    const std::uint32_t end = classes == kOwnClasses ? kClasses : (classes + 7) / 8 * 8;
    // Eight at a time; below zero where one is within its limit. Neither can overflow: estimates are
    // at least 0, limits at least -1.
    std::array<std::int32_t, 8> above{};
    for (std::uint32_t first = 0; first < end; first += 8) {
      for (std::uint32_t i = 0; i < 8; ++i)
        above[i] |= shortest[first + i] - (limit[first + i] + 1);
    }
    std::int32_t any = 0;
    for (const std::int32_t value : above) any |= value;
    return any < 0;
  }
};

using PendingTree = OrderedTree<QueueKey, PendingItem, PendingSummary>;

/// A held allocation, by when its estimate runs out.
struct EndKey {
  Instant end;
  JobId job;

  friend bool operator<(const EndKey& a, const EndKey& b) {
    return a.end != b.end ? a.end < b.end : a.job < b.job;
  }
};
struct HeldItem {
  std::uint32_t slot = 0;
  std::uint32_t gpus = 0;
};
struct HeldSummary {
  std::uint64_t gpus = 0;
  std::uint64_t jobs = 0;

  void add(const HeldItem& item) {
    gpus += item.gpus;
    ++jobs;
  }
  void add(const HeldSummary& other) {
    gpus += other.gpus;
    jobs += other.jobs;
  }
  bool remove(const HeldItem& item) {
    gpus -= item.gpus;
    --jobs;
    return true;
  }
  void forget_like(const HeldItem&) {}
  void add_like(const HeldItem&, const HeldItem&) {}
  void add_like(const HeldItem&, const HeldSummary&) {}
};

using HeldTree = OrderedTree<EndKey, HeldItem, HeldSummary>;

}  // namespace stargate::placement
