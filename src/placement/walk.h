#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "placement/scheduling.h"

namespace stargate::placement {

/// The largest estimate that each class of requests may have, in the units of coarse_estimate().
using ClassLimits = std::array<std::int32_t, kClasses>;
inline constexpr std::int32_t kNoLimit = PendingSummary::kNothing - 1;
inline constexpr std::int32_t kNoneOfClass = -1;

/// The waiting jobs of one queue in order, at one instant. A tenant can be blocked: its jobs are
/// then left out. Finding the next job costs O(log jobs), times the tenants where they queue apart.
class Walk {
 public:
  struct Position {
    QueueKey key;
    std::uint32_t slot = 0;
    std::uint32_t rank = 0;  ///< of the tenant, where tenants go one after the other
  };

  Walk(const Scheduling& scheduling, const Queue& queue, Instant at);

  void block(TenantId tenant);
  bool is_blocked(TenantId tenant) const {
    return tenant.value < blocked_.size() && blocked_[tenant.value];
  }

  /// As block(), until let_go() is called.
  void hold_back(TenantId tenant);
  void let_go();

  /// Another of the tenant's cohort, who is not blocked, waits first for GPUs of its guaranteed
  /// share. O(tenants). REQUIRES: tenants queue apart.
  bool guarantee_is_awaited(const Scheduling& scheduling, TenantId tenant) const;

  /// The first job in queue order.
  std::optional<Position> first() const;

  /// The first job after `after` (from the start where it is null), in queue order or by estimate,
  /// that is within the limits of its class and for which accepts(slot) is true.
  template <class Accepts>
  std::optional<Position> next(BackfillOrder order, const Position* after,
                               const ClassLimits& limits, Accepts accepts) const {
    const bool shortest = order == BackfillOrder::kShortest;
    const std::vector<PendingTree>& trees = shortest ? queue_.by_estimate : queue_.pending;
    const auto classes = static_cast<std::uint32_t>(queue_.own_classes.size());
    const auto may_hold = [&](const PendingSummary& sum) {
      return sum.any_within(limits, classes);
    };
    const auto fits = [&](const QueueKey&, const PendingItem& item) {
      return coarse_estimate(item.estimate) <= limits[item.request_class] && accepts(item.slot);
    };
    if (!queue_.by_tenant) {
      if (trees.empty()) return std::nullopt;
      const auto found =
          trees[0].find_first(after == nullptr ? nullptr : &after->key, may_hold, fits);
      if (!found) return std::nullopt;
      return Position{found->key, found->item.slot, 0};
    }
    if (queue_.order->by_tenant && !shortest) {
      for (std::uint32_t rank = after == nullptr ? 0 : after->rank; rank < fair_.size(); ++rank) {
        const PendingTree* tree = tree_of(trees, fair_[rank]);
        if (tree == nullptr) continue;
        const bool same = after != nullptr && rank == after->rank;
        const auto found = tree->find_first(same ? &after->key : nullptr, may_hold, fits);
        if (found) return Position{found->key, found->item.slot, rank};
      }
      return std::nullopt;
    }
    return next_of_all(trees, after, limits, may_hold, accepts);
  }

 private:
  struct Head {
    QueueKey key;
    PendingItem item;
    std::uint32_t tenant;
    /// The smallest key is on top of the heap.
    friend bool operator<(const Head& a, const Head& b) { return b.key < a.key; }
  };

  /// Over the trees of all tenants: `accepts` is asked about one job after the other in order, and
  /// about none after the one that it takes. O(tenants) and O(log n) for each job that it refuses.
  template <class MayHold, class Accepts>
  std::optional<Position> next_of_all(const std::vector<PendingTree>& trees, const Position* after,
                                      const ClassLimits& limits, const MayHold& may_hold,
                                      Accepts& accepts) const {
    const auto within = [&](const QueueKey&, const PendingItem& item) {
      return coarse_estimate(item.estimate) <= limits[item.request_class];
    };
    std::vector<Head> heads;
    const auto add = [&](std::uint32_t tenant, const QueueKey* behind) {
      const PendingTree* tree = tree_of(trees, {tenant});
      if (tree == nullptr) return;
      const auto found = tree->find_first(behind, may_hold, within);
      if (!found) return;
      heads.push_back({found->key, found->item, tenant});
      std::push_heap(heads.begin(), heads.end());
    };
    for (std::uint32_t tenant = 0; tenant < trees.size(); ++tenant) {
      add(tenant, after == nullptr ? nullptr : &after->key);
    }
    while (!heads.empty()) {
      std::pop_heap(heads.begin(), heads.end());
      const Head head = heads.back();
      heads.pop_back();
      // A refusal may have blocked the tenant or narrowed the limits since.
      if (is_blocked({head.tenant})) continue;
      if (within(head.key, head.item) && accepts(head.item.slot)) {
        return Position{head.key, head.item.slot, 0};
      }
      add(head.tenant, &head.key);
    }
    return std::nullopt;
  }

  const PendingTree* tree_of(const std::vector<PendingTree>& trees, TenantId tenant) const {
    if (tenant.value >= trees.size() || trees[tenant.value].empty()) return nullptr;
    return is_blocked(tenant) ? nullptr : &trees[tenant.value];
  }

  const Queue& queue_;
  std::vector<TenantId> fair_;
  std::vector<bool> blocked_;
  std::vector<TenantId> held_back_;
};

}  // namespace stargate::placement
