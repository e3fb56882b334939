#include "core/engine.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "placement/pass.h"
#include "placement/route.h"

namespace stargate::core {

using placement::Decision;
using placement::Job;
using placement::Phase;
using placement::Queue;

void Engine::execute(const Command& command, EventBatch& out) {
  STARGATE_CHECK(state_.now() <= command.at, "commands come in the order of time");
  at_ = command.at;
  out_ = &out;
  // What fell due before happens before, however late the driver is; what is due at this instant does
  // not find a job any more that ends at it.
  const bool ends = std::holds_alternative<command::Exited>(command.body);
  const Instant due = state_.next_instant();
  if (due < at_ || (due == at_ && !ends)) advance_until(ends ? at_ - Duration{1} : at_);
  std::visit([&](const auto& body) { decide(body); }, command.body);
  out_ = nullptr;
}

void Engine::refuse(JobId job, Reason reason) { emit(at_, event::CommandRefused{job, reason}); }

event::RangeSpan Engine::add_ranges(std::span<const NodeRange> ranges) {
  const auto first = static_cast<std::uint32_t>(out_->ranges.size());
  out_->ranges.insert(out_->ranges.end(), ranges.begin(), ranges.end());
  return {first, static_cast<std::uint32_t>(ranges.size())};
}

void Engine::decide(const command::DefineQueue& command) {
  if (command.queue.value != state_.scheduling().queues.size() ||
      !Topology::is_valid(command.fleet) || !is_length(command.policy.restart_overhead)) {
    return refuse({}, Reason::kInvalid);
  }
  out_->queues.push_back(command);
  emit(at_, event::QueueDefined{static_cast<std::uint32_t>(out_->queues.size() - 1)});
}

void Engine::decide(const command::DefineTenant& command) {
  const TenantSpec& spec = command.spec;
  if (spec.tenant.value != state_.scheduling().tenants.size() || !is_valid(spec)) {
    return refuse({}, Reason::kInvalid);
  }
  out_->tenants.push_back(spec);
  emit(at_, event::TenantDefined{static_cast<std::uint32_t>(out_->tenants.size() - 1)});
}

void Engine::decide(const command::DefineRequest& command) {
  if (command.id.value != state_.scheduling().requests.size() || !is_valid(command.request)) {
    return refuse({}, Reason::kInvalid);
  }
  out_->requests.push_back(command);
  emit(at_, event::RequestDefined{static_cast<std::uint32_t>(out_->requests.size() - 1)});
}

void Engine::decide(const command::SetHalfLife& command) {
  if (!is_length(command.half_life) ||
      (command.half_life.us > 0 && command.half_life < seconds(1))) {
    return refuse({}, Reason::kInvalid);
  }
  emit(at_, event::HalfLifeSet{command.half_life});
}

void Engine::decide(const command::Submit& command) {
  const auto& scheduling = state_.scheduling();
  if (command.queue.value >= scheduling.queues.size() ||
      command.tenant.value >= scheduling.tenants.size() ||
      command.request.value >= scheduling.requests.size()) {
    return refuse(command.job, Reason::kUnknown);
  }
  if (!is_length(command.estimate) || !is_length(command.checkpoint_interval) ||
      !scheduling.jobs.may_add(command.job)) {
    return refuse(command.job, Reason::kInvalid);
  }
  const Queue& queue = scheduling.queues[command.queue.value];
  if (!queue.knows(command.request)) {
    emit(at_, event::RequestAdmitted{command.queue, command.request});
    cache(command.queue).forget();
  }
  const Queue::Admitted& admitted = queue.admitted[command.request.value];
  Reason refusal = admitted.refusal;
  if (refusal == Reason::kNone &&
      !scheduling.tenants.may_ever_hold(command.tenant, admitted.gpus)) {
    refusal = Reason::kQuotaNeverAllows;
  }
  if (refusal != Reason::kNone) {
    emit(at_, event::JobRefused{command.job, refusal});
    return;
  }
  emit(at_, event::JobQueued{command.job, command.queue, command.tenant, command.request,
                             command.priority, command.estimate, command.checkpoint_interval});
  cache(command.queue).on_queued(scheduling.jobs.slot_of(command.job));
}

void Engine::decide(const command::Cancel& command) {
  const Job* job = state_.scheduling().jobs.find(command.job);
  if (job == nullptr) return refuse(command.job, Reason::kUnknown);
  if (job->phase == Phase::kQueued) {
    if (is_set(job->queue)) cache(job->queue).exhausted = false;
    const bool is_of_workload = is_set(job->workload);
    emit(at_, event::JobCancelled{command.job});
    if (is_of_workload) route_limited();
  } else if (job->phase != Phase::kStopping || job->stop_reason != Reason::kCancelled) {
    cache(job->queue).forget();
    emit(at_, event::StopRequested{command.job, command.job, Reason::kCancelled});
  }
}

void Engine::decide(const command::Started& command) {
  const Job* job = state_.scheduling().jobs.find(command.job);
  if (job == nullptr) return refuse(command.job, Reason::kUnknown);
  if (job->phase == Phase::kQueued) return refuse(command.job, Reason::kNotNow);
  if (job->phase == Phase::kStarting) emit(at_, event::AllocationRunning{command.job});
}

void Engine::release(const Job& job, Duration saved, Reason reason) {
  const JobId id = job.id;
  if (!job.holds_gpus()) return refuse(id, Reason::kNotNow);
  if (!is_length(saved)) return refuse(id, Reason::kInvalid);
  cache(job.queue).on_released(job.estimated_end, state_.scheduling().jobs.slot_of(id),
                               job.ranges.span());
  // Some of it is not ours to use again.
  if (state_.scheduling().queues[job.queue.value].holds_unavailable(job.ranges.span())) {
    cache(job.queue).forget();
  }
  const bool is_of_workload = is_set(job.workload);
  emit(at_, event::AllocationReleased{id, saved, reason});
  const Job* left = state_.scheduling().jobs.find(id);
  if (left == nullptr && is_of_workload) route_limited();
  if (left != nullptr && is_set(left->workload) &&
      !placement::may_wait(state_.scheduling(), *left, left->queue)) {
    unroute(id, Reason::kNoLongerPermitted);
    route(id);
    route_limited();
  } else if (left != nullptr && is_set(left->workload) && leave_for_work(id)) {
    route_limited();
  }
}

void Engine::decide(const command::FailedToStart& command) {
  const Job* job = state_.scheduling().jobs.find(command.job);
  if (job == nullptr) return refuse(command.job, Reason::kUnknown);
  const bool cancelled = job->stop_reason == Reason::kCancelled;
  release(*job, job->saved, cancelled ? Reason::kCancelled : Reason::kStartFailed);
}

void Engine::decide(const command::Checkpointed& command) {
  const Job* job = state_.scheduling().jobs.find(command.job);
  if (job == nullptr) return refuse(command.job, Reason::kUnknown);
  if (!job->holds_gpus()) return refuse(command.job, Reason::kNotNow);
  if (!is_length(command.saved)) return refuse(command.job, Reason::kInvalid);
  cache(job->queue).forget();
  emit(at_, event::WorkSaved{command.job, command.saved});
}

void Engine::decide(const command::Stopped& command) {
  const Job* job = state_.scheduling().jobs.find(command.job);
  if (job == nullptr) return refuse(command.job, Reason::kUnknown);
  release(*job, command.saved,
          job->stop_reason == Reason::kNone ? Reason::kNodeLost : job->stop_reason);
}

void Engine::decide(const command::Exited& command) {
  const Job* job = state_.scheduling().jobs.find(command.job);
  if (job == nullptr) return refuse(command.job, Reason::kUnknown);
  release(*job, job->saved, Reason::kExited);
}

void Engine::decide(const command::Lost& command) {
  const Job* job = state_.scheduling().jobs.find(command.job);
  if (job == nullptr) return refuse(command.job, Reason::kUnknown);
  const bool cancelled = job->stop_reason == Reason::kCancelled;
  release(*job, command.saved, cancelled ? Reason::kCancelled : Reason::kNodeLost);
}

void Engine::decide(const command::Schedule& command) {
  const auto& scheduling = state_.scheduling();
  if (command.queue.value >= scheduling.queues.size()) return refuse({}, Reason::kUnknown);
  settle_if_stale();
  schedule(command.queue);
  if (scheduling.market.is_of_order(command.queue)) pull(command.queue);
}

void Engine::schedule(QueueId id) {
  const auto& scheduling = state_.scheduling();
  const Queue& queue = scheduling.queues[id.value];
  if (queue.policy.repack) {
    placement::RepackPass pass(scheduling, queue, at_);
    run(pass);
  } else if (queue.pending_jobs > 0) {
    placement::Pass pass(scheduling, queue, at_, cache(id));
    run(pass);
  }
}

template <class SomePass>
void Engine::run(SomePass& pass) {
  const auto& scheduling = state_.scheduling();
  for (;;) {
    pass.next(decision_);
    if (decision_.kind == Decision::Kind::kDone) return;
    const Job& job = scheduling.jobs[decision_.slot];
    switch (decision_.kind) {
      case Decision::Kind::kStart:
        emit(at_, event::AllocationAssigned{job.id, add_ranges(decision_.ranges)});
        cache(job.queue).on_assigned(job.estimated_end, decision_.slot, job.ranges.span());
        break;
      case Decision::Kind::kStop:
        cache(job.queue).forget();
        for (std::uint32_t victim : decision_.victims) {
          emit(at_, event::StopRequested{scheduling.jobs[victim].id, job.id, decision_.reason});
        }
        break;
      case Decision::Kind::kWait: emit(at_, event::JobWaits{job.id, decision_.reason}); break;
      case Decision::Kind::kDone: break;
    }
  }
}

}  // namespace stargate::core
