#pragma once

#include <vector>

#include "placement/scheduling.h"

namespace stargate::placement {

/// Where a job would go now, reservations minded: appends to `ranges` and returns true, or leaves it
/// alone. Without reservations on the queue it is one question to the fleet index; with them, a copy
/// of the index is made: O(fleet).
bool place_job(const Scheduling& scheduling, const Queue& queue, const Job& job, Instant at,
               std::vector<NodeRange>& ranges);

/// The queue's fleet as a job sees it that would run from `at` until `until`: nodes that are kept for
/// others in that time, or for a shorter time than it needs, are taken.
FleetIndex fleet_without_reserved(const Scheduling& scheduling, const Queue& queue, TenantId tenant,
                                  Instant at, Instant until);

/// Whether the reservation is on the queue and keeps its nodes from a job of `tenant` that would run
/// from `at` until `until`.
bool keeps_out(const Reservation& reservation, const Queue& queue, TenantId tenant, Instant at,
               Instant until);

/// Whether any of the nodes is taken in that view.
bool touches_reserved(const Scheduling& scheduling, const Queue& queue, TenantId tenant, Instant at,
                      Instant until, std::span<const NodeRange> ranges);

/// Takes every GPU of the ranges that is free.
void occupy_free(FleetIndex& fleet, std::span<const NodeRange> ranges);

/// When a job that is assigned its GPUs now would end by its estimate.
inline Instant estimated_end_if_started(const Job& job, Instant at) {
  return at + job.left_from_start();
}

}  // namespace stargate::placement
