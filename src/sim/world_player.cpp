#include "sim/world_player.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/check.h"
#include "placement/route.h"
#include "world/commands.h"

namespace stargate::sim {
namespace {

/// What is kept of the work when the job is asked to stop at `at`.
Duration saved_at(const placement::Job& job, Instant at) {
  const Instant work_from = job.starts > 1 ? job.assigned + job.restart_overhead : job.assigned;
  Duration worked = std::max(at - work_from, Duration{});
  if (job.checkpoint_interval.us > 0) worked.us -= worked.us % job.checkpoint_interval.us;
  return std::min(job.saved + worked, job.estimate);
}

}  // namespace

QueuePolicy WorldPlayer::default_policy() {
  QueuePolicy policy;
  policy.backfill = BackfillKind::kEasy;
  return policy;
}

WorldPlayer::WorldPlayer(const world::World& world, const QueuePolicy& policy,
                         driver::Recorder* recorder)
    : world_(world),
      policy_(policy),
      step_(engine_, recorder),
      begin_(world::first_instant(world)) {
  define();
  for (std::uint32_t i = 0; i < world.plans.size(); ++i) {
    submissions_.push({world.plans[i].submitted, i, 0});
  }
}

void WorldPlayer::define() {
  for (const Command& command : world::defining_commands(world_, policy_, begin_)) {
    execute(command);
    expect_taken();
  }
}

void WorldPlayer::expect_taken() const {
  STARGATE_CHECK(refusal_ == Reason::kNone, "reading refuses what the engine would");
}

Instant WorldPlayer::next_instant() {
  while (!ends_.empty() && is_void(ends_.top())) ends_.pop();
  Instant next = step_.next_instant();
  if (!ends_.empty()) next = std::min(next, ends_.top().at);
  if (!submissions_.empty()) next = std::min(next, submissions_.top().at);
  if (next_act_ < world_.acts.size()) {
    next = std::min(next, world_.acts[next_act_].entered);
  }
  return next;
}

bool WorldPlayer::play_until(Instant at, WorldControl* control) {
  for (Instant next = next_instant(); next <= at && next != kNever; next = next_instant()) {
    if (control != nullptr) {
      if (control->stop.load(std::memory_order_relaxed)) return false;
      control->days_played.store(static_cast<std::uint64_t>((next - begin_).us / days(1).us),
                                 std::memory_order_relaxed);
    }
    play_instant(next);
  }
  return true;
}

bool WorldPlayer::is_void(const End& end) const {
  return start_of_job_[end.job.value] != end.start;
}

void WorldPlayer::play_instant(Instant at) {
  while (!ends_.empty() && ends_.top().at <= at) {
    const End end = ends_.top();
    ends_.pop();
    if (is_void(end)) continue;
    touch(state().scheduling().jobs.find(end.job)->queue);
    execute({at, command::Exited{end.job}});
  }
  while (next_act_ < world_.acts.size() && world_.acts[next_act_].entered <= at) {
    execute({at, command::EnterAct{world_.acts[next_act_++].act}});
    expect_taken();
  }
  if (step_.next_instant() <= at) execute({at, command::Advance{}});
  while (!submissions_.empty() && submissions_.top().at <= at) {
    Submission next = submissions_.top();
    submissions_.pop();
    const world::WorkloadPlan& plan = world_.plans[next.plan];
    for (std::uint32_t i = 0; i < plan.replicas; ++i) {
      const JobId job{next_job_++};
      start_of_job_.push_back(0);
      execute({at, command::SubmitWorkload{job,
                                           plan.workload,
                                           plan.tenant,
                                           {2 * next.plan},
                                           {2 * next.plan + 1},
                                           plan.priority,
                                           plan.run_time,
                                           plan.checkpoint_interval}});
    }
    if (++next.repeat < plan.repeats) {
      next.at = next.at + plan.every;
      submissions_.push(next);
    }
  }
  answer(at);
}

void WorldPlayer::answer(Instant at) {
  while (!to_start_.empty() || !to_stop_.empty() || !touched_.empty()) {
    const std::vector<JobId> starts = std::exchange(to_start_, {});
    for (const JobId job : starts) {
      const placement::Job* started = state().scheduling().jobs.find(job);
      if (started == nullptr || started->phase != placement::Phase::kStarting) continue;
      execute({at, command::Started{job}});
      start_of_job_[job.value] = ++starts_;
      ends_.push({started->estimated_end, starts_, job});
    }
    const std::vector<Stop> stops = std::exchange(to_stop_, {});
    for (const Stop& stop : stops) {
      const placement::Job* stopped = state().scheduling().jobs.find(stop.job);
      if (stopped == nullptr || !stopped->holds_gpus()) continue;
      touch(stopped->queue);
      const Duration saved = saved_at(*stopped, at);
      start_of_job_[stop.job.value] = 0;
      if (stop.reason == Reason::kNodeLost) {
        execute({at, command::Lost{stop.job, saved}});
      } else {
        execute({at, command::Stopped{stop.job, saved}});
      }
    }
    const std::vector<QueueId> queues = std::exchange(touched_, {});
    for (const QueueId queue : queues) execute({at, command::Schedule{queue}});
  }
}

void WorldPlayer::touch(QueueId queue) {
  if (is_set(queue) && std::find(touched_.begin(), touched_.end(), queue) == touched_.end()) {
    touched_.push_back(queue);
  }
}

void WorldPlayer::execute(const Command& command) {
  const EventBatch& batch = step_.execute(command);
  refusal_ = Reason::kNone;
  for (const Event& event : batch.events) {
    if (const auto* refused = std::get_if<event::CommandRefused>(&event.body)) {
      refusal_ = refused->reason;
    } else if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
      to_start_.push_back(assigned->job);
    } else if (const auto* stop = std::get_if<event::StopRequested>(&event.body)) {
      to_stop_.push_back({stop->job, stop->reason});
    } else if (const auto* routed = std::get_if<event::JobRouted>(&event.body)) {
      touch(routed->queue);
    } else if (const auto* health = std::get_if<event::HealthChanged>(&event.body)) {
      touch(health->queue);
    } else if (const auto* opened = std::get_if<event::OrderOpened>(&event.body)) {
      touch(opened->queue);
    } else if (std::holds_alternative<event::PermissionsChanged>(event.body)) {
      for (const QueueId queue : placement::queues_to_try(state().scheduling())) touch(queue);
    } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
      // What lost its place there may find one elsewhere.
      if (released->reason != Reason::kNodeLost) continue;
      for (const QueueId queue : placement::queues_with_room(state().scheduling())) touch(queue);
    }
  }
}

}  // namespace stargate::sim
