#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/quantity.h"
#include "base/time.h"
#include "model/reason.h"

namespace stargate::placement {

/// A node of the tree of tenants, with what it and all below it hold and have used.
struct Tenant {
  TenantId parent;
  std::uint64_t weight = 1;
  std::uint32_t cohort = 0;  ///< 0: no quota
  std::uint64_t guaranteed_gpus = 0;
  std::uint64_t borrow_gpus_max = 0;
  std::uint64_t held_gpus = 0;  ///< by its own jobs and all below it
  std::uint64_t own_held_gpus = 0;
  GpuTime used;  ///< decayed, up to `settled`
  Instant settled;

  GpuTime used_at(Instant at) const {
    return used + GpuTime{Int128{(at - settled).us} * static_cast<Int128>(held_gpus)};
  }
};

/// Tenants, their quotas and their past use.
///
/// Use decays in kDecaySteps equal steps a half-life, each a multiplication by 2^(-1/64) in 64-bit
/// fixed point. Between two steps use accrues exactly. A step is short by less than one GPU us and
/// the factor by less than 2^-64 of its value, so the decayed use of a tenant is below its exact
/// stepwise value by less than 93 GPU us plus 2^-57 of it, however long it runs.
class Tenants {
 public:
  static constexpr std::int64_t kDecaySteps = 64;

  Tenants() { tenants_.resize(1); }

  std::size_t size() const { return tenants_.size(); }
  const Tenant& operator[](TenantId id) const { return tenants_[id.value]; }
  Tenant& operator[](TenantId id) { return tenants_[id.value]; }

  /// REQUIRES: ids are given out in order, and the parent exists.
  void add(TenantId id, const Tenant& tenant);
  void hold(TenantId id, std::uint64_t gpus, Instant at);
  void release(TenantId id, std::uint64_t gpus, Instant at);

  void set_half_life(Duration half_life, Instant at);
  Duration half_life() const { return half_life_; }
  Instant next_decay() const { return next_decay_; }
  /// One step, at next_decay().
  void decay();

  /// Whether the tenant may hold so many GPUs more, and if not, why.
  Reason may_hold(TenantId id, std::uint64_t gpus) const;
  /// Whether it ever may, with nothing else held.
  bool may_ever_hold(TenantId id, std::uint64_t gpus) const;
  /// With so many GPUs more it stays within its guaranteed share.
  bool within_guarantee(TenantId id, std::uint64_t gpus) const;
  /// With so many GPUs more it holds some of what its cohort guarantees to others.
  bool would_borrow(TenantId id, std::uint64_t gpus) const {
    return tenants_[id.value].cohort != 0 && !within_guarantee(id, gpus);
  }
  /// With so many GPUs more it does not take what `other`, who waits for `other_gpus`, may hold now
  /// or may reclaim: neither of their own tenant's share nor, by borrowing, of their cohort's.
  bool leaves_room(TenantId id, std::uint64_t gpus, TenantId other, std::uint64_t other_gpus) const;
  /// The cohort has room for so many GPUs more once `returning` of those held are back.
  bool cohort_allows(std::uint32_t cohort, std::uint64_t gpus, std::uint64_t returning) const {
    return cohort_held_[cohort] - returning + gpus <= cohort_guaranteed_[cohort];
  }
  /// It holds more than its guaranteed share.
  bool borrows(TenantId id) const;
  bool has_quotas() const { return has_quotas_; }

  /// Tenants without children and those that submit, in the order of fair share at an instant: from
  /// the root down, siblings by used/weight ascending, ties by id; a tenant before its children.
  std::vector<TenantId> fair_order(Instant at) const;

 private:
  std::vector<Tenant> tenants_;
  std::vector<std::uint64_t> cohort_guaranteed_;
  std::vector<std::uint64_t> cohort_held_;
  Duration half_life_;
  Instant next_decay_ = kNever;
  bool has_quotas_ = false;

 public:
  void restore_decay(Duration half_life, Instant next) {
    half_life_ = half_life;
    next_decay_ = next;
  }
  /// As hold(), without settling past use.
  void restore_held(TenantId id, std::uint64_t gpus);
};

}  // namespace stargate::placement
