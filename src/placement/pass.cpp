#include "placement/pass.h"

#include <algorithm>

#include "placement/place_job.h"
#include "placement/victims.h"

namespace stargate::placement {

Pass::Pass(const Scheduling& scheduling, const Queue& queue, Instant at, PassCache& cache)
    : walk_(scheduling, queue, at), context_{scheduling, queue, at, walk_, cache} {
  if (cache.exhausted) resume();
}

void Pass::resume() {
  const Scheduling& scheduling = context_.scheduling;
  PassCache& cache = context_.cache;
  const auto first = walk_.first();
  cache.exhausted = false;
  if (!first || scheduling.jobs[first->slot].id != cache.head) return;
  head_ = first->slot;
  step_ = Step::kWait;
  only_.swap(cache.submitted);
  const Queue& queue = context_.queue;
  if (only_.size() > 1) {
    const bool shortest = queue.policy.backfill_order == BackfillOrder::kShortest;
    const auto key_of = [&](std::uint32_t slot) {
      const Job& job = scheduling.jobs[slot];
      return shortest ? QueueKey{job.left_from_start().us, job.id.value} : queue.key_of(job);
    };
    std::sort(only_.begin(), only_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key_of(a) < key_of(b); });
  }
  context_.only = &only_;
}

void Pass::remember() {
  const Queue& queue = context_.queue;
  PassCache& cache = context_.cache;
  const bool blocked = step_ == Step::kBackfill;
  cache.submitted.clear();
  cache.exhausted = blocked && (!backfill_ || backfill_->exhausted()) && !queue.by_tenant &&
                    !queue.order->preempts && queue.stopping == 0 &&
                    context_.scheduling.reservations.empty();
  if (cache.exhausted) cache.head = context_.scheduling.jobs[head_].id;
}

void Pass::next(Decision& decision) {
  decision.kind = Decision::Kind::kDone;
  decision.ranges.clear();
  if (ended_) return;
  if (step_ == Step::kHeads && start_head(decision)) return;
  if (step_ == Step::kStops) {
    step_ = Step::kWait;
    if (stop_others(decision)) return;
  }
  if (step_ == Step::kWait) {
    step_ = Step::kBackfill;
    if (say_wait(decision)) return;
  }
  if (step_ == Step::kBackfill) {
    if (!backfill_) {
      backfill_ = backfill_of(context_.queue.policy.backfill).make(context_, head_);
    }
    if (backfill_ && backfill_->next(context_, decision)) return;
    decision.kind = Decision::Kind::kDone;
  }
  remember();
  ended_ = true;
}

bool Pass::start_head(Decision& decision) {
  const Scheduling& scheduling = context_.scheduling;
  const Queue& queue = context_.queue;
  for (;;) {
    const auto first = walk_.first();
    if (!first) {
      step_ = Step::kDone;
      return false;
    }
    const Job& job = scheduling.jobs[first->slot];
    needs_reclaim_ = false;
    if (scheduling.tenants.has_quotas()) {
      const Reason reason = scheduling.tenants.may_hold(job.tenant, job.gpus);
      needs_reclaim_ = scheduling.tenants.within_guarantee(job.tenant, job.gpus);
      if (reason != Reason::kNone && !(reason == Reason::kCohortUsed && needs_reclaim_)) {
        walk_.block(job.tenant);
        continue;
      }
      if (scheduling.tenants.would_borrow(job.tenant, job.gpus) &&
          walk_.guarantee_is_awaited(scheduling, job.tenant)) {
        walk_.hold_back(job.tenant);
        continue;
      }
      walk_.let_go();
      reason_ = reason;
    }
    head_ = first->slot;
    if (reason_ == Reason::kNone &&
        place_job(scheduling, queue, job, context_.at, decision.ranges)) {
      decision.kind = Decision::Kind::kStart;
      decision.slot = head_;
      return true;
    }
    step_ = Step::kStops;
    return false;
  }
}

bool Pass::stop_others(Decision& decision) {
  const Scheduling& scheduling = context_.scheduling;
  const Queue& queue = context_.queue;
  const Job& job = scheduling.jobs[head_];
  StopPlan plan;
  Reason reason = Reason::kReclaimed;
  if (needs_reclaim_) plan = plan_reclaim(scheduling, queue, job, context_.at);
  if (plan.victims.empty() && !plan.wait && reason_ == Reason::kNone && queue.order->preempts) {
    plan = plan_preemption(scheduling, queue, job, context_.at);
    reason = Reason::kPreempted;
  }
  if (plan.wait || !plan.victims.empty()) reason_ = Reason::kStopsAwaited;
  if (plan.victims.empty()) return false;
  decision.kind = Decision::Kind::kStop;
  decision.slot = head_;
  decision.reason = reason;
  decision.victims = std::move(plan.victims);
  return true;
}

bool Pass::say_wait(Decision& decision) {
  const Queue& queue = context_.queue;
  const Job& job = context_.scheduling.jobs[head_];
  if (reason_ == Reason::kNone) {
    if (queue.fleet.free_gpus() < job.gpus) {
      reason_ = Reason::kGpusBusy;
    } else if (context_.scheduling.has_reservations(queue.id) &&
               queue.fits_now(job.request, context_.scheduling.requests[job.request.value])) {
      reason_ = Reason::kReserved;
    } else {
      reason_ = Reason::kFragmented;
    }
  }
  if (queue.waits == job.id && queue.waits_for == reason_) return false;
  decision.kind = Decision::Kind::kWait;
  decision.slot = head_;
  decision.reason = reason_;
  return true;
}

}  // namespace stargate::placement
