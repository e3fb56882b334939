#include "placement/place_job.h"

namespace stargate::placement {

void occupy_free(FleetIndex& fleet, std::span<const NodeRange> ranges) {
  for (const NodeRange& range : ranges) {
    for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
      const GpuMask free = fleet.free_mask({node}) & range.mask;
      if (free == 0) continue;
      const NodeRange taken{node, 1, free, 0};
      fleet.occupy(std::span(&taken, 1));
    }
  }
}

bool keeps_out(const Reservation& reservation, const Queue& queue, TenantId tenant, Instant at,
               Instant until) {
  if (reservation.queue != queue.id) return false;
  // What has outrun its estimate would end at once by it; it is there all the same.
  const bool begun = reservation.from <= at;
  if (begun ? reservation.until <= at : until <= reservation.from) return false;
  const bool own = reservation.tenant == tenant && at >= reservation.from;
  return !(own && until <= reservation.until);
}

namespace {

bool overlap(std::span<const NodeRange> a, std::span<const NodeRange> b) {
  for (const NodeRange& x : a) {
    for (const NodeRange& y : b) {
      if (x.first < y.first + y.count && y.first < x.first + x.count) return true;
    }
  }
  return false;
}

}  // namespace

bool touches_reserved(const Scheduling& scheduling, const Queue& queue, TenantId tenant, Instant at,
                      Instant until, std::span<const NodeRange> ranges) {
  for (const Reservation& reservation : scheduling.reservations) {
    if (keeps_out(reservation, queue, tenant, at, until) && overlap(reservation.ranges, ranges)) {
      return true;
    }
  }
  return false;
}

FleetIndex fleet_without_reserved(const Scheduling& scheduling, const Queue& queue, TenantId tenant,
                                  Instant at, Instant until) {
  FleetIndex fleet = queue.fleet;
  for (const Reservation& reservation : scheduling.reservations) {
    if (!keeps_out(reservation, queue, tenant, at, until)) continue;
    occupy_free(fleet, reservation.ranges);
  }
  return fleet;
}

bool place_job(const Scheduling& scheduling, const Queue& queue, const Job& job, Instant at,
               std::vector<NodeRange>& ranges) {
  const Request& request = scheduling.requests[job.request.value];
  if (!queue.fits_now(job.request, request)) return false;
  if (!scheduling.reservations.empty() && scheduling.has_reservations(queue.id)) {
    const FleetIndex fleet = fleet_without_reserved(scheduling, queue, job.tenant, at,
                                                    estimated_end_if_started(job, at));
    return fleet.place(request, queue.policy.place, ranges).has_value();
  }
  return queue.fleet.place(request, queue.policy.place, ranges).has_value();
}

}  // namespace stargate::placement
