// A snapshot back into a state. What a snapshot says is believed only as far as a state could have
// said it: whatever would break an invariant later is refused here.

#include <algorithm>

#include "base/input_error.h"
#include "core/sha256.h"
#include "core/snapshot_format.h"
#include "core/state.h"
#include "event/codec.h"
#include "placement/route.h"

namespace stargate::core {

using placement::HeldItem;
using placement::Job;
using placement::Phase;
using placement::Queue;
using placement::Reservation;
using placement::Tenant;

class SnapshotReader {
 public:
  SnapshotReader(std::string_view bytes, const SnapshotLimits& limits)
      : in_(bytes), nodes_left_(limits.nodes_max), job_ids_max_(limits.job_ids_max) {}

  State read() {
    read_header();
    read_tenants();
    read_requests();
    read_queues();
    read_market();
    read_jobs();
    read_reservations();
    in_.expect_end();
    occupy_unavailable();
    expect(state_.now_ <= state_.next_instant(), "something was due before the snapshot");
    return std::move(state_);
  }

 private:
  // The least number of bytes of each.
  static constexpr std::uint64_t kBytesOfTenant = 6;
  static constexpr std::uint64_t kBytesOfRequest = 4;
  static constexpr std::uint64_t kBytesOfQueue = 15;
  static constexpr std::uint64_t kBytesOfHealth = 3;
  static constexpr std::uint64_t kBytesOfUnavailable = 2;
  static constexpr std::uint64_t kBytesOfEntry = 20;
  static constexpr std::uint64_t kBytesOfTransfer = 4;
  static constexpr std::uint64_t kBytesOfCommitment = 5;
  static constexpr std::uint64_t kBytesOfJob = 13;
  static constexpr std::uint64_t kBytesOfReservation = 9;
  static constexpr std::uint64_t kServiceLevels = 64;
  static constexpr UInt128 kMostUse = UInt128{1} << 100;

  void expect(bool condition, const char* message) const {
    if (!condition) in_.fail(message);
  }

  void read_header() {
    state_.now_.us = in_.zigzag();
    state_.events_applied_ = in_.varint();
    const bool begun = state_.events_applied_ > 0;
    expect(begun ? is_instant(state_.now_) : state_.now_ == State{}.now_,
           "now is out of its range");
  }

  /// Neither before the first nor after the last instant that input may name.
  static bool is_instant(Instant at) { return -kLatest.us <= at.us && at <= kLatest; }

  Instant instant() { return read_instant(in_, state_.now_); }
  Instant past_instant() {
    const Instant at = instant();
    expect(is_instant(at) && at <= state_.now_, "an instant is out of its range");
    return at;
  }
  Instant future_instant() {
    const Instant at = instant();
    expect(is_instant(at), "an instant is out of its range");
    return at;
  }
  Duration length(std::int64_t longest = kLongest.us) {
    return {static_cast<std::int64_t>(in_.varint_up_to(static_cast<std::uint64_t>(longest)))};
  }
  /// A number below `end`.
  std::uint32_t index(std::uint64_t end) {
    const std::uint64_t value = in_.varint();
    expect(value < end, "something is named that there is not");
    return static_cast<std::uint32_t>(value);
  }

  void read_tenants() {
    auto& tenants = state_.scheduling_.tenants;
    const std::uint64_t count = in_.count(kBytesOfTenant);
    for (std::uint64_t i = 1; i <= count; ++i) {
      const TenantSpec spec = read_tenant(in_);
      expect(spec.tenant.value == i, "tenants are not in order");
      expect(is_valid(spec), "a tenant is out of its range");
      Tenant tenant;
      tenant.parent = spec.parent;
      tenant.weight = spec.weight;
      tenant.cohort = spec.cohort;
      tenant.guaranteed_gpus = spec.guaranteed_gpus;
      tenant.borrow_gpus_max = spec.borrow_gpus_max;
      tenants.add(spec.tenant, tenant);
    }
    for (std::uint32_t i = 0; i < tenants.size(); ++i) {
      const UInt128 used = in_.wide();
      expect(used <= kMostUse, "a tenant's use is out of its range");
      Tenant& tenant = tenants[{i}];
      tenant.used.gpu_us = static_cast<Int128>(used);
      tenant.settled = future_instant();
    }
    const Duration half_life{in_.zigzag()};
    expect(half_life.us == 0 || (half_life >= seconds(1) && half_life <= kLongest),
           "the half-life is out of its range");
    const Instant next = instant();
    const Duration step{half_life.us / placement::Tenants::kDecaySteps};
    expect(half_life.us == 0
               ? next == kNever
               : is_instant(state_.now_) && state_.now_ <= next && next <= state_.now_ + step,
           "the next decay is out of its range");
    tenants.restore_decay(half_life, next);
  }

