#include "placement/what_if.h"

#include <algorithm>
#include <bit>

namespace stargate::placement {
namespace {

constexpr Instant kNothingGivenBack{INT64_MIN};
constexpr JobId kLastJob{~std::uint64_t{0}};
/// Nodes that are copied in about the time of one step of the horizon.
constexpr std::uint64_t kFlatNodesAStep = 1'024;
constexpr std::uint64_t kIndexedNodesAStep = 256;

/// A lower bound of the number of allocations to give back until so many GPUs are free.
std::uint64_t steps_at_least(const Queue& queue, std::uint64_t gpus) {
  const std::uint64_t free = queue.fleet.free_gpus();
  if (free >= gpus) return 0;
  const auto enough = [&](const HeldSummary& sum) { return free + sum.gpus >= gpus; };
  const auto found = queue.held.find_prefix(enough);
  return found ? queue.held.summary_up_to(found->key).jobs : queue.held.size();
}

EndKey end_of(Instant horizon) { return {horizon, kLastJob}; }

}  // namespace

void WhatIf::forget() {
  known_ = false;
  settled_ = false;
  last_group_.clear();
  fleet_.reset();
}

bool WhatIf::at_end(const Queue& queue) const {
  const auto last = queue.held.last();
  return !last || !(horizon_ < last->key.end);
}

bool WhatIf::fits() const { return flat_ ? then_.fits(need_) : fleet_->fits(*request_, place_); }

/// Whether the head fits without what ends at the horizon itself.
bool WhatIf::fits_before(const Scheduling& scheduling, const Queue& queue) {
  if (flat_) return before_.fits(need_);
  for (std::uint32_t slot : last_group_) {
    queue.take_again_on(*fleet_, scheduling.jobs[slot].ranges.span());
  }
  const bool fits = fleet_->fits(*request_, place_);
  for (std::uint32_t slot : last_group_) {
    queue.give_back_on(*fleet_, scheduling.jobs[slot].ranges.span());
  }
  return fits;
}

void WhatIf::start_over(const Queue& queue) {
  horizon_ = kNothingGivenBack;
  last_group_.clear();
  if (!flat_) {
    fleet_ = queue.fleet;
    free_now_.clear();
    known_ = true;
    return;
  }
  fleet_.reset();
  if (!known_ || free_now_.empty()) {
    const std::uint32_t nodes = queue.fleet.topology().node_count();
    free_now_.resize(nodes);
    for (std::uint32_t node = 0; node < nodes; ++node) {
      free_now_[node] = static_cast<std::uint8_t>(std::popcount(queue.fleet.free_mask({node})));
    }
  }
  then_.assign(free_now_);
  before_.assign(then_);
  known_ = true;
}

void WhatIf::collect_group(const Queue& queue, Instant end) {
  last_group_.clear();
  queue.held.for_each_after(end_of(Instant{end.us - 1}),
                            [&](const EndKey& key, const HeldItem& item) {
                              if (key.end != end) return false;
                              last_group_.push_back(item.slot);
                              return true;
                            });
}

void WhatIf::step_forward(const Scheduling& scheduling, const Queue& queue) {
  if (flat_) {
    for (std::uint32_t slot : last_group_) before_.give_back(scheduling.jobs[slot].ranges.span());
  }
  last_group_.clear();
  queue.held.for_each_after(end_of(horizon_), [&](const EndKey& key, const HeldItem& item) {
    if (!last_group_.empty() && key.end != horizon_) return false;
    horizon_ = key.end;
    last_group_.push_back(item.slot);
    return true;
  });
  for (std::uint32_t slot : last_group_) {
    const auto ranges = scheduling.jobs[slot].ranges.span();
    flat_ ? then_.give_back(ranges) : queue.give_back_on(*fleet_, ranges);
  }
}

void WhatIf::step_back(const Scheduling& scheduling, const Queue& queue) {
  for (std::uint32_t slot : last_group_) {
    const auto ranges = scheduling.jobs[slot].ranges.span();
    flat_ ? then_.take(ranges) : queue.take_again_on(*fleet_, ranges);
  }
  const auto earlier = queue.held.last_up_to(end_of(Instant{horizon_.us - 1}));
  if (!earlier) {
    horizon_ = kNothingGivenBack;
    last_group_.clear();
    return;
  }
  horizon_ = earlier->key.end;
  collect_group(queue, horizon_);
  if (!flat_) return;
  for (std::uint32_t slot : last_group_) before_.take(scheduling.jobs[slot].ranges.span());
}

/// Another job is at the head: from where its start is looked for.
void WhatIf::look_at(const Scheduling& scheduling, const Queue& queue, const Job& job) {
  const auto need = queue.flat_need_of(job.request);
  const bool changes_kind = need.has_value() != flat_;
  flat_ = need.has_value();
  need_ = need.value_or(FlatNeed{});
  head_ = job.id;
  const std::uint64_t needed = steps_at_least(queue, job.gpus);
  const std::uint64_t nodes_a_step = flat_ ? kFlatNodesAStep : kIndexedNodesAStep;
  const std::uint64_t copy = queue.fleet.topology().node_count() / nodes_a_step;
  std::uint64_t given_back = 0;
  if (known_ && !changes_kind) {
    given_back = queue.held.summary_up_to(end_of(horizon_)).jobs;
    const std::uint64_t moves = given_back > needed ? given_back - needed : needed - given_back;
    if (needed + copy < moves) given_back = 0;
  }
  if (given_back == 0) start_over(queue);
  // What is too few GPUs by count alone need not be asked about.
  while (given_back < needed && !at_end(queue)) {
    step_forward(scheduling, queue);
    given_back += last_group_.size();
  }
}

Instant WhatIf::find_start(const Scheduling& scheduling, const Queue& queue, const Job& job,
                           const Request& request) {
  request_ = &request;
  place_ = queue.policy.place;
  if (!known_ || head_ != job.id) {
    settled_ = false;
    look_at(scheduling, queue, job);
  }
  // Others may have been assigned what the head was to have: one that went before it for a while.
  while (!fits()) {
    settled_ = false;
    if (at_end(queue)) return kNever;
    step_forward(scheduling, queue);
  }
  if (!flat_ && settled_) return horizon_;
  while (horizon_ != kNothingGivenBack && fits_before(scheduling, queue))
    step_back(scheduling, queue);
  settled_ = true;
  return horizon_;
}

bool WhatIf::fits_beside(std::span<const NodeRange> ranges) {
  if (flat_) return then_.fits_beside(need_, ranges);
  fleet_->occupy(ranges);
  const bool fits = fleet_->fits(*request_, place_);
  fleet_->release(ranges);
  return fits;
}

void WhatIf::on_assigned(Instant end, std::uint32_t slot, std::span<const NodeRange> ranges) {
  if (!known_) return;
  if (end == horizon_) {
    last_group_.push_back(slot);
    if (flat_) before_.take(ranges);
  } else if (horizon_ < end) {
    flat_ ? then_.take(ranges) : fleet_->occupy(ranges);
    if (flat_) before_.take(ranges);
  }
  if (!flat_) return;
  for (const NodeRange& range : ranges) {
    const int gpus = std::popcount(range.mask);
    for (std::uint32_t i = 0; i < range.count; ++i) {
      std::uint8_t& free = free_now_[range.first + i];
      free = static_cast<std::uint8_t>(free - gpus);
    }
  }
}

void WhatIf::on_released(Instant end, std::uint32_t slot, std::span<const NodeRange> ranges) {
  if (!known_) return;
  // What was to be given back before the horizon is free before it either way.
  if (horizon_ <= end) settled_ = false;
  if (end == horizon_) {
    std::erase(last_group_, slot);
    if (flat_) before_.give_back(ranges);
  } else if (horizon_ < end) {
    flat_ ? then_.give_back(ranges) : fleet_->release(ranges);
    if (flat_) before_.give_back(ranges);
  }
  if (!flat_) return;
  for (const NodeRange& range : ranges) {
    const int gpus = std::popcount(range.mask);
    for (std::uint32_t i = 0; i < range.count; ++i) {
      std::uint8_t& free = free_now_[range.first + i];
      free = static_cast<std::uint8_t>(free + gpus);
    }
  }
}

}  // namespace stargate::placement
