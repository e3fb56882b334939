#include "placement/what_if.h"

#include <algorithm>
#include <bit>

namespace stargate::placement {
namespace {

constexpr Instant kNothingGivenBack{INT64_MIN};
constexpr JobId kLastJob{~std::uint64_t{0}};
/// Nodes that are copied in about the time of one step of the horizon.
constexpr std::uint64_t kFlatNodesAStep = 2'048;
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

template <class Visit>
void for_each_node(std::span<const NodeRange> ranges, Visit visit) {
  for (const NodeRange& range : ranges) {
    const auto gpus = static_cast<std::uint32_t>(std::popcount(range.mask));
    for (std::uint32_t i = 0; i < range.count; ++i) visit(range.first + i, gpus);
  }
}

}  // namespace

void WhatIf::forget() {
  known_ = false;
  settled_ = false;
  fleet_.reset();
}

bool WhatIf::at_end(const Queue& queue) const {
  const auto last = queue.held.last();
  return !last || !(horizon_ < last->key.end);
}

std::uint32_t WhatIf::nodes_with(std::uint32_t share) const {
  std::uint32_t nodes = 0;
  for (std::size_t free = share; free < nodes_by_free_.size(); ++free) nodes += nodes_by_free_[free];
  return nodes;
}

bool WhatIf::fits() const {
  if (!flat_) return fleet_->fits(*request_, place_);
  return need_.fits([&](std::uint32_t share) { return nodes_with(share); });
}

void WhatIf::move_node(std::uint32_t node, std::uint32_t free) {
  --nodes_by_free_[free_then_[node]];
  ++nodes_by_free_[free];
  free_then_[node] = static_cast<std::uint8_t>(free);
}

void WhatIf::give_back(std::span<const NodeRange> ranges) {
  if (!flat_) return fleet_->release(ranges);
  for_each_node(ranges, [&](std::uint32_t node, std::uint32_t gpus) {
    move_node(node, free_then_[node] + gpus);
  });
}

void WhatIf::take(std::span<const NodeRange> ranges) {
  if (!flat_) return fleet_->occupy(ranges);
  for_each_node(ranges, [&](std::uint32_t node, std::uint32_t gpus) {
    move_node(node, free_then_[node] - gpus);
  });
}

void WhatIf::start_over(const Queue& queue) {
  horizon_ = kNothingGivenBack;
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
  free_then_ = free_now_;
  nodes_by_free_.fill(0);
  for (std::uint8_t free : free_then_) ++nodes_by_free_[free];
  known_ = true;
}

void WhatIf::step_forward(const Scheduling& scheduling, const Queue& queue) {
  EndKey key = end_of(horizon_);
  auto found = queue.held.next(&key);
  horizon_ = found->key.end;
  while (found && found->key.end == horizon_) {
    give_back(scheduling.jobs[found->item.slot].ranges.span());
    key = found->key;
    found = queue.held.next(&key);
  }
}

bool WhatIf::step_back(const Scheduling& scheduling, const Queue& queue) {
  auto found = queue.held.last_up_to(end_of(horizon_));
  if (!found) return false;
  const Instant end = found->key.end;
  std::vector<std::uint32_t> taken;
  while (found && found->key.end == end) {
    take(scheduling.jobs[found->item.slot].ranges.span());
    taken.push_back(found->item.slot);
    found = found->key.job.value == 0
                ? queue.held.last_up_to(end_of(Instant{end.us - 1}))
                : queue.held.last_up_to({end, {found->key.job.value - 1}});
  }
  if (fits()) {
    horizon_ = found ? found->key.end : kNothingGivenBack;
    return true;
  }
  for (std::uint32_t slot : taken) give_back(scheduling.jobs[slot].ranges.span());
  horizon_ = end;
  return false;
}

Instant WhatIf::find_start(const Scheduling& scheduling, const Queue& queue, const Job& job,
                           const Request& request) {
  request_ = &request;
  place_ = queue.policy.place;
  // Others may have been assigned what the head was to have: one that went before it for a while.
  if (known_ && settled_ && head_ == job.id && fits()) return horizon_;
  if (!known_ || head_ != job.id) {
    const auto need = queue.flat_need_of(job.request);
    const bool changes_kind = need.has_value() != flat_;
    flat_ = need.has_value();
    need_ = need.value_or(FlatNeed{});
    head_ = job.id;
    const std::uint64_t needed = steps_at_least(queue, job.gpus);
    std::uint64_t moves = needed;
    if (known_ && !changes_kind) {
      const std::uint64_t given_back = queue.held.summary_up_to(end_of(horizon_)).jobs;
      moves = given_back > needed ? given_back - needed : needed - given_back;
    }
    const std::uint64_t nodes_a_step = flat_ ? kFlatNodesAStep : kIndexedNodesAStep;
    if (!known_ || changes_kind ||
        needed + queue.fleet.topology().node_count() / nodes_a_step < moves) {
      start_over(queue);
    }
    // What is too few GPUs by count alone need not be asked about.
    std::uint64_t given_back = queue.held.summary_up_to(end_of(horizon_)).jobs;
    for (; given_back < needed && !at_end(queue); ++given_back) step_forward(scheduling, queue);
  }
  while (!fits()) {
    if (at_end(queue)) {
      settled_ = false;
      return kNever;
    }
    step_forward(scheduling, queue);
  }
  while (step_back(scheduling, queue)) {
  }
  settled_ = true;
  return horizon_;
}

bool WhatIf::fits_beside(std::span<const NodeRange> ranges) {
  if (!flat_) {
    fleet_->occupy(ranges);
    const bool fits = fleet_->fits(*request_, place_);
    fleet_->release(ranges);
    return fits;
  }
  std::uint32_t shares = nodes_with(need_.share);
  std::uint32_t remainders = need_.remainder == 0 ? UINT32_MAX : nodes_with(need_.remainder);
  for_each_node(ranges, [&](std::uint32_t node, std::uint32_t gpus) {
    const std::uint32_t before = free_then_[node];
    const std::uint32_t after = before - gpus;
    if (before >= need_.share && after < need_.share) --shares;
    if (before >= need_.remainder && after < need_.remainder) --remainders;
  });
  return shares >= need_.nodes && remainders > need_.nodes;
}

void WhatIf::on_assigned(Instant end, std::span<const NodeRange> ranges) {
  if (!known_) return;
  if (horizon_ < end) take(ranges);
  if (!flat_) return;
  for_each_node(ranges, [&](std::uint32_t node, std::uint32_t gpus) {
    free_now_[node] = static_cast<std::uint8_t>(free_now_[node] - gpus);
  });
}

void WhatIf::on_released(Instant end, std::span<const NodeRange> ranges) {
  if (!known_) return;
  // What was to be given back before the horizon is free before it either way.
  if (horizon_ <= end) settled_ = false;
  if (horizon_ < end) give_back(ranges);
  if (!flat_) return;
  for_each_node(ranges, [&](std::uint32_t node, std::uint32_t gpus) {
    free_now_[node] = static_cast<std::uint8_t>(free_now_[node] + gpus);
  });
}

}  // namespace stargate::placement