  void read_requests() {
    const std::uint64_t count = in_.count(kBytesOfRequest);
    for (std::uint64_t i = 0; i < count; ++i) {
      state_.scheduling_.requests.push_back(read_request(in_));
      expect(is_valid(state_.scheduling_.requests.back()), "a request has no valid shape");
    }
  }

  void read_queues() {
    auto& queues = state_.scheduling_.queues;
    const std::uint64_t count = in_.count(kBytesOfQueue);
    for (std::uint64_t i = 0; i < count; ++i) {
      const command::DefineQueue definition = read_queue(in_);
      expect(definition.queue.value == i, "queues are not in order");
      const Duration overhead = definition.policy.restart_overhead;
      expect(Topology::is_valid(definition.fleet) && is_length(overhead),
             "a queue is out of its range");
      const std::uint64_t nodes = definition.fleet.nodes();
      expect(nodes <= nodes_left_, "there are more nodes than allowed");
      nodes_left_ -= nodes;
      Queue& queue = queues.emplace_back(definition.queue, definition.name, definition.fleet,
                                         definition.policy);
      queue.by_tenant = queue.order->by_tenant || state_.scheduling_.tenants.has_quotas();
      read_admitted(queue);
      queue.waits.value = in_.varint();
      queue.waits_for = in_.enumerator(kLastReason);
      read_health(queue);
      read_unavailable(queue);
    }
  }

  void read_admitted(Queue& queue) {
    const auto& requests = state_.scheduling_.requests;
    const std::uint64_t own = in_.count(1);
    expect(own <= placement::kOwnClasses, "there are more classes than there can be");
    for (std::uint64_t i = 0; i < own; ++i) {
      admit(queue, index(requests.size()));
      expect(queue.own_classes.size() == i + 1, "a request has a class that can have none");
    }
    const std::uint64_t others = in_.count(1);
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < others; ++i) {
      const std::uint64_t distance = in_.varint();
      expect(distance < requests.size() - next, "something is named that there is not");
      admit(queue, static_cast<std::uint32_t>(next + distance));
      expect(queue.own_classes.size() == own, "a request has no class that has one");
      next += distance + 1;
    }
  }

  void admit(Queue& queue, std::uint32_t request) {
    expect(!queue.knows({request}), "a request is admitted twice");
    queue.admit({request}, state_.scheduling_.requests[request]);
  }

