#pragma once

#include <cstdint>

#include "base/time.h"

namespace stargate {

/// Who goes first. The contract of each is in core/orders/.
enum class OrderKind : std::uint8_t { kFifo, kSjf, kSrtf, kSrsf, kLas, kPriority, kFairShare };

/// What may overtake a job that cannot start. The contract of each is in core/backfill/.
enum class BackfillKind : std::uint8_t { kNone, kEasy, kConservative };

/// In which order candidates for backfilling are tried: that of the queue, or by estimate.
enum class BackfillOrder : std::uint8_t { kQueue, kShortest };

/// Where a gang goes among the places that hold it. See placement/fleet_index.h.
enum class PlacePolicy : std::uint8_t { kBestFit, kFirstFit, kConsolidated };

/// "best-fit", "first-fit", "consolidated".
const char* name_of(PlacePolicy policy);

/// How one queue is scheduled.
struct QueuePolicy {
  OrderKind order = OrderKind::kFifo;
  BackfillKind backfill = BackfillKind::kNone;
  BackfillOrder backfill_order = BackfillOrder::kQueue;
  PlacePolicy place = PlacePolicy::kBestFit;
  /// At every pass all jobs, running ones too, are placed anew in order, and what does not fit is
  /// passed over. Otherwise jobs that run stay where they are until they are preempted.
  bool repack = false;
  /// Added to the estimate of a job that starts again.
  Duration restart_overhead;

  friend bool operator==(const QueuePolicy&, const QueuePolicy&) = default;
};

}  // namespace stargate
