#include <algorithm>

#include "placement/pass.h"

namespace stargate::placement {

RepackPass::RepackPass(const Scheduling& scheduling, const Queue& queue, Instant at) {
  std::vector<std::uint32_t> slots;
  for (const PendingTree& tree : queue.pending) {
    tree.for_each([&](const QueueKey&, const PendingItem& item) {
      slots.push_back(item.slot);
      return true;
    });
  }
  FleetIndex fleet = queue.fleet;
  queue.held.for_each([&](const EndKey&, const HeldItem& item) {
    const Job& job = scheduling.jobs[item.slot];
    if (job.phase == Phase::kStopping) return true;
    queue.give_back_on(fleet, job.ranges.span());
    slots.push_back(item.slot);
    return true;
  });
  std::sort(slots.begin(), slots.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Job& x = scheduling.jobs[a];
    const Job& y = scheduling.jobs[b];
    const Int128 key_x = queue.order->key(x, at);
    const Int128 key_y = queue.order->key(y, at);
    return key_x != key_y ? key_x < key_y : x.id < y.id;
  });
  for (std::uint32_t slot : slots) {
    const Job& job = scheduling.jobs[slot];
    const Request& request = scheduling.requests[job.request.value];
    std::vector<NodeRange> ranges;
    const bool fits = fleet.place(request, queue.policy.place, ranges).has_value();
    if (fits) fleet.occupy(ranges);
    const auto held = job.ranges.span();
    if (job.holds_gpus() && fits &&
        std::equal(held.begin(), held.end(), ranges.begin(), ranges.end())) {
      continue;
    }
    if (job.holds_gpus()) to_stop_.push_back(slot);
    if (fits && !job.holds_gpus()) to_start_.push_back({slot, std::move(ranges)});
  }
  // Their places are free only once the others have stopped; the pass after that starts them.
  if (!to_stop_.empty() || queue.stopping > 0) to_start_.clear();
}

void RepackPass::next(Decision& decision) {
  decision.kind = Decision::Kind::kDone;
  if (!to_stop_.empty() && !stopped_) {
    stopped_ = true;
    decision.kind = Decision::Kind::kStop;
    decision.slot = to_stop_.front();
    decision.reason = Reason::kRepacked;
    decision.victims = to_stop_;
    return;
  }
  if (next_start_ == to_start_.size()) return;
  Placed& placed = to_start_[next_start_++];
  decision.kind = Decision::Kind::kStart;
  decision.slot = placed.slot;
  decision.ranges = std::move(placed.ranges);
}

}  // namespace stargate::placement