  void read_health(Queue& queue) {
    const std::uint64_t count = in_.count(kBytesOfHealth);
    const std::uint64_t nodes = queue.fleet.topology().node_count();
    std::uint64_t next = 0;
    Health before = Health::kHealthy;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t gap = in_.varint_up_to(nodes);
      const std::uint64_t run = in_.varint_up_to(nodes);
      const Health health = in_.enumerator(Health::kFailed);
      expect(run > 0 && next + gap + run <= nodes, "a node is named that there is not");
      expect(health != Health::kHealthy && (gap > 0 || i == 0 || health != before),
             "nodes that are not healthy are not in their shortest form");
      queue.fleet.set_health({static_cast<std::uint32_t>(next + gap)},
                             static_cast<std::uint32_t>(run), health);
      queue.unhealthy_nodes += static_cast<std::uint32_t>(run);
      next += gap + run;
      before = health;
    }
  }

  void read_unavailable(Queue& queue) {
    const std::uint64_t count = in_.count(kBytesOfUnavailable);
    const Topology& topology = queue.fleet.topology();
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t gap = in_.varint_up_to(topology.node_count());
      expect(next + gap < topology.node_count(), "a node is named that there is not");
      const auto node = static_cast<std::uint32_t>(next + gap);
      const GpuMask gpus = in_.varint();
      expect(gpus != 0 && (gpus & ~all_gpus(topology.gpus({node}))) == 0,
             "a GPU is named that there is not");
      queue.unavailable.emplace(node, Queue::Unavailable{gpus, 0});
      next += gap + 1;
    }
  }

  /// What no allocation holds of it. REQUIRES: allocations are on the fleets.
  void occupy_unavailable() {
    for (Queue& queue : state_.scheduling_.queues) {
      for (const auto& [node, entry] : queue.unavailable) {
        queue.set_unavailable({node}, entry.gpus);
      }
    }
  }

  void read_market() {
    placement::Market& market = state_.scheduling_.market;
    state_.definition_count_ = in_.varint();
    state_.definitions_ = in_.text();
    ByteReader definitions(state_.definitions_);
    for (std::uint64_t i = 0; i < state_.definition_count_; ++i) {
      const Definition definition = read_definition(definitions);
      expect(market.book.check(definition) == Reason::kNone, "a definition is not valid");
      market.book.define(definition);
    }
    definitions.expect_end();
    const std::uint64_t entries = in_.count(kBytesOfEntry);
    Instant before{INT64_MIN};
    for (std::uint64_t i = 0; i < entries; ++i) {
      const Instant entered = past_instant();
      const Act act = read_act(in_);
      expect(before <= entered && market.book.check(act, entered) == Reason::kNone,
             "an act is not valid");
      market.book.record(act, entered);
      before = entered;
    }
    read_places(market);
    const std::uint64_t transfers = in_.count(kBytesOfTransfer);
    for (std::uint64_t i = 0; i < transfers; ++i) {
      const DataId data{index(market.book.data().size())};
      const SiteId site{index(market.book.sites().size())};
      const Instant until = future_instant();
      market.transfers.push_back({data, site, until, in_.flag()});
    }
    read_commitments(market);
    const bool stale = in_.flag();
    const Instant compiled = instant();
    if (compiled.us != INT64_MIN) {
      expect(is_instant(compiled) && compiled <= state_.now_, "an instant is out of its range");
      market.compile(compiled);
    } else {
      expect(stale || state_.definition_count_ == 0, "definitions are heeded that were not read");
    }
    market.recheck();
    market.stale = stale;
  }

  void read_commitments(placement::Market& market) {
    const std::uint64_t count = in_.count(kBytesOfCommitment);
    for (std::uint64_t i = 0; i < count; ++i) {
      placement::Commitment commitment;
      commitment.clause = {index(market.book.clauses().size())};
      expect(std::holds_alternative<clause::Commit>(market.book.clause(commitment.clause).terms) &&
                 (i == 0 || market.commitments.back().clause < commitment.clause),
             "a commitment is none, or stands twice");
      commitment.period.from = instant();
      commitment.period.until = instant();
      const UInt128 spent = in_.wide();
      expect(spent >> 120 == 0, "more is spent than there can be");
      commitment.spent = static_cast<Int128>(spent);
      commitment.settled = past_instant();
      expect(commitment.period.from <= commitment.settled &&
                 commitment.settled <= commitment.period.until,
             "a commitment's time is out of its range");
      market.commitments.push_back(commitment);
    }
  }

  void read_places(placement::Market& market) {
    const auto& queues = state_.scheduling_.queues;
    market.places.resize(in_.count(1));
    expect(market.places.size() <= queues.size(), "there are more places than queues");
    for (auto& place : market.places) {
      place.order = {in_.varint32()};
      expect(!is_set(place.order) || place.order.value < market.book.orders().size(),
             "something is named that there is not");
    }
    market.stage_places.resize(in_.count(1));
    expect(market.stage_places.size() <= market.book.stages().size(),
           "there are more places than stages");
    std::vector<std::uint32_t> nodes(queues.size());
    for (std::uint32_t i = 0; i < market.stage_places.size(); ++i) {
      auto& place = market.stage_places[i];
      place.queue = {in_.varint32()};
      if (!is_set(place.queue)) continue;
      const Stage& stage = market.book.stages()[i];
      expect(
          market.is_of_order(place.queue) && market.places[place.queue.value].order == stage.order,
          "a stage stands in another order's queue");
      place.first = nodes[place.queue.value];
      place.nodes = static_cast<std::uint32_t>(stage.fleet.nodes());
      nodes[place.queue.value] += place.nodes;
    }
    for (const auto& queue : queues) {
      expect(!market.is_of_order(queue.id) ||
                 nodes[queue.id.value] == queue.fleet.topology().node_count(),
             "an order's queue has other nodes than its stages");
    }
  }

  void read_jobs() {
    auto& jobs = state_.scheduling_.jobs;
    const std::uint64_t next_id = in_.varint_up_to(job_ids_max_);
    const std::uint64_t count = in_.count(kBytesOfJob);
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t distance = in_.varint();
      expect(next < next_id && distance < next_id - next, "a job has a number not yet given");
      Job job;
      job.id.value = next + distance;
      next = job.id.value + 1;
      read_job(job);
      jobs.restore_next_id(job.id.value);
      place(jobs.add(job));
    }
    jobs.restore_next_id(next_id);
    state_.scheduling_.market.rate_commitments();
  }

  void read_job(Job& job) {
    const auto& scheduling = state_.scheduling_;
    job.queue = {in_.varint32()};
    job.tenant.value = index(scheduling.tenants.size());
    job.request.value = index(scheduling.requests.size());
    read_workload(job);
    const bool unrouted = is_set(job.workload) && !is_set(job.queue);
    expect(unrouted || job.queue.value < scheduling.queues.size(),
           "something is named that there is not");
    if (!unrouted) read_place_of(job);
    read_progress(job);
    if (unrouted) expect(!job.holds_gpus(), "a job runs nowhere");
    if (job.holds_gpus()) read_allocation(job, scheduling.queues[job.queue.value]);
  }

  void read_workload(Job& job) {
    const auto& market = state_.scheduling_.market;
    job.workload = {in_.varint32()};
    if (!is_set(job.workload)) return;
    expect(job.workload.value < market.live_jobs.size(), "something is named that there is not");
    job.written_request.value = index(state_.scheduling_.requests.size());
    job.early_request.value = index(state_.scheduling_.requests.size());
    job.written_estimate = length();
    job.unmet = in_.enumerator(kLastReason);
    job.unmet_by = {in_.varint32()};
    expect(!is_set(job.unmet_by) || job.unmet_by.value < market.book.clauses().size(),
           "something is named that there is not");
  }

  void read_place_of(Job& job) {
    const auto& scheduling = state_.scheduling_;
    const Queue& queue = scheduling.queues[job.queue.value];
    expect(!is_set(job.workload) || scheduling.market.is_of_order(job.queue),
           "a workload's job is in a queue of no order");
    job.restart_overhead = queue.policy.restart_overhead;
    expect(queue.knows(job.request), "a job's request was not admitted");
    const Queue::Admitted& admitted = queue.admitted[job.request.value];
    expect(admitted.refusal == Reason::kNone, "a job's request can never run");
    job.gpus = static_cast<std::uint32_t>(admitted.gpus);
  }

  void read_progress(Job& job) {
    const std::int64_t priority = in_.zigzag();
    expect(priority >= INT32_MIN && priority <= INT32_MAX, "a priority is out of its range");
    job.priority = static_cast<std::int32_t>(priority);
    job.submitted = past_instant();
    job.estimate = length();
    job.checkpoint_interval = length();
    job.saved = length();
    job.attained = length(2 * kLongest.us);
    job.starts = in_.varint32();
    job.service_level = static_cast<std::uint32_t>(in_.varint_up_to(kServiceLevels));
    job.phase = in_.enumerator(Phase::kStopping);
    if (!job.holds_gpus()) {
      expect(job.saved <= job.estimate, "a job has more work saved than it has");
      return;
    }
    expect(job.starts > 0, "a job runs that never started");
    job.assigned = past_instant();
    job.estimated_end = instant();
    expect(job.estimated_end.us >= -2 * kLatest.us && job.estimated_end.us <= 3 * kLatest.us,
           "an instant is out of its range");
    if (job.phase == Phase::kStopping) {
      job.stop_reason = in_.enumerator(kLastReason);
      expect(job.stop_reason >= Reason::kExited, "a job stops for no reason");
    }
  }

  void read_allocation(Job& job, const Queue& queue) {
    ranges_.clear();
    read_ranges(in_, ranges_);
    expect(!ranges_.empty(), "a job holds nothing that should");
    const auto parts = state_.scheduling_.requests[job.request.value].parts.size();
    std::uint64_t gpus = 0;
    for (const NodeRange& range : ranges_) {
      expect_on_fleet(range, queue);
      expect(range.part < parts, "a part is named that there is not");
      gpus += range.gpus();
    }
    expect(gpus <= UINT32_MAX, "a job holds more GPUs than it can");
    job.held_gpus = static_cast<std::uint32_t>(gpus);
    job.ranges.assign(ranges_);
  }

  void expect_on_fleet(const NodeRange& range, const Queue& queue) const {
    const Topology& topology = queue.fleet.topology();
    const std::uint32_t nodes = topology.node_count();
    expect(range.count > 0 && range.count <= nodes && range.first <= nodes - range.count,
           "a node is named that there is not");
    expect(range.mask != 0, "a range has no GPUs");
    for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
      expect((range.mask & ~all_gpus(topology.gpus({node}))) == 0,
             "a GPU is named that there is not");
    }
  }

  /// Puts a job into the trees, and its allocation on the fleet.
  void place(std::uint32_t slot) {
    auto& scheduling = state_.scheduling_;
    const Job& job = scheduling.jobs[slot];
    if (is_set(job.workload)) {
      ++scheduling.market.live_jobs[job.workload.value];
      if (placement::is_limited(job)) ++scheduling.market.limited_jobs;
      if (!is_set(job.queue)) return scheduling.market.count_unrouted(job, true);
      scheduling.market.count_routed(job, true);
    }
    Queue& queue = scheduling.queues[job.queue.value];
    if (!job.holds_gpus()) return state_.enqueue(queue, job, slot);
    for (const NodeRange& range : job.ranges.span()) {
      for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
        expect((queue.fleet.free_mask({node}) & range.mask) == range.mask, "a GPU is held twice");
      }
      queue.fleet.occupy(std::span(&range, 1));
    }
    if (is_set(job.workload)) scheduling.market.restore_held(job);
    queue.held.insert({job.estimated_end, job.id}, HeldItem{slot, job.held_gpus});
    if (job.phase == Phase::kStopping) ++queue.stopping;
    for (TenantId up = job.tenant;; up = scheduling.tenants[up].parent) {
      expect(scheduling.tenants[up].settled <= state_.now_, "use is settled later than now");
      if (up.value == 0) break;
    }
    scheduling.tenants.restore_held(job.tenant, job.held_gpus);
    state_.track_service(queue, job, slot);
  }

  void read_reservations() {
    auto& scheduling = state_.scheduling_;
    const std::uint64_t count = in_.count(kBytesOfReservation);
    std::vector<std::uint64_t> ids;
    for (std::uint64_t i = 0; i < count; ++i) {
      Reservation reservation;
      reservation.id.value = in_.varint();
      reservation.queue.value = index(scheduling.queues.size());
      reservation.tenant.value = index(scheduling.tenants.size());
      reservation.from = future_instant();
      reservation.until = future_instant();
      reservation.started = in_.flag();
      expect(reservation.from < reservation.until, "a reservation ends before it begins");
      expect(!reservation.started || reservation.from <= state_.now_,
             "a reservation has begun before its time");
      read_ranges(in_, reservation.ranges);
      for (const NodeRange& range : reservation.ranges) {
        expect_on_fleet(range, scheduling.queues[reservation.queue.value]);
      }
      ids.push_back(reservation.id.value);
      scheduling.reservations.push_back(std::move(reservation));
    }
    std::sort(ids.begin(), ids.end());
    expect(std::adjacent_find(ids.begin(), ids.end()) == ids.end(), "a reservation stands twice");
  }

  ByteReader in_;
  std::uint64_t nodes_left_;
  std::uint64_t job_ids_max_;
  State state_;
  std::vector<NodeRange> ranges_;
};

State State::restore(const std::string& bytes, const SnapshotLimits& limits) {
  const std::string_view all(bytes);
  if (!all.starts_with(kSnapshotMagic)) throw InputError("this is no snapshot of a state");
  ByteReader header(all.substr(kSnapshotMagic.size()), kSnapshotMagic.size());
  if (header.varint() != kSnapshotVersion || header.varint() != kCodecVersion) {
    header.fail("the snapshot is of another version");
  }
  if (header.left() < kSha256Bytes) header.fail("ends in the middle of the snapshot");
  const std::string_view content = all.substr(0, all.size() - kSha256Bytes);
  const Sha256 digest = sha256(content);
  if (all.substr(content.size()) != std::string_view(digest.data(), digest.size())) {
    throw InputError("the snapshot is damaged: its SHA-256 does not fit");
  }
  return SnapshotReader(content.substr(header.offset()), limits).read();
}

}  // namespace stargate::core
