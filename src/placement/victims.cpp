#include "placement/victims.h"

#include <algorithm>
#include <map>

#include "placement/place_job.h"

namespace stargate::placement {
namespace {

/// Stopping `held` would give the waiting job nothing: its nodes are kept for others, or none of its GPUs
/// is ours to use.
bool is_out_of_reach(const Scheduling& scheduling, const Queue& queue, const Job& job,
                     const Job& held, Instant at) {
  bool gives_nothing = false;
  queue.give_back(held.ranges.span(),
                  [&](std::span<const NodeRange> ranges) { gives_nothing = ranges.empty(); });
  if (gives_nothing) return true;
  return !scheduling.reservations.empty() &&
         touches_reserved(scheduling, queue, job.tenant, at, estimated_end_if_started(job, at),
                          held.ranges.span());
}

/// The fleet as the waiting job sees it, with what is already stopping given back.
FleetIndex fleet_after_stops(const Scheduling& scheduling, const Queue& queue, const Job& job,
                             Instant at) {
  FleetIndex fleet = scheduling.has_reservations(queue.id)
                         ? fleet_without_reserved(scheduling, queue, job.tenant, at,
                                                  estimated_end_if_started(job, at))
                         : queue.fleet;
  if (queue.stopping == 0) return fleet;
  queue.held.for_each([&](const EndKey&, const HeldItem& item) {
    const Job& held = scheduling.jobs[item.slot];
    if (held.phase == Phase::kStopping && !is_out_of_reach(scheduling, queue, job, held, at)) {
      queue.give_back_on(fleet, held.ranges.span());
    }
    return true;
  });
  return fleet;
}

void sort_by_loss(const Scheduling& scheduling, std::vector<std::uint32_t>& slots, Instant at) {
  std::sort(slots.begin(), slots.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Job& x = scheduling.jobs[a];
    const Job& y = scheduling.jobs[b];
    const Int128 lost_x = x.lost_gpu_us(at);
    const Int128 lost_y = y.lost_gpu_us(at);
    if (lost_x != lost_y) return lost_x < lost_y;
    if (x.assigned != y.assigned) return y.assigned < x.assigned;
    return y.id < x.id;
  });
}

/// GPUs of each tenant that are on their way back, or would be.
class Returning {
 public:
  void add(const Job& held) { gpus_[held.tenant.value] += held.held_gpus; }
  /// Its tenant holds more than its guaranteed share without them.
  bool still_borrows(const Tenants& tenants, const Job& held) {
    const Tenant& tenant = tenants[held.tenant];
    return tenant.own_held_gpus - gpus_[held.tenant.value] > tenant.guaranteed_gpus;
  }

 private:
  std::map<std::uint32_t, std::uint64_t> gpus_;
};

/// Gives back victims until the job fits, then takes again those that it does not need.
template <class MayStop, class Enough>
StopPlan choose(const Scheduling& scheduling, const Queue& queue, FleetIndex& fleet,
                const std::vector<std::uint32_t>& candidates, MayStop may_stop, Enough enough) {
  StopPlan plan;
  for (std::uint32_t slot : candidates) {
    if (enough(plan.victims)) break;
    if (!may_stop(slot)) continue;
    queue.give_back_on(fleet, scheduling.jobs[slot].ranges.span());
    plan.victims.push_back(slot);
  }
  if (!enough(plan.victims)) return {};
  for (std::size_t i = plan.victims.size(); i-- > 0;) {
    std::vector<std::uint32_t> fewer = plan.victims;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    const auto ranges = scheduling.jobs[plan.victims[i]].ranges.span();
    queue.take_again_on(fleet, ranges);
    if (enough(fewer)) {
      plan.victims = std::move(fewer);
    } else {
      queue.give_back_on(fleet, ranges);
    }
  }
  return plan;
}

}  // namespace

