#include "placement/tenants.h"

#include <algorithm>

#include "base/check.h"

namespace stargate::placement {
namespace {

// floor(2^64 * 2^(-1/64)).
constexpr std::uint64_t kDecayFactor = 0xfd3e0c0cf486c174ULL;

UInt128 decayed(UInt128 use) {
  const auto low = static_cast<std::uint64_t>(use);
  const auto high = static_cast<std::uint64_t>(use >> 64);
  return UInt128{high} * kDecayFactor + ((UInt128{low} * kDecayFactor) >> 64);
}

}  // namespace

void Tenants::add(TenantId id, const Tenant& tenant) {
  STARGATE_CHECK(id.value == tenants_.size(), "tenants are numbered in order");
  STARGATE_CHECK(tenant.parent.value < id.value, "a tenant's parent comes before it");
  tenants_.push_back(tenant);
  if (tenant.cohort == 0) return;
  has_quotas_ = true;
  if (tenant.cohort >= cohort_held_.size()) {
    cohort_held_.resize(tenant.cohort + 1);
    cohort_guaranteed_.resize(tenant.cohort + 1);
  }
  cohort_guaranteed_[tenant.cohort] += tenant.guaranteed_gpus;
}

void Tenants::hold(TenantId id, std::uint64_t gpus, Instant at) {
  tenants_[id.value].own_held_gpus += gpus;
  if (const std::uint32_t cohort = tenants_[id.value].cohort) cohort_held_[cohort] += gpus;
  for (TenantId up = id;; up = tenants_[up.value].parent) {
    Tenant& tenant = tenants_[up.value];
    tenant.used = tenant.used_at(at);
    tenant.settled = at;
    tenant.held_gpus += gpus;
    if (up.value == 0) break;
  }
}

void Tenants::restore_held(TenantId id, std::uint64_t gpus) {
  tenants_[id.value].own_held_gpus += gpus;
  if (const std::uint32_t cohort = tenants_[id.value].cohort) cohort_held_[cohort] += gpus;
  for (TenantId up = id;; up = tenants_[up.value].parent) {
    tenants_[up.value].held_gpus += gpus;
    if (up.value == 0) break;
  }
}

void Tenants::release(TenantId id, std::uint64_t gpus, Instant at) {
  tenants_[id.value].own_held_gpus -= gpus;
  if (const std::uint32_t cohort = tenants_[id.value].cohort) cohort_held_[cohort] -= gpus;
  for (TenantId up = id;; up = tenants_[up.value].parent) {
    Tenant& tenant = tenants_[up.value];
    tenant.used = tenant.used_at(at);
    tenant.settled = at;
    tenant.held_gpus -= gpus;
    if (up.value == 0) break;
  }
}

void Tenants::set_half_life(Duration half_life, Instant at) {
  half_life_ = half_life;
  next_decay_ = half_life.us <= 0 ? kNever : at + Duration{half_life.us / kDecaySteps};
}

void Tenants::decay() {
  for (Tenant& tenant : tenants_) {
    tenant.used = tenant.used_at(next_decay_);
    tenant.settled = next_decay_;
    tenant.used.gpu_us = static_cast<Int128>(decayed(static_cast<UInt128>(tenant.used.gpu_us)));
  }
  next_decay_ = next_decay_ + Duration{half_life_.us / kDecaySteps};
}

Reason Tenants::may_hold(TenantId id, std::uint64_t gpus) const {
  const Tenant& tenant = tenants_[id.value];
  if (tenant.cohort == 0) return Reason::kNone;
  if (tenant.own_held_gpus + gpus > tenant.guaranteed_gpus + tenant.borrow_gpus_max) {
    return Reason::kQuotaUsed;
  }
  if (cohort_held_[tenant.cohort] + gpus > cohort_guaranteed_[tenant.cohort]) {
    return Reason::kCohortUsed;
  }
  return Reason::kNone;
}

bool Tenants::may_ever_hold(TenantId id, std::uint64_t gpus) const {
  const Tenant& tenant = tenants_[id.value];
  return tenant.cohort == 0 || (gpus <= tenant.guaranteed_gpus + tenant.borrow_gpus_max &&
                                gpus <= cohort_guaranteed_[tenant.cohort]);
}

bool Tenants::within_guarantee(TenantId id, std::uint64_t gpus) const {
  const Tenant& tenant = tenants_[id.value];
  return tenant.cohort != 0 && tenant.own_held_gpus + gpus <= tenant.guaranteed_gpus;
}

bool Tenants::leaves_room(TenantId id, std::uint64_t gpus, TenantId other,
                          std::uint64_t other_gpus) const {
  const Tenant& tenant = tenants_[id.value];
  if (tenant.cohort == 0 || tenant.cohort != tenants_[other.value].cohort) return true;
  const std::uint64_t both = gpus + other_gpus;
  const std::uint64_t gpus_max = tenant.guaranteed_gpus + tenant.borrow_gpus_max;
  if (id == other && tenant.own_held_gpus + both > gpus_max) return false;
  return within_guarantee(id, gpus) || cohort_allows(tenant.cohort, both, 0);
}

bool Tenants::borrows(TenantId id) const {
  const Tenant& tenant = tenants_[id.value];
  return tenant.cohort != 0 && tenant.own_held_gpus > tenant.guaranteed_gpus;
}

std::vector<TenantId> Tenants::fair_order(Instant at) const {
  // A tenant's children are sorted together; walking them depth first gives the order.
  std::vector<std::vector<std::uint32_t>> children(tenants_.size());
  for (std::uint32_t i = 1; i < tenants_.size(); ++i) {
    children[tenants_[i].parent.value].push_back(i);
  }
  std::vector<GpuTime> used(tenants_.size());
  for (std::uint32_t i = 0; i < tenants_.size(); ++i) used[i] = tenants_[i].used_at(at);
  const auto uses_less = [&](std::uint32_t a, std::uint32_t b) {
    // used/weight is compared by whole quotients, then by the remainders: no product overflows.
    const Int128 weight_a = tenants_[a].weight;
    const Int128 weight_b = tenants_[b].weight;
    const Int128 whole_a = used[a].gpu_us / weight_a;
    const Int128 whole_b = used[b].gpu_us / weight_b;
    if (whole_a != whole_b) return whole_a < whole_b;
    const Int128 left = used[a].gpu_us % weight_a * weight_b;
    const Int128 right = used[b].gpu_us % weight_b * weight_a;
    return left != right ? left < right : a < b;
  };
  std::vector<TenantId> order;
  order.reserve(tenants_.size());
  std::vector<std::uint32_t> stack{0};
  while (!stack.empty()) {
    const std::uint32_t tenant = stack.back();
    stack.pop_back();
    order.push_back({tenant});
    auto& below = children[tenant];
    std::sort(below.begin(), below.end(), uses_less);
    stack.insert(stack.end(), below.rbegin(), below.rend());
  }
  return order;
}

}  // namespace stargate::placement
