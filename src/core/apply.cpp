#include <algorithm>
#include <variant>

#include "base/check.h"
#include "core/state.h"

namespace stargate::core {

using placement::HeldItem;
using placement::Job;
using placement::JobTable;
using placement::Phase;
using placement::Queue;

void State::apply(const Event& event, const EventBatch& batch) {
  STARGATE_CHECK(now_ <= event.at, "events are applied in the order of time");
  now_ = event.at;
  ++events_applied_;
  std::visit([&](const auto& body) { apply(body, batch); }, event.body);
}

Instant State::next_instant() const {
  Instant next = scheduling_.tenants.next_decay();
  for (const placement::Reservation& reservation : scheduling_.reservations) {
    next = std::min(next, reservation.started ? reservation.until : reservation.from);
  }
  next = std::min(next, scheduling_.market.next_change());
  if (!service_due_.empty()) next = std::min(next, service_due_.first()->key.end);
  return next;
}

void State::apply(const event::QueueDefined& event, const EventBatch& batch) {
  const command::DefineQueue& queue = batch.queues[event.index];
  STARGATE_CHECK(queue.queue.value == scheduling_.queues.size(), "queues are numbered in order");
  scheduling_.queues.emplace_back(queue.queue, queue.name, queue.fleet, queue.policy);
  if (scheduling_.tenants.has_quotas()) scheduling_.queues.back().by_tenant = true;
}

void State::apply(const event::TenantDefined& event, const EventBatch& batch) {
  const TenantSpec& spec = batch.tenants[event.index];
  const bool had_quotas = scheduling_.tenants.has_quotas();
  placement::Tenant tenant;
  tenant.parent = spec.parent;
  tenant.weight = spec.weight;
  tenant.cohort = spec.cohort;
  tenant.guaranteed_gpus = spec.guaranteed_gpus;
  tenant.borrow_gpus_max = spec.borrow_gpus_max;
  tenant.settled = now_;
  scheduling_.tenants.add(spec.tenant, tenant);
  scheduling_.market.recheck();
  if (!had_quotas && scheduling_.tenants.has_quotas()) scheduling_.queue_by_tenant();
}

void State::apply(const event::RequestDefined& event, const EventBatch& batch) {
  const command::DefineRequest& request = batch.requests[event.index];
  STARGATE_CHECK(request.id.value == scheduling_.requests.size(), "requests are numbered in order");
  scheduling_.requests.push_back(request.request);
}

void State::apply(const event::RequestAdmitted& event, const EventBatch&) {
  scheduling_.queues[event.queue.value].admit(event.request,
                                              scheduling_.requests[event.request.value]);
}

void State::apply(const event::HalfLifeSet& event, const EventBatch&) {
  scheduling_.tenants.set_half_life(event.half_life, now_);
}

void State::apply(const event::JobQueued& event, const EventBatch&) {
  Queue& queue = scheduling_.queues[event.queue.value];
  Job job;
  job.id = event.job;
  job.submitted = now_;
  job.estimate = event.estimate;
  job.checkpoint_interval = event.checkpoint_interval;
  job.restart_overhead = queue.policy.restart_overhead;
  job.queue = event.queue;
  job.tenant = event.tenant;
  job.request = event.request;
  job.gpus = static_cast<std::uint32_t>(queue.admitted[event.request.value].gpus);
  job.priority = event.priority;
  const std::uint32_t slot = scheduling_.jobs.add(job);
  enqueue(queue, job, slot);
}

void State::apply(const event::JobRefused& event, const EventBatch&) {
  scheduling_.jobs.skip(event.job);
}

void State::apply(const event::CommandRefused&, const EventBatch&) {}

void State::apply(const event::JobWaits& event, const EventBatch&) {
  std::uint32_t slot = 0;
  Queue& queue = scheduling_.queues[job_of(event.job, slot).queue.value];
  queue.waits = event.job;
  queue.waits_for = event.reason;
}

void State::apply(const event::AllocationAssigned& event, const EventBatch& batch) {
  std::uint32_t slot = 0;
  Job& job = job_of(event.job, slot);
  STARGATE_CHECK(job.phase == Phase::kQueued, "a job runs once at a time");
  Queue& queue = scheduling_.queues[job.queue.value];
  dequeue(queue, job);
  const auto ranges = batch.ranges_of(event.ranges);
  queue.fleet.occupy(ranges);
  job.estimated_end = now_ + job.left_from_start();
  job.ranges.assign(ranges);
  std::uint64_t gpus = 0;
  for (const NodeRange& range : ranges) gpus += range.gpus();
  job.held_gpus = static_cast<std::uint32_t>(gpus);
  job.phase = Phase::kStarting;
  job.assigned = now_;
  ++job.starts;
  queue.held.insert({job.estimated_end, job.id}, HeldItem{slot, job.held_gpus});
  scheduling_.tenants.hold(job.tenant, job.held_gpus, now_);
  track_service(queue, job, slot);
  if (is_set(job.workload)) scheduling_.market.count_held(job, true, now_);
}

void State::apply(const event::AllocationRunning& event, const EventBatch&) {
  std::uint32_t slot = 0;
  job_of(event.job, slot).phase = Phase::kRunning;
}

void State::apply(const event::StopRequested& event, const EventBatch&) {
  std::uint32_t slot = 0;
  Job& job = job_of(event.job, slot);
  STARGATE_CHECK(job.holds_gpus(), "what is asked to stop holds GPUs");
  if (job.phase == Phase::kStopping) {
    // A cancellation overrides the reason for which it is already stopping.
    STARGATE_CHECK(event.reason == Reason::kCancelled, "a job is asked to stop once");
    job.stop_reason = event.reason;
    return;
  }
  Queue& queue = scheduling_.queues[job.queue.value];
  job.phase = Phase::kStopping;
  job.stop_reason = event.reason;
  ++queue.stopping;
  set_estimated_end(queue, job, slot, now_);
}

void State::apply(const event::WorkSaved& event, const EventBatch&) {
  std::uint32_t slot = 0;
  Job& job = job_of(event.job, slot);
  job.saved = event.saved;
  Queue& queue = scheduling_.queues[job.queue.value];
  if (job.phase != Phase::kStopping) {
    set_estimated_end(queue, job, slot, now_ + (job.estimate - job.saved));
  }
}

void State::apply(const event::AllocationReleased& event, const EventBatch&) {
  std::uint32_t slot = 0;
  Job& job = job_of(event.job, slot);
  STARGATE_CHECK(job.holds_gpus(), "what is released was held");
  Queue& queue = scheduling_.queues[job.queue.value];
  untrack_service(job);
  queue.release(job.ranges.span());
  queue.held.erase({job.estimated_end, job.id});
  if (job.phase == Phase::kStopping) --queue.stopping;
  scheduling_.tenants.release(job.tenant, job.held_gpus, now_);
  if (is_set(job.workload)) scheduling_.market.count_held(job, false, now_);
  job.attained += now_ - job.assigned;
  job.held_gpus = 0;
  if (event.reason == Reason::kExited || event.reason == Reason::kCancelled) {
    forget_workload_job(job);
    scheduling_.jobs.remove(slot);
    return;
  }
  job.ranges.clear();
  job.phase = Phase::kQueued;
  job.stop_reason = Reason::kNone;
  job.saved = std::min(event.saved, job.estimate);
  job.service_level = placement::service_level_of(job.gpus, job.attained);
  enqueue(queue, job, slot);
}

void State::apply(const event::JobCancelled& event, const EventBatch&) {
  std::uint32_t slot = 0;
  const Job& job = job_of(event.job, slot);
  STARGATE_CHECK(job.phase == Phase::kQueued, "what is withdrawn was queued");
  if (is_set(job.queue)) dequeue(scheduling_.queues[job.queue.value], job);
  forget_workload_job(job);
  scheduling_.jobs.remove(slot);
}

void State::apply(const event::HealthChanged& event, const EventBatch&) {
  Queue& queue = scheduling_.queues[event.queue.value];
  for (std::uint32_t i = 0; i < event.count; ++i) {
    const NodeId node{event.first.value + i};
    if (queue.fleet.health(node) != Health::kHealthy) --queue.unhealthy_nodes;
    if (event.health != Health::kHealthy) ++queue.unhealthy_nodes;
  }
  queue.fleet.set_health(event.first, event.count, event.health);
}

void State::apply(const event::UnavailableChanged& event, const EventBatch&) {
  Queue& queue = scheduling_.queues[event.queue.value];
  for (std::uint32_t i = 0; i < event.count; ++i) {
    queue.set_unavailable({event.first.value + i}, event.gpus);
  }
}

void State::apply(const event::ReservationMade& event, const EventBatch& batch) {
  const auto ranges = batch.ranges_of(event.ranges);
  placement::Reservation reservation;
  reservation.id = event.reservation;
  reservation.queue = event.queue;
  reservation.tenant = event.tenant;
  reservation.from = event.from;
  reservation.until = event.until;
  reservation.ranges.assign(ranges.begin(), ranges.end());
  scheduling_.reservations.push_back(std::move(reservation));
}

void State::apply(const event::ReservationStarted& event, const EventBatch&) {
  for (placement::Reservation& reservation : scheduling_.reservations) {
    if (reservation.id == event.reservation) reservation.started = true;
  }
}

void State::apply(const event::ReservationEnded& event, const EventBatch&) {
  std::erase_if(scheduling_.reservations, [&](const placement::Reservation& reservation) {
    return reservation.id == event.reservation;
  });
}

void State::apply(const event::UseDecayed&, const EventBatch&) {
  STARGATE_CHECK(scheduling_.tenants.next_decay() == now_, "use decays when it is due");
  scheduling_.tenants.decay();
}

void State::apply(const event::ServiceLevelReached& event, const EventBatch&) {
  std::uint32_t slot = 0;
  Job& job = job_of(event.job, slot);
  untrack_service(job);
  job.service_level = event.level;
  track_service(scheduling_.queues[job.queue.value], job, slot);
}

Job& State::job_of(JobId id, std::uint32_t& slot) {
  slot = scheduling_.jobs.slot_of(id);
  STARGATE_CHECK(slot != JobTable::kNoSlot, "events name jobs that have not ended");
  return scheduling_.jobs[slot];
}

void State::set_estimated_end(Queue& queue, const Job& job, std::uint32_t slot, Instant end) {
  if (job.estimated_end == end) return;
  queue.held.erase({job.estimated_end, job.id});
  scheduling_.jobs[slot].estimated_end = end;
  queue.held.insert({end, job.id}, HeldItem{slot, job.held_gpus});
}

namespace {

/// When a job that holds GPUs reaches the next level; kNever where there is none.
Instant service_level_due(const Job& job) {
  const Duration reached = job.attained;
  // Levels are counted from the time held in all, so that the instant does not depend on `now`.
  Duration held = reached;
  std::uint32_t level = placement::service_level_of(job.gpus, held);
  Duration wait{};
  while (level <= job.service_level) {
    const Duration more = placement::until_next_service_level(job.gpus, held);
    if (more.us < 0) return kNever;
    wait += more;
    held += more;
    level = placement::service_level_of(job.gpus, held);
  }
  return job.assigned + wait;
}

}  // namespace

void State::track_service(const Queue& queue, const Job& job, std::uint32_t slot) {
  if (queue.order->kind != OrderKind::kLas) return;
  const Instant due = service_level_due(job);
  if (due == kNever) return;
  scheduling_.jobs[slot].service_level_due = due;
  service_due_.insert({due, job.id}, HeldItem{slot, 0});
}

void State::untrack_service(const Job& job) {
  if (job.service_level_due == kNever) return;
  service_due_.erase({job.service_level_due, job.id});
  scheduling_.jobs[scheduling_.jobs.slot_of(job.id)].service_level_due = kNever;
}

}  // namespace stargate::core
