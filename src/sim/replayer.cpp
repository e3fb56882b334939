#include "sim/replayer.h"

#include <algorithm>
#include <cstdio>
#include <variant>

#include "base/input_error.h"
#include "sim/muri_overhead.h"
#include "sim/policy_names.h"

namespace stargate::sim {
namespace {

constexpr std::uint32_t kUnknownIndex = ~std::uint32_t{0};

/// Not for the nodes' sake: a preemption as results count it.
bool is_for_another_job(Reason reason) {
  return reason == Reason::kPreempted || reason == Reason::kReclaimed ||
         reason == Reason::kRepacked;
}

}  // namespace

Replayer::Replayer(const ReplayOptions& options, const JobSource& jobs, ReplayControl& control,
                   driver::Recorder* recorder)
    : options_(options),
      source_(jobs),
      control_(control),
      step_(engine_, recorder),
      cursor_(jobs.open()),
      exact_(options.estimate == "exact"),
      muri_(options.overhead == "muri") {
  if (!options.jobs_out_path.empty()) {
    jobs_out_.emplace(options.jobs_out_path, jobs.tables().clock_zero);
  }
}

void Replayer::run() {
  next_ = cursor_->next();
  Instant start = next_ != nullptr ? next_->eligible : Instant{};
  if (!options_.health.empty()) start = std::min(start, options_.health.front().at);
  last_event_ = start;
  define_world(start);
  tally_.usage.advance(next_ != nullptr ? next_->eligible : start);
  while (!control_.stop.load(std::memory_order_relaxed)) {
    const Instant submission = next_ != nullptr ? next_->eligible : kNever;
    const Instant health =
        next_health_ < options_.health.size() ? options_.health[next_health_].at : kNever;
    Instant at = std::min({submission, next_end(), health});
    if (live_jobs_ > 0 || next_ != nullptr) {
      // What falls due matters only as long as something can come of it.
      const bool windows_left = !step_.state().scheduling().reservations.empty();
      if (at != kNever || windows_left) at = std::min(at, step_.next_instant());
    } else {
      break;
    }
    if (at == kNever) break;
    tally_.usage.advance(at);
    if (source_.instant_order() == InstantOrder::kWorkloadArchive && !muri_) {
      play_archive_instant(at);
    } else {
      play_instant(at);
    }
  }
}

void Replayer::report(RunResult& result) {
  result.interrupted = control_.stop.load() && (live_jobs_ > 0 || next_ != nullptr);
  if (jobs_out_) jobs_out_->close();
  tally_.report(source_.tables(), result);
  for (const auto& [reason, skip] : source_.skips()) result.skipped_by_reason[reason] += skip.count;
  for (const auto& [reason, count] : skipped_) result.skipped_by_reason[reason] += count;
  for (const auto& [reason, count] : result.skipped_by_reason) result.skipped += count;
  result.events = events_;
  result.commands = step_.commands();
  for (const auto& queue : step_.state().scheduling().queues) {
    result.running_at_end += queue.held.size();
    result.queued_at_end += queue.pending_jobs;
  }
}

Instant Replayer::next_end() {
  while (!ends_.empty() && live_[ends_.top().slot].start_number != ends_.top().start_number) {
    ends_.pop();
  }
  return ends_.empty() ? kNever : ends_.top().at;
}

void Replayer::play_instant(Instant at) {
  while (next_end() == at) end_first(at);
  fall_due(at);
  while (submission_is_due(at)) submit_next(at);
  if (muri_) charge_muri_overhead(at);
  schedule(at);
}

void Replayer::play_archive_instant(Instant at) {
  while (next_end() == at && !ends_.top().early) end_first(at);
  fall_due(at);
  const bool more = next_end() == at || submission_is_due(at);
  if (!more) schedule(at);
  while (submission_is_due(at)) {
    submit_next(at);
    schedule(at);
  }
  while (next_end() == at && ends_.top().early) {
    end_first(at);
    schedule(at);
  }
}

/// What happens by itself, and then to the nodes. A job that ends at this instant is not stopped for it.
void Replayer::fall_due(Instant at) {
  if (step_.next_instant() <= at) {
    execute({at, command::Advance{}});
    answer(at);
  }
  change_health(at);
}

void Replayer::execute(const Command& command) {
  const EventBatch& batch = step_.execute(command);
  events_ += batch.events.size();
  collect(batch);
}

void Replayer::collect(const EventBatch& batch) {
  const auto& scheduling = step_.state().scheduling();
  for (const Event& event : batch.events) {
    if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
      to_start_.push_back(assigned->job);
    } else if (const auto* stop = std::get_if<event::StopRequested>(&event.body)) {
      to_stop_.push_back({stop->job, stop->reason});
    } else if (const auto* changed = std::get_if<event::HealthChanged>(&event.body)) {
      touch(changed->queue);
    } else if (const auto* level = std::get_if<event::ServiceLevelReached>(&event.body)) {
      touch(scheduling.jobs.find(level->job)->queue);
    } else if (std::holds_alternative<event::ReservationStarted>(event.body) ||
               std::holds_alternative<event::ReservationEnded>(event.body)) {
      touch_all();
    }
  }
}

