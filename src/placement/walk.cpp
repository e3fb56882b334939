#include "placement/walk.h"

namespace stargate::placement {

Walk::Walk(const Scheduling& scheduling, const Queue& queue, Instant at) : queue_(queue) {
  if (queue.order->by_tenant && queue.pending_jobs > 0) fair_ = scheduling.tenants.fair_order(at);
}

void Walk::block(TenantId tenant) {
  if (tenant.value >= blocked_.size()) blocked_.resize(tenant.value + 1);
  blocked_[tenant.value] = true;
}

void Walk::hold_back(TenantId tenant) {
  block(tenant);
  held_back_.push_back(tenant);
}

void Walk::let_go() {
  for (TenantId tenant : held_back_) blocked_[tenant.value] = false;
  held_back_.clear();
}

bool Walk::guarantee_is_awaited(const Scheduling& scheduling, TenantId tenant) const {
  const std::uint32_t cohort = scheduling.tenants[tenant].cohort;
  for (std::uint32_t other = 0; other < queue_.pending.size(); ++other) {
    if (other == tenant.value || scheduling.tenants[{other}].cohort != cohort) continue;
    const PendingTree* tree = tree_of(queue_.pending, {other});
    if (tree == nullptr) continue;
    if (scheduling.tenants.within_guarantee({other}, tree->first()->item.gpus)) return true;
  }
  return false;
}

std::optional<Walk::Position> Walk::first() const {
  if (!queue_.by_tenant) {
    if (queue_.pending.empty()) return std::nullopt;
    const auto found = queue_.pending[0].first();
    if (!found) return std::nullopt;
    return Position{found->key, found->item.slot, 0};
  }
  ClassLimits limits;
  limits.fill(kNoLimit);
  return next(BackfillOrder::kQueue, nullptr, limits, [](std::uint32_t) { return true; });
}

}  // namespace stargate::placement
