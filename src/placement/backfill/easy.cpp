// easy: the head has a reservation, and a job behind it may start if it does not put it off
// (aggressive backfilling, Lifka 1995).
//
// The shadow time is the first instant by which the head fits if every allocation is given back when
// its estimate runs out; where estimates were outrun it may have passed, and nothing ends by it. A
// candidate that fits now starts if it ends by then by its estimate, or if the head would still fit
// then beside it. One that does not end by then also leaves the head its quota. Candidates are tried
// once a pass, in queue order or shortest estimate first.
//
// Where the head takes any free GPUs, "still fits" is a count: the extra GPUs are those free at the
// shadow time, all allocations included that end at or before it, less what the head needs. Otherwise
// the gang is placed on the fleet as it will be then.

#include <algorithm>

#include "placement/backfill/backfill.h"
#include "placement/place_job.h"

namespace stargate::placement {
namespace {

class Easy final : public Backfill {
 public:
  Easy(PassContext& context, std::uint32_t head) : head_(head) {
    const Job& job = context.scheduling.jobs[head];
    head_request_ = &context.scheduling.requests[job.request.value];
    const bool windowed = context.scheduling.has_reservations(context.queue.id);
    by_count_ = !windowed && takes_any_gpus(context.queue, *head_request_);
    if (windowed) reserve(context);
    if (context.only == nullptr) set_limits(context);
  }

  bool exhausted() const override {
    // A start may move the place of others to where they put nobody off, but for counts.
    return !windowed_fleet_ && (by_count_ || !started_one_);
  }

  bool next(PassContext& context, Decision& decision) override {
    if (by_count_ && context.queue.fleet.free_gpus() == 0) return false;
    if (context.only != nullptr) return next_of(context, decision);
    if (!any_may_start_) return false;
    const auto accepts = [&](std::uint32_t slot) { return try_start(context, slot, decision); };
    const auto found = context.walk.next(context.queue.policy.backfill_order,
                                         started_one_ ? &last_ : nullptr, limits_, accepts);
    if (!found) return false;
    last_ = *found;
    started_one_ = true;
    // A class may go past the shadow again: what it is placed on now may be elsewhere.
    for (std::uint32_t i = 0; i < kClasses; ++i) {
      if (refused_beside_[i] && limits_[i] != kNoneOfClass) limits_[i] = kNoLimit;
      refused_beside_[i] = false;
    }
    return true;
  }

 private:
  bool next_of(PassContext& context, Decision& decision) {
    while (next_only_ < context.only->size()) {
      const std::uint32_t slot = (*context.only)[next_only_++];
      if (!reserved_) {
        const Job& job = context.scheduling.jobs[slot];
        const Request& request = context.scheduling.requests[job.request.value];
        // Where there are quotas, what may not start holds up its tenant even where it does not fit.
        const bool quotas = context.scheduling.tenants.has_quotas();
        if (!quotas && !context.queue.fits_now(job.request, request)) continue;
        reserve(context);
      }
      if (!try_start(context, slot, decision)) continue;
      started_one_ = true;
      refused_beside_.fill(false);
      if (!by_count_) try_all_behind(context, slot);
      return true;
    }
    return false;
  }

  /// A start may move the place of those that wait behind it to where they put nobody off: from here
  /// on any may start.
  void try_all_behind(PassContext& context, std::uint32_t slot) {
    const Queue& queue = context.queue;
    const Job& job = context.scheduling.jobs[slot];
    const bool shortest = queue.policy.backfill_order == BackfillOrder::kShortest;
    last_ = {shortest ? QueueKey{job.left_from_start().us, job.id.value} : queue.key_of(job), slot,
             0};
    context.only = nullptr;
    set_limits(context);
  }

  static bool takes_any_gpus(const Queue& queue, const Request& request) {
    if (request.parts.size() != 1 || request.locality.must) return false;
    const Part& part = request.parts[0];
    return part.nodes == 0 && part.gpus_per_node == 0 && part.kinds == kAnyKind &&
           queue.policy.place != PlacePolicy::kConsolidated && queue.unhealthy_nodes == 0 &&
           queue.unavailable_held_gpus == 0;
  }

