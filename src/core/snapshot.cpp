#include <algorithm>

#include "core/sha256.h"
#include "core/snapshot_format.h"
#include "core/state.h"
#include "event/codec.h"

namespace stargate::core {

using placement::Job;
using placement::Phase;
using placement::Queue;
using placement::Reservation;
using placement::Scheduling;
using placement::Tenant;

namespace {

class SnapshotWriter {
 public:
  SnapshotWriter(const Scheduling& scheduling, Instant now, std::string& bytes)
      : scheduling_(scheduling), now_(now), out_(bytes) {}

  void write_tenants() {
    const auto& tenants = scheduling_.tenants;
    out_.varint(tenants.size() - 1);
    for (std::uint32_t i = 1; i < tenants.size(); ++i) {
      const Tenant& tenant = tenants[{i}];
      write_tenant(out_, {{i},
                          tenant.parent,
                          tenant.weight,
                          tenant.cohort,
                          tenant.guaranteed_gpus,
                          tenant.borrow_gpus_max});
    }
    for (std::uint32_t i = 0; i < tenants.size(); ++i) {
      out_.wide(static_cast<UInt128>(tenants[{i}].used.gpu_us));
      instant(tenants[{i}].settled);
    }
    out_.zigzag(tenants.half_life().us);
    instant(tenants.next_decay());
  }

  void write_requests() {
    out_.varint(scheduling_.requests.size());
    for (const Request& request : scheduling_.requests) write_request(out_, request);
  }

  void write_queues() {
    out_.varint(scheduling_.queues.size());
    for (const Queue& queue : scheduling_.queues) {
      write_queue(out_, {queue.id, queue.name, queue.fleet.topology().spec(), queue.policy});
      write_admitted(queue);
      out_.varint(queue.waits.value);
      out_.enumerator(queue.waits_for);
      write_health(queue);
      write_unavailable(queue);
    }
  }

  void write_market(const std::string& definitions, std::uint64_t definition_count) {
    const placement::Market& market = scheduling_.market;
    out_.varint(definition_count);
    out_.text(definitions);
    out_.varint(market.book.entries().size());
    for (const agreement::Entry& entry : market.book.entries()) {
      instant(entry.entered);
      write_act(out_, entry.act);
    }
    out_.varint(market.places.size());
    for (const auto& place : market.places) out_.varint(place.order.value);
    out_.varint(market.stage_places.size());
    for (const auto& place : market.stage_places) out_.varint(place.queue.value);
    out_.varint(market.transfers.size());
    for (const placement::Transfer& transfer : market.transfers) {
      out_.varint(transfer.data.value);
      out_.varint(transfer.site.value);
      instant(transfer.until);
      out_.flag(transfer.ended);
    }
    out_.varint(market.commitments.size());
    for (const placement::Commitment& commitment : market.commitments) {
      out_.varint(commitment.clause.value);
      instant(commitment.period.from);
      instant(commitment.period.until);
      out_.wide(static_cast<UInt128>(commitment.spent));
      instant(commitment.settled);
    }
    out_.flag(market.stale);
    instant(market.table.compiled_at());
  }

  void write_jobs() {
    out_.varint(scheduling_.jobs.next_id());
    out_.varint(scheduling_.jobs.size());
    std::uint64_t next = 0;
    scheduling_.jobs.for_each([&](std::uint32_t slot) {
      const Job& job = scheduling_.jobs[slot];
      out_.varint(job.id.value - next);
      next = job.id.value + 1;
      write_job(job);
    });
  }

  void write_reservations() {
    out_.varint(scheduling_.reservations.size());
    for (const Reservation& reservation : scheduling_.reservations) {
      out_.varint(reservation.id.value);
      out_.varint(reservation.queue.value);
      out_.varint(reservation.tenant.value);
      instant(reservation.from);
      instant(reservation.until);
      out_.flag(reservation.started);
      write_ranges(out_, reservation.ranges);
    }
  }

