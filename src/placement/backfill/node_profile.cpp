#include "placement/backfill/node_profile.h"

#include <algorithm>
#include <bit>

#include "placement/place_job.h"

namespace stargate::placement {
namespace {

std::uint64_t count(const std::vector<GpuMask>& masks) {
  std::uint64_t gpus = 0;
  for (GpuMask mask : masks) gpus += static_cast<std::uint64_t>(std::popcount(mask));
  return gpus;
}

template <class Change>
void for_each_node(std::span<const NodeRange> ranges, Change change) {
  for (const NodeRange& range : ranges) {
    for (std::uint32_t i = 0; i < range.count; ++i) change(range.first + i, range.mask);
  }
}

}  // namespace

NodeProfile::NodeProfile(const Scheduling& scheduling, const Queue& queue, Instant now)
    : scheduling_(scheduling), queue_(queue), fleet_(queue.fleet) {
  const std::uint32_t nodes = queue.fleet.topology().node_count();
  Step step;
  step.from = now;
  for (std::uint32_t node = 0; node < nodes; ++node) {
    step.free.push_back(queue.fleet.free_mask({node}));
    const auto free = static_cast<std::size_t>(std::popcount(step.free.back()));
    for (std::size_t share = 0; share <= free; ++share) ++step.nodes_with[share];
  }
  step.free_gpus = count(step.free);
  steps_.push_back(std::move(step));
  queue.held.for_each([&](const EndKey& key, const HeldItem& item) {
    // What has outrun its estimate is still there now.
    const Instant end = std::max(key.end, now + Duration{1});
    if (steps_.back().from < end) {
      steps_.push_back(steps_.back());
      steps_.back().from = end;
    }
    Step& last = steps_.back();
    queue.give_back(scheduling.jobs[item.slot].ranges.span(),
                    [&](std::span<const NodeRange> ranges) {
                      for_each_node(ranges, [&](std::uint32_t node, GpuMask mask) {
                        last.change(node, last.free[node] | mask);
                      });
                    });
    return true;
  });
  for (const Reservation& reservation : scheduling.reservations) {
    if (reservation.queue != queue.id) continue;
    if (now < reservation.from) split(reservation.from);
    if (now < reservation.until) split(reservation.until);
  }
}

std::size_t NodeProfile::split(Instant at) {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), at,
                                      [](Instant x, const Step& step) { return x < step.from; });
  const auto index = static_cast<std::size_t>(after - steps_.begin());
  if (steps_[index - 1].from == at) return index - 1;
  Step copy = steps_[index - 1];
  copy.from = at;
  steps_.insert(after, std::move(copy));
  return index;
}

void NodeProfile::Step::change(std::uint32_t node, GpuMask after) {
  const int before_gpus = std::popcount(free[node]);
  const int after_gpus = std::popcount(after);
  for (int share = before_gpus; share > after_gpus; --share) {
    --nodes_with[static_cast<std::size_t>(share)];
  }
  for (int share = before_gpus + 1; share <= after_gpus; ++share) {
    ++nodes_with[static_cast<std::size_t>(share)];
  }
  free_gpus += static_cast<std::uint64_t>(after_gpus - before_gpus);
  free[node] = after;
}

bool NodeProfile::may_hold(const Step& step, const Job& job) const {
  const auto flat = queue_.flat_need_of(job.request);
  if (!flat) return step.free_gpus >= job.gpus;
  return flat->fits([&](std::uint32_t share) { return step.nodes_with[share]; });
}

bool NodeProfile::free_throughout(std::size_t first, const Job& job, Duration length,
                                  std::vector<GpuMask>& free) const {
  const Instant from = steps_[first].from;
  const Instant until = from + length;
  free = steps_[first].free;
  for (std::size_t i = first + 1; i < steps_.size() && steps_[i].from < until; ++i) {
    if (!may_hold(steps_[i], job)) return false;
    for (std::size_t node = 0; node < free.size(); ++node) free[node] &= steps_[i].free[node];
  }
  for (const Reservation& reservation : scheduling_.reservations) {
    if (!keeps_out(reservation, queue_, job.tenant, from, until)) continue;
    for_each_node(reservation.ranges, [&](std::uint32_t node, GpuMask) { free[node] = 0; });
  }
  return count(free) >= job.gpus;
}

void NodeProfile::set_fleet(const std::vector<GpuMask>& free) {
  for (std::uint32_t node = 0; node < free.size(); ++node) {
    const GpuMask now = fleet_.free_mask({node});
    const NodeRange give{node, 1, free[node] & ~now, 0};
    const NodeRange take{node, 1, now & ~free[node], 0};
    if (give.mask != 0) fleet_.release(std::span(&give, 1));
    if (take.mask != 0) fleet_.occupy(std::span(&take, 1));
  }
}

std::optional<NodeProfile::Plan> NodeProfile::plan(const Job& job) {
  const Request& request = scheduling_.requests[job.request.value];
  const Instant now = steps_.front().from;
  const Duration length = std::max(estimated_end_if_started(job, now) - now, Duration{1});
  const bool windows = scheduling_.has_reservations(queue_.id);
  const Instant earliest = windows ? now : bounds_.not_before(job.request.value, length, now);
  const auto first = std::lower_bound(steps_.begin(), steps_.end(), earliest,
                                      [](const Step& step, Instant at) { return step.from < at; });
  std::vector<GpuMask> free;
  for (auto i = static_cast<std::size_t>(first - steps_.begin()); i < steps_.size(); ++i) {
    const Instant from = steps_[i].from;
    if (!may_hold(steps_[i], job) || !free_throughout(i, job, length, free)) continue;
    set_fleet(free);
    Plan plan{from, {}};
    if (!fleet_.place(request, queue_.policy.place, plan.ranges)) continue;
    take(from, from + length, plan.ranges);
    bounds_.add(job.request.value, length, from);
    return plan;
  }
  return std::nullopt;
}

void NodeProfile::take(Instant from, Instant until, std::span<const NodeRange> ranges) {
  const std::size_t first = split(from);
  const std::size_t last = split(until);
  for (std::size_t i = first; i < last; ++i) {
    for_each_node(ranges, [&](std::uint32_t node, GpuMask mask) {
      steps_[i].change(node, steps_[i].free[node] & ~mask);
    });
  }
}

}  // namespace stargate::placement
