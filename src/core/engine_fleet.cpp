// Commands about nodes, reservations and whatever falls due.

#include <algorithm>

#include "core/engine.h"
#include "placement/place_job.h"

namespace stargate::core {

using placement::FleetIndex;
using placement::HeldItem;
using placement::Job;
using placement::Phase;
using placement::Queue;
using placement::Reservation;

namespace {

bool on_nodes(std::span<const NodeRange> ranges, std::uint32_t first, std::uint32_t count) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const NodeRange& range) {
    return range.first < first + count && first < range.first + range.count;
  });
}

const Reservation* find(const placement::Scheduling& scheduling, ReservationId id) {
  for (const Reservation& reservation : scheduling.reservations) {
    if (reservation.id == id) return &reservation;
  }
  return nullptr;
}

}  // namespace

void Engine::decide(const command::SetHealth& command) {
  if (change_health(command)) leave(command.queue);
}

bool Engine::change_health(const command::SetHealth& command) {
  const auto& scheduling = state_.scheduling();
  const bool is_there =
      command.queue.value < scheduling.queues.size() &&
      command.first.value < scheduling.queues[command.queue.value].fleet.topology().node_count();
  if (!is_there || command.count == 0 ||
      command.count > scheduling.queues[command.queue.value].fleet.topology().node_count() -
                          command.first.value) {
    refuse({}, Reason::kUnknown);
    return false;
  }
  const Queue& queue = scheduling.queues[command.queue.value];
  cache(command.queue).forget();
  emit(at_, event::HealthChanged{command.queue, command.first, command.count, command.health});
  if (command.health != Health::kFailed) return true;
  std::vector<JobId> lost;
  queue.held.for_each([&](const placement::EndKey& key, const HeldItem& item) {
    const Job& job = scheduling.jobs[item.slot];
    if (job.phase != Phase::kStopping &&
        on_nodes(job.ranges.span(), command.first.value, command.count)) {
      lost.push_back(key.job);
    }
    return true;
  });
  for (JobId job : lost) emit(at_, event::StopRequested{job, job, Reason::kNodeLost});
  return true;
}

void Engine::decide(const command::SetUnavailable& command) {
  const auto& scheduling = state_.scheduling();
  if (command.queue.value >= scheduling.queues.size()) return refuse({}, Reason::kUnknown);
  const placement::FleetIndex& fleet = scheduling.queues[command.queue.value].fleet;
  const std::uint32_t nodes = fleet.topology().node_count();
  if (command.count == 0 || command.first.value >= nodes ||
      command.count > nodes - command.first.value) {
    return refuse({}, Reason::kUnknown);
  }
  for (std::uint32_t i = 0; i < command.count; ++i) {
    const NodeId node{command.first.value + i};
    if ((command.gpus & ~all_gpus(fleet.topology().gpus(node))) != 0) {
      return refuse({}, Reason::kInvalid);
    }
  }
  cache(command.queue).forget();
  emit(at_, event::UnavailableChanged{command.queue, command.first, command.count, command.gpus});
}

void Engine::decide(const command::Reserve& command) {
  const auto& scheduling = state_.scheduling();
  if (command.queue.value >= scheduling.queues.size() ||
      command.tenant.value >= scheduling.tenants.size()) {
    return refuse({}, Reason::kUnknown);
  }
  if (command.nodes == 0 || command.from < at_ || command.until <= command.from ||
      command.until > kLatest || find(scheduling, command.reservation) != nullptr) {
    return refuse({}, Reason::kInvalid);
  }
  // The fleet as it will be, by the estimates, less what other windows keep meanwhile.
  const Queue& queue = scheduling.queues[command.queue.value];
  FleetIndex fleet = queue.fleet;
  queue.held.for_each([&](const placement::EndKey& key, const HeldItem& item) {
    if (command.from < key.end) return false;
    queue.give_back_on(fleet, scheduling.jobs[item.slot].ranges.span());
    return true;
  });
  for (const Reservation& other : scheduling.reservations) {
    if (other.queue == command.queue && command.from < other.until && other.from < command.until) {
      placement::occupy_free(fleet, other.ranges);
    }
  }
  Request request;
  request.parts.resize(1);
  request.parts[0].nodes = command.nodes;
  fleet.watch(request, queue.policy.place);
  std::vector<NodeRange> ranges;
  if (!fleet.place(request, queue.policy.place, ranges)) return refuse({}, Reason::kGpusBusy);
  cache(command.queue).forget();
  emit(at_, event::ReservationMade{command.reservation, command.queue, command.tenant, command.from,
                                   command.until, add_ranges(ranges)});
  if (command.from == at_) decide(command::Advance{});
}

void Engine::decide(const command::CancelReservation& command) {
  const Reservation* reservation = find(state_.scheduling(), command.reservation);
  if (reservation == nullptr) return refuse({}, Reason::kUnknown);
  cache(reservation->queue).forget();
  emit(at_, event::ReservationEnded{command.reservation});
}

void Engine::stop_intruders(const Reservation& reservation, bool own_too) {
  const auto& scheduling = state_.scheduling();
  std::vector<JobId> jobs;
  scheduling.queues[reservation.queue.value].held.for_each(
      [&](const placement::EndKey& key, const HeldItem& item) {
        const Job& job = scheduling.jobs[item.slot];
        if (job.phase == Phase::kStopping) return true;
        const bool own = job.tenant == reservation.tenant;
        const bool there = std::any_of(
            reservation.ranges.begin(), reservation.ranges.end(), [&](const NodeRange& range) {
              return on_nodes(job.ranges.span(), range.first, range.count);
            });
        if (there && (own_too || !own)) jobs.push_back(key.job);
        return true;
      });
  cache(reservation.queue).forget();
  for (JobId job : jobs) emit(at_, event::StopRequested{job, job, Reason::kReservationDue});
}

void Engine::begin_reservation(const Reservation& reservation) {
  emit(at_, event::ReservationStarted{reservation.id});
  stop_intruders(reservation, false);
}

void Engine::end_reservation(const Reservation& reservation) {
  const Reservation ended = reservation;
  stop_intruders(ended, true);
  emit(at_, event::ReservationEnded{ended.id});
}

void Engine::decide(const command::Advance&) { advance_until(at_); }

void Engine::advance_until(Instant until) {
  // What is due at one instant happens in this order: ends of windows, beginnings of windows, changes
  // of contracts and capacity, decay, service levels.
  // Each happens at the instant at which it is due, however late the command comes.
  const auto& scheduling = state_.scheduling();
  const Instant now = at_;
  while (state_.next_instant() <= until) {
    const Instant due = state_.next_instant();
    at_ = due;
    const Reservation* next = nullptr;
    for (const Reservation& reservation : scheduling.reservations) {
      const bool ends = reservation.started && reservation.until == due;
      const bool begins = !reservation.started && reservation.from == due;
      if (ends || (begins && next == nullptr)) next = &reservation;
      if (ends) break;
    }
    if (next != nullptr) {
      next->started ? end_reservation(*next) : begin_reservation(*next);
    } else if (scheduling.market.next_change() == due) {
      end_transfers();
      settle();
    } else if (scheduling.tenants.next_decay() == due) {
      emit(due, event::UseDecayed{});
    } else {
      const JobId job = state_.next_service_level_job();
      const std::uint32_t level = scheduling.jobs.find(job)->service_level + 1;
      emit(due, event::ServiceLevelReached{job, level});
    }
  }
  at_ = now;
}

}  // namespace stargate::core
