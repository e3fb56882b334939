#include "placement/what_if.h"

#include <algorithm>

namespace stargate::placement {
namespace {

constexpr Instant kNothingReleased{INT64_MIN};
constexpr JobId kLastJob{~std::uint64_t{0}};
/// Nodes whose index is copied in about the time of one step of the horizon.
constexpr std::uint64_t kNodesCopiedAStep = 256;

/// A lower bound of the number of allocations to give back until so many GPUs are free.
std::uint64_t steps_at_least(const Queue& queue, std::uint64_t gpus) {
  const std::uint64_t free = queue.fleet.free_gpus();
  if (free >= gpus) return 0;
  const auto enough = [&](const HeldSummary& sum) { return free + sum.gpus >= gpus; };
  const auto found = queue.held.find_prefix(enough);
  return found ? queue.held.summary_up_to(found->key).jobs : queue.held.size();
}

}  // namespace

EndKey WhatIf::horizon_key() const { return {horizon_, kLastJob}; }

bool WhatIf::at_end(const Queue& queue) const {
  const EndKey key = horizon_key();
  return !queue.held.next(&key).has_value();
}

void WhatIf::step_forward(const Scheduling& scheduling, const Queue& queue) {
  EndKey key = horizon_key();
  auto found = queue.held.next(&key);
  horizon_ = found->key.end;
  while (found && found->key.end == horizon_) {
    fleet_->release(scheduling.jobs[found->item.slot].ranges.span());
    key = found->key;
    found = queue.held.next(&key);
  }
}

void WhatIf::step_back(const Scheduling& scheduling, const Queue& queue) {
  auto found = queue.held.last_up_to(horizon_key());
  const Instant end = found->key.end;
  while (found && found->key.end == end) {
    fleet_->occupy(scheduling.jobs[found->item.slot].ranges.span());
    if (found->key.job.value == 0) {
      found = queue.held.last_up_to({Instant{end.us - 1}, kLastJob});
    } else {
      found = queue.held.last_up_to({end, {found->key.job.value - 1}});
    }
  }
  horizon_ = found ? found->key.end : kNothingReleased;
}

Instant WhatIf::find_start(const Scheduling& scheduling, const Queue& queue, const Job& job,
                           const Request& request) {
  const PlacePolicy place = queue.policy.place;
  if (!fleet_ || head_ != job.id) {
    const std::uint64_t needed = steps_at_least(queue, job.gpus);
    const std::uint64_t given_back = queue.held.summary_up_to(horizon_key()).jobs;
    const std::uint64_t moves = given_back > needed ? given_back - needed : needed - given_back;
    if (!fleet_ || needed + queue.fleet.topology().node_count() / kNodesCopiedAStep < moves) {
      fleet_ = queue.fleet;
      horizon_ = kNothingReleased;
    }
    head_ = job.id;
    // What is too few GPUs by count alone need not be asked about.
    for (std::uint64_t step = queue.held.summary_up_to(horizon_key()).jobs;
         step < needed && !at_end(queue);
         step = queue.held.summary_up_to(horizon_key()).jobs) {
      step_forward(scheduling, queue);
    }
  }
  while (!fleet_->fits(request, place)) {
    if (at_end(queue)) return kNever;
    step_forward(scheduling, queue);
  }
  for (;;) {
    if (!queue.held.last_up_to(horizon_key())) break;
    const Instant before = horizon_;
    step_back(scheduling, queue);
    if (!fleet_->fits(request, place)) {
      step_forward(scheduling, queue);
      horizon_ = before;
      break;
    }
  }
  return horizon_;
}

bool WhatIf::fits_beside(const Request& request, PlacePolicy place,
                         std::span<const NodeRange> ranges) {
  fleet_->occupy(ranges);
  const bool fits = fleet_->fits(request, place);
  fleet_->release(ranges);
  return fits;
}

void WhatIf::on_assigned(Instant end, std::span<const NodeRange> ranges) {
  if (fleet_ && horizon_ < end) fleet_->occupy(ranges);
}

void WhatIf::on_released(Instant end, std::span<const NodeRange> ranges) {
  if (fleet_ && horizon_ < end) fleet_->release(ranges);
}

}  // namespace stargate::placement
