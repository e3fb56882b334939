#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/wide.h"
#include "model/market_ids.h"
#include "model/node_range.h"
#include "model/reason.h"
#include "model/request.h"

namespace stargate::placement {

/// Where a job is. GPUs are held from kStarting to the end of kStopping.
enum class Phase : std::uint8_t { kQueued, kStarting, kRunning, kStopping };

/// The ranges of one allocation; one range, the common case, is held in place.
class RangeList {
 public:
  void assign(std::span<const NodeRange> ranges) {
    count_ = static_cast<std::uint32_t>(ranges.size());
    if (count_ == 1) {
      one_ = ranges[0];
    } else {
      many_.assign(ranges.begin(), ranges.end());
    }
  }
  void clear() {
    count_ = 0;
    many_ = {};
  }
  std::span<const NodeRange> span() const {
    return count_ == 1 ? std::span(&one_, 1) : std::span(many_);
  }

 private:
  NodeRange one_;
  std::uint32_t count_ = 0;
  std::vector<NodeRange> many_;
};

/// A job from its admission to its end, as far as the core knows it: never its true run time.
struct Job {
  JobId id;
  Instant submitted;
  Duration estimate;             ///< of all its work
  Duration saved;                ///< work that a restart need not repeat
  Duration checkpoint_interval;  ///< zero: work is saved when it is asked to stop
  Duration restart_overhead;     ///< what a start costs that is not its first, as its queue has it
  /// While GPUs are held: when they were assigned, and when the estimate runs out.
  Instant assigned;
  Instant estimated_end;
  Instant service_level_due = kNever;
  Duration attained;  ///< time for which it held GPUs before `assigned`
  QueueId queue;
  TenantId tenant;
  RequestId request;
  /// Of a job of a workload: the workload, its two requests and its estimate as they were submitted.
  /// While it waits in no queue, `queue` is kNo<QueueId>.
  WorkloadId workload = kNo<WorkloadId>;
  RequestId written_request;
  RequestId early_request;
  Duration written_estimate;
  std::uint32_t gpus = 0;  ///< held while it runs; of whole nodes, the most there can be
  std::uint32_t held_gpus = 0;
  std::int32_t priority = 0;
  std::uint32_t starts = 0;
  std::uint32_t service_level = 0;
  Phase phase = Phase::kQueued;
  Reason stop_reason = Reason::kNone;  ///< while it is kStopping
  /// What DemandUnmet last said, while it waits in no queue.
  Reason unmet = Reason::kNone;
  ClauseId unmet_by = kNo<ClauseId>;
  RangeList ranges;

  bool holds_gpus() const { return phase != Phase::kQueued; }

  /// How long it would hold GPUs by its estimate if they were assigned now, never negative. What a
  /// restart costs is part of it, so that stopping a job never makes it seem shorter.
  Duration left_from_start() const {
    const Duration work = std::max(estimate - saved, Duration{});
    return starts > 0 ? work + restart_overhead : work;
  }
  /// The same, less what has passed since they were.
  Duration left(Instant at) const {
    return holds_gpus() ? std::max(estimated_end - at, Duration{}) : left_from_start();
  }

  /// Time for which it has held GPUs, up to an instant.
  Duration attained_at(Instant at) const {
    return holds_gpus() ? attained + (at - assigned) : attained;
  }

  /// GPU time of work that would have to be repeated if it were stopped at an instant. Work begins,
  /// and its checkpoints are counted, when the restart is over.
  Int128 lost_gpu_us(Instant at) const {
    if (checkpoint_interval.us <= 0) return 0;
    const Instant work_from = starts > 1 ? assigned + restart_overhead : assigned;
    const std::int64_t worked = std::max<std::int64_t>((at - work_from).us, 0);
    return Int128{worked % checkpoint_interval.us} * held_gpus;
  }
};

}  // namespace stargate::placement
