#include "explain/room.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>

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

/// The clause that allows too few GPUs for one more job there, if what is absent ran nowhere.
std::optional<Licence> licence_used(const Scheduling& scheduling, QueueId queue,
                                    const Absent& absent, std::uint64_t gpus) {
  const Market& market = scheduling.market;
  const auto use_of = [&](WorkloadId id) { return market.book.workloads()[id.value].use; };
  for (const std::uint32_t i : market.places[queue.value].limits) {
    const placement::UnitsLimit& limit = market.limits[i];
    if (!includes(limit.uses, use_of(absent.workload))) continue;
    std::uint64_t used = 0;
    scheduling.jobs.for_each([&](std::uint32_t slot) {
      const Job& job = scheduling.jobs[slot];
      if (is_set(job.workload) && !absent.includes(job) &&
          std::ranges::find(limit.queues, job.queue) != limit.queues.end() &&
          includes(limit.uses, use_of(job.workload))) {
        used += job.gpus;
      }
    });
    if (used + gpus > limit.max_gpus) return Licence{limit.clause, limit.max_gpus, used, gpus};
  }
  return std::nullopt;
}

/// Why a job waits in no queue, as a clause of a sentence.
std::string words_of(Reason reason, const std::string& clause) {
  switch (reason) {
    case Reason::kUnitsUsed: return clause + " allows no more GPUs at once";
    case Reason::kDataAbsent: return "its data is at no place that has room, or not yet";
    case Reason::kNotAccepted: return "too little is accepted where it may run";
    case Reason::kForbidden: return clause + " forbids it";
    case Reason::kNeedsOffer: return "an order is to be offered first under " + clause;
    case Reason::kNotOrdered: return "no order is in force for it";
    default: {
      std::string words = name_of(reason);
      std::ranges::replace(words, '_', ' ');
      return words;
    }
  }
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
    if (here == Shortage::kNone || here == Shortage::kFull) {
      const auto licence = licence_used(scheduling, queue.id, absent, least_gpus(asked));
      // What is never allowed so much decides before what others hold.
      const bool is_never = licence && licence->asked_gpus > licence->most_gpus;
      if (licence && (is_never || here == Shortage::kNone)) {
        here = Shortage::kFull;
        room.licence = licence;
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

Request request_of(const core::State& state, WorkloadId workload) {
  const Scheduling& scheduling = state.scheduling();
  Request request;
  request.parts.push_back(
      {.gpus = 1, .kinds = scheduling.market.book.workloads()[workload.value].kinds});
  bool found = false;
  scheduling.jobs.for_each([&](std::uint32_t slot) {
    const Job& job = scheduling.jobs[slot];
    if (found || job.workload != workload) return;
    request = scheduling.requests[job.written_request.value];
    found = true;
  });
  return request;
}

std::vector<Wait> waits_of(const core::State& state, const Absent& absent) {
  const Scheduling& scheduling = state.scheduling();
  const agreement::Book& book = scheduling.market.book;
  std::map<std::string, Wait> by_why;
  const auto count = [&](std::string why, ClauseId clause) {
    Wait& wait = by_why[why];
    ++wait.jobs;
    wait.why = std::move(why);
    wait.clause = clause;
  };
  scheduling.jobs.for_each([&](std::uint32_t slot) {
    const Job& job = scheduling.jobs[slot];
    if (!absent.includes(job) || job.holds_gpus() || job.unmet == Reason::kShareUsed) return;
    if (is_set(job.queue)) {
      const OrderId order = scheduling.market.places[job.queue.value].order;
      count("GPUs of " + book.orders()[order.value].name + " are not free", kNo<ClauseId>);
    } else {
      const std::string clause = is_set(job.unmet_by) ? book.clause(job.unmet_by).name : "";
      count(words_of(job.unmet, clause), job.unmet_by);
    }
  });
  std::vector<Wait> waits;
  for (auto& [why, wait] : by_why) waits.push_back(std::move(wait));
  std::ranges::stable_sort(waits, std::greater(), &Wait::jobs);
  return waits;
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