  /// Finds the shadow time. It is not needed, and not looked for, while no candidate fits.
  /// REQUIRES: nothing was started in this pass since the head was seen not to fit.
  void reserve(PassContext& context) {
    reserved_ = true;
    const Queue& queue = context.queue;
    const Job& head = context.scheduling.jobs[head_];
    if (context.scheduling.has_reservations(queue.id)) {
      reserve_around_windows(context);
      return;
    }
    if (!by_count_) {
      shadow_ = context.cache.what_if.find_start(context.scheduling, queue, head, *head_request_);
      shadow_ = std::max(shadow_, overdue(context.at));
      return;
    }
    const std::uint64_t free = queue.fleet.free_gpus();
    const auto enough = [&](const HeldSummary& sum) { return free + sum.gpus >= head.gpus; };
    const auto found = queue.held.find_prefix(enough);
    if (!found) return;
    const EndKey last{found->key.end, {~std::uint64_t{0}}};
    extra_gpus_ = free + queue.held.summary_up_to(last).gpus - head.gpus;
    shadow_ = std::max(found->key.end, overdue(context.at));
  }

  /// Stands for every instant before now: nothing that starts now ends by then.
  static Instant overdue(Instant now) { return now - Duration{1}; }

  /// With reservations on the queue the fleet is looked at afresh at each instant at which something
  /// is given back: O(instants x fleet).
  void reserve_around_windows(PassContext& context) {
    const Queue& queue = context.queue;
    std::vector<Instant> instants;
    queue.held.for_each([&](const EndKey& key, const HeldItem&) {
      instants.push_back(std::max(key.end, context.at));
      return true;
    });
    for (const Reservation& reservation : context.scheduling.reservations) {
      if (reservation.queue == queue.id)
        instants.push_back(std::max(reservation.until, context.at));
      if (reservation.queue == queue.id) instants.push_back(std::max(reservation.from, context.at));
    }
    std::sort(instants.begin(), instants.end());
    for (Instant instant : instants) {
      FleetIndex fleet = fleet_at(context, instant);
      if (fleet.fits(*head_request_, queue.policy.place)) {
        shadow_ = instant;
        windowed_fleet_ = std::move(fleet);
        return;
      }
    }
  }

  FleetIndex fleet_at(PassContext& context, Instant instant) const {
    const Queue& queue = context.queue;
    const Job& head = context.scheduling.jobs[head_];
    const Instant end = estimated_end_if_started(head, instant);
    FleetIndex fleet = queue.fleet;
    queue.held.for_each([&](const EndKey& key, const HeldItem& item) {
      if (instant < key.end) return false;
      queue.give_back_on(fleet, context.scheduling.jobs[item.slot].ranges.span());
      return true;
    });
    for (const Reservation& reservation : context.scheduling.reservations) {
      if (keeps_out(reservation, queue, head.tenant, instant, end)) {
        occupy_free(fleet, reservation.ranges);
      }
    }
    return fleet;
  }

  void set_limits(PassContext& context) {
    const Queue& queue = context.queue;
    // 1. Which classes wait and fit now.
    std::array<std::uint8_t, kClasses> fitting;
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < queue.own_classes.size(); ++i) {
      const RequestId id = queue.own_classes[i];
      if (!waits(queue, i) || !queue.fits_now(id, context.scheduling.requests[id.value])) continue;
      fitting[count++] = static_cast<std::uint8_t>(i);
    }
    if (queue.own_classes.size() == kOwnClasses) {
      const std::uint64_t free = queue.fleet.free_gpus();
      for (std::uint32_t i = kOwnClasses; i < kClasses; ++i) {
        if (smallest_of(i) <= free) fitting[count++] = static_cast<std::uint8_t>(i);
      }
    }
    any_may_start_ = count > 0;
    if (!any_may_start_) return;
    // 2. How long jobs of those may be.
    if (!reserved_) reserve(context);
    // Not below zero: a class of which none is in time may yet go past the shadow.
    const Duration in_time = std::max(shadow_ - context.at, Duration{});
    in_time_ = shadow_ == kNever ? kNoLimit : coarse_estimate(in_time);
    limits_.fill(kNoneOfClass);
    for (std::uint32_t at = 0; at < count; ++at) {
      const std::uint32_t i = fitting[at];
      const bool beside = i < kOwnClasses
                              ? may_go_beside(context, queue.admitted[queue.own_classes[i].value])
                              : !by_count_ || smallest_of(i) <= extra_gpus_;
      limits_[i] = beside ? kNoLimit : in_time_;
    }
  }

