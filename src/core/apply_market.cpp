// What events of the world of contracts do to the state.

#include "base/check.h"
#include "core/state.h"
#include "event/codec.h"
#include "placement/route.h"

namespace stargate::core {

using placement::Job;
using placement::Phase;
using placement::Queue;
using placement::Transfer;

void State::enqueue(Queue& queue, const Job& job, std::uint32_t slot) {
  queue.enqueue(job, slot);
  if (is_set(job.workload)) scheduling_.market.places[queue.id.value].queued_gpus += job.gpus;
}

void State::dequeue(Queue& queue, const Job& job) {
  queue.dequeue(job);
  if (is_set(job.workload)) scheduling_.market.places[queue.id.value].queued_gpus -= job.gpus;
}

/// The job ends; REQUIRES: it is in no tree.
void State::forget_workload_job(const Job& job) {
  if (!is_set(job.workload)) return;
  placement::Market& market = scheduling_.market;
  if (placement::is_limited(job)) --market.limited_jobs;
  --market.live_jobs[job.workload.value];
  if (is_set(job.queue)) {
    market.count_routed(job, false);
  } else {
    market.count_unrouted(job, false);
  }
}

void State::apply(const event::Defined& event, const EventBatch& batch) {
  const Definition& definition = batch.definitions[event.index];
  placement::Market& market = scheduling_.market;
  STARGATE_CHECK(market.book.check(definition) == Reason::kNone, "what is defined may be defined");
  market.book.define(definition);
  market.stale = true;
  ByteWriter out(definitions_);
  write_definition(out, definition);
  ++definition_count_;
}

void State::apply(const event::OrderOpened& event, const EventBatch&) {
  scheduling_.market.add_queue(event.queue, event.order);
  scheduling_.market.stale = true;
}

void State::apply(const event::ActEntered& event, const EventBatch& batch) {
  scheduling_.market.book.record(batch.acts[event.index], now_);
  scheduling_.market.stale = true;
}

void State::apply(const event::PermissionsChanged&, const EventBatch&) {
  scheduling_.market.compile(now_);
  scheduling_.market.renew_commitments(now_);
}

void State::apply(const event::WorkloadSubmitted& event, const EventBatch&) {
  Job job;
  job.id = event.job;
  job.submitted = now_;
  job.estimate = event.estimate;
  job.written_estimate = event.estimate;
  job.checkpoint_interval = event.checkpoint_interval;
  job.queue = kNo<QueueId>;
  job.workload = event.workload;
  job.tenant = event.tenant;
  job.request = event.request;
  job.written_request = event.request;
  job.early_request = event.early_request;
  job.priority = event.priority;
  scheduling_.jobs.add(job);
  placement::Market& market = scheduling_.market;
  ++market.live_jobs[event.workload.value];
  market.count_unrouted(job, true);
}

void State::apply(const event::JobRouted& event, const EventBatch&) {
  std::uint32_t slot = 0;
  Job& job = job_of(event.job, slot);
  STARGATE_CHECK(job.phase == Phase::kQueued && !is_set(job.queue), "a job waits in one queue");
  Queue& queue = scheduling_.queues[event.queue.value];
  job.queue = event.queue;
  job.request = event.request;
  job.estimate = event.estimate;
  job.saved = event.saved;
  if (placement::is_limited(job)) --scheduling_.market.limited_jobs;
  job.unmet = Reason::kNone;
  job.unmet_by = kNo<ClauseId>;
  job.restart_overhead = queue.policy.restart_overhead;
  job.gpus = static_cast<std::uint32_t>(queue.admitted[event.request.value].gpus);
  job.service_level = placement::service_level_of(job.gpus, job.attained);
  placement::Market& market = scheduling_.market;
  market.count_unrouted(job, false);
  market.count_routed(job, true);
  enqueue(queue, job, slot);
}

void State::apply(const event::JobUnrouted& event, const EventBatch&) {
  std::uint32_t slot = 0;
  Job& job = job_of(event.job, slot);
  STARGATE_CHECK(job.phase == Phase::kQueued && is_set(job.queue),
                 "what leaves a queue waits there");
  placement::Market& market = scheduling_.market;
  dequeue(scheduling_.queues[job.queue.value], job);
  market.count_routed(job, false);
  job.queue = kNo<QueueId>;
  market.count_unrouted(job, true);
  ++market.route_versions[job.workload.value];
}

void State::apply(const event::DemandUnmet& event, const EventBatch&) {
  std::uint32_t slot = 0;
  Job& job = job_of(event.job, slot);
  std::uint64_t& limited = scheduling_.market.limited_jobs;
  if (placement::is_limited(job)) --limited;
  job.unmet = event.reason;
  job.unmet_by = event.clause;
  if (placement::is_limited(job)) ++limited;
}

void State::apply(const event::TransferStarted& event, const EventBatch&) {
  scheduling_.market.transfers.push_back({event.data, event.site, event.until, false});
}

void State::apply(const event::TransferEnded& event, const EventBatch&) {
  for (Transfer& transfer : scheduling_.market.transfers) {
    if (transfer.data == event.data && transfer.site == event.site) transfer.ended = true;
  }
  scheduling_.market.retry();
}

}  // namespace stargate::core