void Replayer::answer(Instant at) {
  // Answers to answers do not come: a start or a stop that is confirmed asks for nothing.
  for (JobId job : to_start_) confirm_start(at, job);
  to_start_.clear();
  for (const Stop& stop : to_stop_) confirm_stop(at, stop);
  to_stop_.clear();
}

void Replayer::schedule(Instant at) {
  while (!touched_.empty()) {
    const QueueId queue = touched_.back();
    touched_.pop_back();
    is_touched_[queue.value] = false;
    execute({at, command::Schedule{queue}});
    answer(at);  // stops touch the queue again
  }
}

void Replayer::touch(QueueId queue) {
  if (is_touched_[queue.value]) return;
  is_touched_[queue.value] = true;
  touched_.push_back(queue);
}

void Replayer::touch_all() {
  for (const auto& queue : step_.state().scheduling().queues) touch(queue.id);
}

/// A quota spans queues: what is given back in one may let a job of another start.
void Replayer::touch_after_release(QueueId queue) {
  if (step_.state().scheduling().tenants.has_quotas()) touch_all();
  touch(queue);
}

void Replayer::submit_next(Instant at) {
  const TraceJob& job = *next_;
  control_.jobs_submitted.fetch_add(1, std::memory_order_relaxed);
  const QueueId queue = queue_of(job);
  if (queue.value == kUnknownIndex) {
    return skip(job, "its queue has no nodes");
  }
  const bool capped = source_.run_capped_at_request();
  const Duration run = capped ? std::min(job.run, job.requested) : job.run;
  const Duration estimate = exact_ ? run : job.requested;
  const TenantId tenant = tenant_of(job, at);
  const RequestId request = request_of(job, at);
  const JobId id{next_job_++};
  const EventBatch& batch =
      step_.execute({at, command::Submit{id, queue, tenant, request, job.priority, estimate,
                                         job.checkpoint_interval}});
  events_ += batch.events.size();
  const Event& last = batch.events.back();
  if (const auto* refused = std::get_if<event::JobRefused>(&last.body)) {
    return skip(job, sentence_of(refused->reason));
  }
  if (std::holds_alternative<event::CommandRefused>(last.body)) {
    throw InputError("job " + std::to_string(job.id) + " has values that are out of range");
  }
  const std::uint32_t slot = slot_of(id);
  if (slot >= live_.size()) live_.resize(slot + 1);
  Live live;
  live.submit = job.submit;
  live.eligible = job.eligible;
  live.run = run;
  live.checkpoint_interval = job.checkpoint_interval;
  live.id = job.id;
  live.has_label = job.has_label;
  live.tenant = job.tenant;
  live.model = job.model;
  live.gpus = step_.state().scheduling().jobs[slot].gpus;
  live.full_estimate = run >= estimate;
  live_[slot] = live;
  ++live_jobs_;
  tally_.submitted(job.submit);
  tally_.usage.level.jobs_queued += 1;
  tally_.usage.level.gpus_queued += live.gpus;
  touch(queue);
  next_ = cursor_->next();
}