std::vector<std::uint32_t> plan_licence(const Scheduling& scheduling, const UnitsLimit& limit,
                                        Instant at) {
  const Market& market = scheduling.market;
  std::uint64_t held = 0;
  for (const QueueId queue : limit.queues) {
    for (std::uint32_t use = 0; use < kUseCount; ++use) {
      if (includes(limit.uses, static_cast<Use>(use))) {
        held += market.places[queue.value].held_gpus[use];
      }
    }
  }
  if (held <= limit.max_gpus) return {};
  std::vector<std::uint32_t> candidates;
  for (const QueueId queue : limit.queues) {
    scheduling.queues[queue.value].held.for_each([&](const EndKey&, const HeldItem& item) {
      const Job& job = scheduling.jobs[item.slot];
      if (!includes(limit.uses, market.book.workloads()[job.workload.value].use)) return true;
      if (job.phase == Phase::kStopping) {
        held -= item.gpus;
      } else {
        candidates.push_back(item.slot);
      }
      return true;
    });
  }
  sort_by_loss(scheduling, candidates, at);
  std::vector<std::uint32_t> victims;
  for (const std::uint32_t slot : candidates) {
    if (held <= limit.max_gpus) break;
    held -= scheduling.jobs[slot].held_gpus;
    victims.push_back(slot);
  }
  for (std::size_t i = victims.size(); i-- > 0;) {
    const std::uint64_t with = held + scheduling.jobs[victims[i]].held_gpus;
    if (with > limit.max_gpus) continue;
    held = with;
    victims.erase(victims.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return victims;
}

StopPlan plan_preemption(const Scheduling& scheduling, const Queue& queue, const Job& job,
                         Instant at) {
  const Request& request = scheduling.requests[job.request.value];
  const Int128 key = queue.order->key(job, at);
  const Tenants& tenants = scheduling.tenants;
  const bool minds_guarantees =
      tenants.has_quotas() && !tenants.within_guarantee(job.tenant, job.gpus);
  Returning returning;
  for (const Queue& other : scheduling.queues) {
    if (!minds_guarantees || other.stopping == 0) continue;
    other.held.for_each([&](const EndKey&, const HeldItem& item) {
      const Job& held = scheduling.jobs[item.slot];
      if (held.phase == Phase::kStopping) returning.add(held);
      return true;
    });
  }
  std::vector<std::uint32_t> candidates;
  std::uint64_t held_gpus = 0;
  queue.held.for_each([&](const EndKey&, const HeldItem& item) {
    const Job& held = scheduling.jobs[item.slot];
    if (held.phase != Phase::kStopping && key < queue.order->key(held, at) &&
        !is_out_of_reach(scheduling, queue, job, held, at)) {
      candidates.push_back(item.slot);
      held_gpus += item.gpus;
    }
    return true;
  });
  if (candidates.empty() && queue.stopping == 0) return {};
  FleetIndex fleet = fleet_after_stops(scheduling, queue, job, at);
  const auto fits = [&](const std::vector<std::uint32_t>&) {
    return fleet.fits(request, queue.policy.place);
  };
  if (fits({})) return {.wait = true, .victims = {}};
  if (fleet.free_gpus() + held_gpus < job.gpus && queue.unhealthy_nodes == 0) return {};
  sort_by_loss(scheduling, candidates, at);
  const auto may_stop = [&](std::uint32_t slot) {
    if (!minds_guarantees) return true;
    const Job& held = scheduling.jobs[slot];
    const bool is_others = tenants[held.tenant].cohort != 0 && held.tenant != job.tenant;
    if (is_others && !returning.still_borrows(tenants, held)) return false;
    returning.add(held);
    return true;
  };
  return choose(scheduling, queue, fleet, candidates, may_stop, fits);
}

StopPlan plan_reclaim(const Scheduling& scheduling, const Queue& queue, const Job& job,
                      Instant at) {
  const Request& request = scheduling.requests[job.request.value];
  const std::uint32_t cohort = scheduling.tenants[job.tenant].cohort;
  Returning returning;
  std::uint64_t cohort_returning = 0;
  std::vector<std::uint32_t> candidates;
  for (const Queue& other : scheduling.queues) {
    other.held.for_each([&](const EndKey&, const HeldItem& item) {
      const Job& held = scheduling.jobs[item.slot];
      if (scheduling.tenants[held.tenant].cohort != cohort) return true;
      if (held.phase == Phase::kStopping) {
        returning.add(held);
        cohort_returning += held.held_gpus;
      } else if (other.id == queue.id && scheduling.tenants.borrows(held.tenant) &&
                 !is_out_of_reach(scheduling, queue, job, held, at)) {
        candidates.push_back(item.slot);
      }
      return true;
    });
  }
  FleetIndex fleet = fleet_after_stops(scheduling, queue, job, at);
  const auto enough = [&](const std::vector<std::uint32_t>& victims) {
    std::uint64_t back = cohort_returning;
    for (std::uint32_t slot : victims) back += scheduling.jobs[slot].held_gpus;
    return scheduling.tenants.cohort_allows(cohort, job.gpus, back) &&
           fleet.fits(request, queue.policy.place);
  };
  if (enough({})) return {.wait = true, .victims = {}};
  sort_by_loss(scheduling, candidates, at);
  const auto may_stop = [&](std::uint32_t slot) {
    const Job& held = scheduling.jobs[slot];
    if (!returning.still_borrows(scheduling.tenants, held)) return false;
    returning.add(held);
    return true;
  };
  return choose(scheduling, queue, fleet, candidates, may_stop, enough);
}

}  // namespace stargate::placement
