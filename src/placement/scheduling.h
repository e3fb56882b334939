#pragma once

#include <vector>

#include "placement/job_table.h"
#include "placement/market.h"
#include "placement/queue.h"
#include "placement/tenants.h"

namespace stargate::placement {

/// Whole nodes kept for one tenant from an instant until another. Before it, only what ends in time
/// by its estimate runs there; within it, only the tenant's jobs that end by `until`; what still
/// holds GPUs there against that, when it begins or ends, is asked to stop.
struct Reservation {
  ReservationId id;
  QueueId queue;
  TenantId tenant;
  Instant from;
  Instant until;
  bool started = false;
  std::vector<NodeRange> ranges;
};

/// All that decisions about placement depend on.
struct Scheduling {
  JobTable jobs;
  std::vector<Queue> queues;
  Tenants tenants;
  std::vector<Request> requests;
  std::vector<Reservation> reservations;
  Market market;

  bool has_reservations(QueueId queue) const {
    for (const Reservation& reservation : reservations) {
      if (reservation.queue == queue) return true;
    }
    return false;
  }
  /// Tenants queue apart in every queue from now on: the first quota is defined.
  void queue_by_tenant();
};

}  // namespace stargate::placement
