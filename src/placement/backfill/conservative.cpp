// conservative: every waiting job has a reservation, and a job may start if it puts off none that goes
// before it. At each pass all jobs are planned anew: the head first, then the others in queue order,
// or shortest estimate first, each at the earliest instant at which it fits beside those planned
// before it, by the estimates. What is planned for now starts, unless it would take the head's quota.
// A job that no plan can be made for (its nodes are out of service) holds up nobody.
//
// O(waiting jobs x instants) where every job takes any free GPUs; otherwise see NodeProfile.

#include <algorithm>

#include "placement/backfill/backfill.h"
#include "placement/backfill/node_profile.h"
#include "placement/backfill/profile.h"
#include "placement/backfill/start_bounds.h"
#include "placement/place_job.h"

namespace stargate::placement {
namespace {

class Conservative final : public Backfill {
 public:
  Conservative(PassContext& context, std::uint32_t head) : head_(head) {
    if (counts_are_enough(context)) {
      plan_by_count(context, head);
    } else {
      plan_by_node(context, head);
    }
  }

  bool next(PassContext& context, Decision& decision) override {
    while (next_ < starts_.size()) {
      Start& start = starts_[next_++];
      const Job& job = context.scheduling.jobs[start.slot];
      const Tenants& tenants = context.scheduling.tenants;
      if (tenants.may_hold(job.tenant, job.gpus) != Reason::kNone) continue;
      const Job& head = context.scheduling.jobs[head_];
      if (start.slot != head_ &&
          !tenants.leaves_room(job.tenant, job.gpus, head.tenant, head.gpus)) {
        continue;
      }
      decision.ranges = std::move(start.ranges);
      if (decision.ranges.empty() &&
          !place_job(context.scheduling, context.queue, job, context.at, decision.ranges)) {
        continue;
      }
      decision.kind = Decision::Kind::kStart;
      decision.slot = start.slot;
      return true;
    }
    return false;
  }

 private:
  struct Start {
    std::uint32_t slot;
    std::vector<NodeRange> ranges;
  };

  /// Every request that came to the queue takes any free GPUs, so that only their number matters.
  static bool counts_are_enough(const PassContext& context) {
    const Queue& queue = context.queue;
    if (queue.unhealthy_nodes > 0 || queue.unavailable_held_gpus > 0) return false;
    if (context.scheduling.has_reservations(queue.id)) return false;
    if (queue.policy.place == PlacePolicy::kConsolidated) return false;
    for (std::size_t i = 0; i < queue.admitted.size(); ++i) {
      if (!queue.admitted[i].known || queue.admitted[i].refusal != Reason::kNone) continue;
      const Request& request = context.scheduling.requests[i];
      const Part& part = request.parts[0];
      if (request.parts.size() != 1 || request.locality.must || part.nodes > 0 ||
          part.gpus_per_node > 0 || part.kinds != kAnyKind) {
        return false;
      }
    }
    return true;
  }

  /// Calls plan(job, slot) for the head and then for the others whose quota allows them now.
  template <class PlanJob>
  void for_each_waiting(PassContext& context, std::uint32_t head, PlanJob plan) {
    const Scheduling& scheduling = context.scheduling;
    plan(scheduling.jobs[head], head);
    ClassLimits limits;
    limits.fill(kNoLimit);
    context.walk.next(context.queue.policy.backfill_order, nullptr, limits,
                      [&](std::uint32_t slot) {
                        const Job& job = scheduling.jobs[slot];
                        if (slot == head || context.walk.is_blocked(job.tenant)) return false;
                        if (scheduling.tenants.has_quotas() &&
                            scheduling.tenants.may_hold(job.tenant, job.gpus) != Reason::kNone) {
                          context.walk.block(job.tenant);
                          return false;
                        }
                        plan(job, slot);
                        return false;
                      });
  }

  void plan_by_count(PassContext& context, std::uint32_t head) {
    const Queue& queue = context.queue;
    StartBounds bounds;
    CountProfile profile(context.at, queue.fleet.free_gpus());
    queue.held.for_each([&](const EndKey& key, const HeldItem& item) {
      profile.give_back(std::max(key.end, context.at + Duration{1}), item.gpus);
      return true;
    });
    for_each_waiting(context, head, [&](const Job& job, std::uint32_t slot) {
      const Duration length =
          std::max(estimated_end_if_started(job, context.at) - context.at, Duration{1});
      const Instant from =
          profile.earliest(job.gpus, length, bounds.not_before(job.gpus, length, context.at));
      if (from == kNever) return;
      bounds.add(job.gpus, length, from);
      profile.take(from, from + length, job.gpus);
      if (from == context.at) starts_.push_back({slot, {}});
    });
  }

  void plan_by_node(PassContext& context, std::uint32_t head) {
    NodeProfile profile(context.scheduling, context.queue, context.at);
    for_each_waiting(context, head, [&](const Job& job, std::uint32_t slot) {
      auto plan = profile.plan(job);
      if (plan && plan->from == context.at) starts_.push_back({slot, std::move(plan->ranges)});
    });
  }

  std::uint32_t head_;
  std::vector<Start> starts_;
  std::size_t next_ = 0;
};

}  // namespace

extern const BackfillEntry kConservativeBackfill;
const BackfillEntry kConservativeBackfill{
    BackfillKind::kConservative, "conservative",
    [](PassContext& context, std::uint32_t head) -> std::unique_ptr<Backfill> {
      return std::make_unique<Conservative>(context, head);
    }};

}  // namespace stargate::placement