 private:
  void instant(Instant at) { write_instant(out_, at, now_); }

  void write_admitted(const Queue& queue) {
    out_.varint(queue.own_classes.size());
    for (RequestId request : queue.own_classes) out_.varint(request.value);
    std::vector<std::uint32_t> others;
    for (std::uint32_t i = 0; i < queue.admitted.size(); ++i) {
      if (queue.admitted[i].known && queue.admitted[i].request_class >= placement::kOwnClasses) {
        others.push_back(i);
      }
    }
    out_.varint(others.size());
    std::uint32_t next = 0;
    for (std::uint32_t request : others) {
      out_.varint(request - next);
      next = request + 1;
    }
  }

  void write_health(const Queue& queue) {
    struct Run {
      std::uint32_t first;
      std::uint32_t count;
      Health health;
    };
    std::vector<Run> runs;
    const std::uint32_t nodes =
        queue.unhealthy_nodes == 0 ? 0 : queue.fleet.topology().node_count();
    for (std::uint32_t node = 0; node < nodes; ++node) {
      const Health health = queue.fleet.health({node});
      if (health == Health::kHealthy) continue;
      if (!runs.empty() && runs.back().health == health &&
          runs.back().first + runs.back().count == node) {
        ++runs.back().count;
      } else {
        runs.push_back({node, 1, health});
      }
    }
    out_.varint(runs.size());
    std::uint32_t next = 0;
    for (const Run& run : runs) {
      out_.varint(run.first - next);
      out_.varint(run.count);
      out_.enumerator(run.health);
      next = run.first + run.count;
    }
  }

  void write_unavailable(const Queue& queue) {
    out_.varint(queue.unavailable.size());
    std::uint32_t next = 0;
    for (const auto& [node, unavailable] : queue.unavailable) {
      out_.varint(node - next);
      out_.varint(unavailable.gpus);
      next = node + 1;
    }
  }

  void write_job(const Job& job) {
    out_.varint(job.queue.value);
    out_.varint(job.tenant.value);
    out_.varint(job.request.value);
    out_.varint(job.workload.value);
    if (is_set(job.workload)) {
      out_.varint(job.written_request.value);
      out_.varint(job.early_request.value);
      out_.varint(static_cast<std::uint64_t>(job.written_estimate.us));
      out_.enumerator(job.unmet);
      out_.varint(job.unmet_by.value);
    }
    out_.zigzag(job.priority);
    instant(job.submitted);
    out_.varint(static_cast<std::uint64_t>(job.estimate.us));
    out_.varint(static_cast<std::uint64_t>(job.checkpoint_interval.us));
    out_.varint(static_cast<std::uint64_t>(job.saved.us));
    out_.varint(static_cast<std::uint64_t>(job.attained.us));
    out_.varint(job.starts);
    out_.varint(job.service_level);
    out_.enumerator(job.phase);
    if (!job.holds_gpus()) return;
    instant(job.assigned);
    instant(job.estimated_end);
    if (job.phase == Phase::kStopping) out_.enumerator(job.stop_reason);
    write_ranges(out_, job.ranges.span());
  }

  const Scheduling& scheduling_;
  Instant now_;
  ByteWriter out_;
};

}  // namespace

std::string State::snapshot() const {
  std::string bytes(kSnapshotMagic);
  bytes.reserve(256 + scheduling_.jobs.size() * 48);
  ByteWriter out(bytes);
  out.varint(kSnapshotVersion);
  out.varint(kCodecVersion);
  out.zigzag(now_.us);
  out.varint(events_applied_);
  SnapshotWriter writer(scheduling_, now_, bytes);
  writer.write_tenants();
  writer.write_requests();
  writer.write_queues();
  writer.write_market(definitions_, definition_count_);
  writer.write_jobs();
  writer.write_reservations();
  const Sha256 digest = sha256(bytes);
  bytes.append(digest.data(), digest.size());
  return bytes;
}

}  // namespace stargate::core