void Replayer::skip(const TraceJob& job, const std::string& reason) {
  ++skipped_[reason];
  if (options_.verbose) {
    std::fprintf(stderr, "skipped job %s: %s\n", text_of_id(job.id, job.has_label).c_str(),
                 reason.c_str());
  }
  next_ = cursor_->next();
}

void Replayer::confirm_start(Instant at, JobId job) {
  const std::uint32_t slot = slot_of(job);
  Live& live = live_[slot];
  const auto& held = step_.state().scheduling().jobs[slot];
  tally_.usage.level.jobs_queued -= 1;
  tally_.usage.level.gpus_queued -= live.gpus;
  live.gpus = held.held_gpus;
  tally_.usage.level.gpus_used += live.gpus;
  if (live.starts == 0) live.first_start = at;
  const bool restarts = live.starts > 0 && !muri_;
  ++live.starts;
  live.assigned = at;
  live.start_number = ++starts_;
  Instant end = at + (live.run - live.saved);
  if (restarts) end = end + options_.restart_overhead;
  ends_.push({end, live.start_number, slot, !live.full_estimate});
  execute({at, command::Started{job}});
}

void Replayer::confirm_stop(Instant at, const Stop& stop) {
  const std::uint32_t slot = slot_of(stop.job);
  Live& live = live_[slot];
  const QueueId queue = step_.state().scheduling().jobs[slot].queue;
  if (!muri_) {
    Duration ran = at - live.assigned;
    if (live.starts > 1) ran = std::max(ran - options_.restart_overhead, Duration{});
    Duration kept = ran;
    if (live.checkpoint_interval.us > 0) {
      kept.us -= ran.us % live.checkpoint_interval.us;
    } else if (stop.reason == Reason::kNodeLost) {
      kept = {};
    }
    tally_.lost_gpu_us += Int128{((at - live.assigned) - kept).us} * live.gpus;
    live.saved += kept;
  }
  live.held += at - live.assigned;
  live.start_number = 0;
  if (is_for_another_job(stop.reason)) ++tally_.preemptions;
  tally_.usage.level.gpus_used -= live.gpus;
  tally_.usage.level.jobs_queued += 1;
  tally_.usage.level.gpus_queued += live.gpus;
  execute({at, command::Stopped{stop.job, live.saved}});
  touch_after_release(queue);
}

void Replayer::end_first(Instant at) {
  const std::uint32_t slot = ends_.top().slot;
  ends_.pop();
  Live& live = live_[slot];
  const auto& scheduling = step_.state().scheduling();
  const auto& job = scheduling.jobs[slot];
  tally_.ended({live.submit, live.eligible, live.first_start, at, live.held + (at - live.assigned),
                live.run, live.gpus, live.tenant});
  if (jobs_out_) {
    jobs_out_->write(text_of_id(live.id, live.has_label), live.submit, live.first_start, at,
                     job.ranges.span());
  }
  tally_.usage.level.gpus_used -= live.gpus;
  live.start_number = 0;
  --live_jobs_;
  touch_after_release(job.queue);
  execute({at, command::Exited{job.id}});
  control_.jobs_ended.fetch_add(1, std::memory_order_relaxed);
}

void Replayer::charge_muri_overhead(Instant at) {
  const auto& scheduling = step_.state().scheduling();
  const Duration elapsed = at - last_event_;
  last_event_ = at;
  std::vector<JobId> running;
  for (const auto& queue : scheduling.queues) {
    queue.held.for_each([&](const placement::EndKey& key, const placement::HeldItem&) {
      running.push_back(key.job);
      return true;
    });
  }
  for (JobId id : running) {
    const std::uint32_t slot = slot_of(id);
    Live& live = live_[slot];
    const Duration overhead = muri_start_overhead(source_.tables().models[live.model], live.gpus);
    live.saved += std::max(elapsed - overhead, Duration{});
    live.start_number = ++starts_;
    ends_.push({at + (live.run - live.saved), live.start_number, slot, !live.full_estimate});
    execute({at, command::Checkpointed{id, live.saved}});
    touch(scheduling.jobs[slot].queue);
  }
}

}  // namespace stargate::sim