  /// False where a job with such a request surely puts the head off if it ends after the shadow time.
  bool may_go_beside(PassContext& context, const Queue::Admitted& admitted) const {
    if (by_count_) return admitted.gpus <= extra_gpus_;
    if (windowed_fleet_ || shadow_ == kNever || !admitted.flat) return true;
    const FlatNeed& need = *admitted.flat;
    const bool whole_nodes =
        need.share == context.queue.fleet.topology().spec().groups[0].gpus_per_node;
    return !whole_nodes || !context.cache.what_if.refuses_beside(need.nodes);
  }

  static std::uint64_t smallest_of(std::uint32_t shared) {
    return std::uint64_t{1} << (2 * (shared - kOwnClasses));
  }

  static bool waits(const Queue& queue, std::uint32_t request_class) {
    for (const PendingTree& tree : queue.pending) {
      if (tree.summary().shortest[request_class] != PendingSummary::kNothing) return true;
    }
    return false;
  }

  bool try_start(PassContext& context, std::uint32_t slot, Decision& decision) {
    if (slot == head_) return false;
    const Scheduling& scheduling = context.scheduling;
    const Queue& queue = context.queue;
    const Job& job = scheduling.jobs[slot];
    const std::uint32_t request_class = queue.class_for(job.request, job.gpus);
    const bool own_class = request_class < kOwnClasses;
    const Instant end = estimated_end_if_started(job, context.at);
    const bool in_time = end <= shadow_;
    if (by_count_ && !in_time && job.gpus > extra_gpus_) return false;
    if (!in_time && refused_beside_[request_class] && own_class) return false;
    if (scheduling.tenants.has_quotas()) {
      if (context.walk.is_blocked(job.tenant)) return false;
      if (scheduling.tenants.may_hold(job.tenant, job.gpus) != Reason::kNone) {
        context.walk.block(job.tenant);
        return false;
      }
      const Job& head = scheduling.jobs[head_];
      if (!(in_time && shadow_ > context.at) &&
          !scheduling.tenants.leaves_room(job.tenant, job.gpus, head.tenant, head.gpus)) {
        return false;
      }
    }
    decision.ranges.clear();
    if (!place_job(scheduling, queue, job, context.at, decision.ranges)) {
      if (own_class && !windowed_fleet_) limits_[request_class] = kNoneOfClass;
      return false;
    }
    if (!in_time && !by_count_ && !fits_beside(context, decision.ranges)) {
      if (own_class && !windowed_fleet_) {
        refused_beside_[request_class] = true;
        limits_[request_class] = in_time_;
      }
      return false;
    }
    if (!in_time && by_count_) {
      extra_gpus_ -= job.gpus;
      for (std::uint32_t i = 0; i < queue.own_classes.size(); ++i) {
        const std::uint64_t gpus = queue.admitted[queue.own_classes[i].value].gpus;
        if (limits_[i] == kNoLimit && gpus > extra_gpus_) limits_[i] = in_time_;
      }
    }
    if (!in_time && windowed_fleet_) occupy_free(*windowed_fleet_, decision.ranges);
    decision.kind = Decision::Kind::kStart;
    decision.slot = slot;
    return true;
  }

  bool fits_beside(PassContext& context, std::span<const NodeRange> ranges) {
    if (shadow_ == kNever) return true;
    if (!windowed_fleet_) return context.cache.what_if.fits_beside(ranges);
    FleetIndex fleet = *windowed_fleet_;
    occupy_free(fleet, ranges);
    return fleet.fits(*head_request_, context.queue.policy.place);
  }

  std::uint32_t head_;
  const Request* head_request_;
  bool reserved_ = false;
  Instant shadow_ = kNever;
  bool by_count_ = false;
  std::uint64_t extra_gpus_ = 0;
  std::optional<FleetIndex> windowed_fleet_;
  std::int32_t in_time_ = kNoLimit;
  ClassLimits limits_{};
  std::array<bool, kClasses> refused_beside_{};
  Walk::Position last_;
  bool started_one_ = false;
  bool any_may_start_ = false;
  std::size_t next_only_ = 0;
};

}  // namespace

extern const BackfillEntry kEasyBackfill;
const BackfillEntry kEasyBackfill{
    BackfillKind::kEasy, "easy",
    [](PassContext& context, std::uint32_t head) -> std::unique_ptr<Backfill> {
      return std::make_unique<Easy>(context, head);
    }};

}  // namespace stargate::placement
