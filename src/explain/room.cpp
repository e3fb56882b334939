#include "explain/room.h"

#include <algorithm>

namespace stargate::explain {
namespace {

using placement::FleetIndex;
using placement::Job;
using placement::Market;
using placement::Queue;
using placement::Scheduling;

/// Frees what is absent holds of the queue, or what all others hold.
void free_jobs(const Scheduling& scheduling, const Queue& queue, const Absent& absent, bool own,
               FleetIndex& fleet) {
  scheduling.jobs.for_each([&](std::uint32_t slot) {
    const Job& job = scheduling.jobs[slot];
    if (job.queue == queue.id && job.holds_gpus() && absent.includes(job) == own) {
      queue.give_back_on(fleet, job.ranges.span());
    }
  });
}

bool fits(FleetIndex& fleet, const Request& request, const Queue& queue) {
  fleet.watch(request, queue.policy.place);
  return fleet.fits(request, queue.policy.place);
}

/// Makes nodes that are accepted, or may be used early, take work, whatever their health is; returns the
/// GPUs of those that did not.
std::uint64_t heal(const Market& market, QueueId queue, FleetIndex& fleet) {
  std::uint64_t gpus = 0;
  for (std::uint32_t i = 0; i < market.stage_places.size(); ++i) {
    const Market::StagePlace& place = market.stage_places[i];
    if (place.queue != queue) continue;
    std::uint32_t node = place.first;
    for (const agreement::StageRun& run : market.stage_runs[i]) {
      const bool is_accepted = run.state == CapacityState::kAccepted;
      const bool is_early = run.state == CapacityState::kInAcceptance && run.early_use;
      const std::uint32_t end = node + run.nodes;
      for (; node < end; ++node) {
        if (run.supplier_failed || !(is_accepted || is_early)) continue;
        if (fleet.health({node}) <= Health::kDegraded) continue;
        gpus += fleet.topology().gpus({node});
        fleet.set_health({node}, 1, is_accepted ? Health::kHealthy : Health::kDegraded);
      }
    }
  }
  return gpus;
}

/// kNone: the queue has room for it.
Shortage shortage_in(const Scheduling& scheduling, const Queue& queue, const Absent& absent,
                     const Request& request, FleetIndex fleet) {
  if (fits(fleet, request, queue)) return Shortage::kNone;
  free_jobs(scheduling, queue, absent, false, fleet);
  for (const auto& [node, unavailable] : queue.unavailable) {
    const NodeRange range{node, 1, unavailable.gpus & ~fleet.free_mask({node}), 0};
    if (range.mask != 0) fleet.release(std::span(&range, 1));
  }
  if (fits(fleet, request, queue)) return Shortage::kFull;
  if (heal(scheduling.market, queue.id, fleet) > 0 && fits(fleet, request, queue)) {
    return Shortage::kOutOfService;
  }
  FleetIndex empty = queue.empty_fleet;
  const bool is_large_enough = empty.free_gpus() >= least_gpus(request);
  return is_large_enough && !fits(empty, request, queue) ? Shortage::kWrongKind
                                                         : Shortage::kNotAccepted;
}

/// What of the workload's data is not at the site, and whether it comes.
void find_absent(const Market& market, WorkloadId workload, SiteId site, Room& room) {
  const Workload& asks = market.book.workloads()[workload.value];
  for (const DataId data : asks.data) {
    if (market.has_data(data, site)) continue;
    room.shortage = Shortage::kDataAbsent;
    room.absent = data;
    room.may_come = asks.waits_for_transfer && market.transfer_length(data, site).has_value();
    for (const placement::Transfer& transfer : market.transfers) {
      const bool is_it = transfer.data == data && transfer.site == site && !transfer.ended;
      if (is_it) room.arrives = transfer.until;
    }
    return;
  }
}

/// The clause that licenses too few for one more job there, if what is absent ran nowhere; kNo: none.
ClauseId licence_used(const Scheduling& scheduling, QueueId queue, const Absent& absent,
                      std::uint64_t gpus) {
  const Market& market = scheduling.market;
  const auto use_of = [&](WorkloadId id) { return market.book.workloads()[id.value].use; };
  for (const std::uint32_t i : market.places[queue.value].limits) {
    const placement::UnitsLimit& limit = market.limits[i];
    if (!includes(limit.uses, use_of(absent.workload))) continue;
    std::uint64_t sum = gpus;
    scheduling.jobs.for_each([&](std::uint32_t slot) {
      const Job& job = scheduling.jobs[slot];
      if (is_set(job.workload) && !absent.includes(job) &&
          std::ranges::find(limit.queues, job.queue) != limit.queues.end() &&
          includes(limit.uses, use_of(job.workload))) {
        sum += job.gpus;
      }
    });
    if (sum > limit.max_gpus) return limit.clause;
  }
  return kNo<ClauseId>;
}

}  // namespace

Room room_on(const core::State& state, const Absent& absent, OrderId order,
             const Request& request) {
  const WorkloadId workload = absent.workload;
  const Scheduling& scheduling = state.scheduling();
  const Market& market = scheduling.market;
  Room room;
  room.shortage = Shortage::kNotAccepted;
  for (const Queue& queue : scheduling.queues) {
    if (!market.is_of_order(queue.id) || market.places[queue.id.value].order != order) continue;
    FleetIndex fleet = queue.fleet;
    free_jobs(scheduling, queue, absent, true, fleet);
    Request asked = request;
    asked.accepts_degraded = market.may_use_early(workload, queue.id);
    Request any;
    any.parts.push_back({.gpus = 1});
    any.accepts_degraded = asked.accepts_degraded;
    room.accepted_gpus += market.usable_gpus(workload, queue.id);
    room.free_gpus += fleet.free_gpus(any);
    room.unavailable_gpus += queue.unavailable_gpus();
    if (queue.unhealthy_nodes > 0) {
      FleetIndex healed = fleet;
      room.out_of_service_gpus += heal(market, queue.id, healed);
    }
    Shortage here = shortage_in(scheduling, queue, absent, asked, fleet);
    if (here == Shortage::kNone) {
      const ClauseId used = licence_used(scheduling, queue.id, absent, least_gpus(asked));
      if (is_set(used)) {
        here = Shortage::kFull;
        room.licence = used;
      }
    }
    if (here == Shortage::kNone || room.shortage == Shortage::kNone) {
      room.shortage = Shortage::kNone;
    } else {
      room.shortage = std::max(room.shortage, here);
    }
  }
  const Order& of = market.book.orders()[order.value];
  if ((market.book.workloads()[workload.value].kinds >> of.accelerator.value & 1) == 0) {
    room.shortage = Shortage::kWrongKind;
  } else if (room.shortage == Shortage::kNone || room.shortage == Shortage::kFull) {
    find_absent(market, workload, of.site, room);
  }
  return room;
}

Waiting waiting_of(const core::State& state, WorkloadId workload) {
  const Scheduling& scheduling = state.scheduling();
  Waiting waiting;
  scheduling.jobs.for_each([&](std::uint32_t slot) {
    const Job& job = scheduling.jobs[slot];
    if (job.workload != workload || job.holds_gpus()) return;
    ++waiting.jobs;
    waiting.gpus += least_gpus(scheduling.requests[job.written_request.value]);
  });
  return waiting;
}

}  // namespace stargate::explain
