#include "sim/replay.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <sys/resource.h>

#include "base/input_error.h"
#include "sim/ledger_file.h"
#include "sim/policy_names.h"
#include "sim/replayer.h"

namespace stargate::sim {
namespace {

constexpr std::uint32_t kNoQueue = ~std::uint32_t{0};

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

Health health_named(const std::string& name) {
  for (Health health : {Health::kHealthy, Health::kDegraded, Health::kDrained, Health::kFailed}) {
    if (name == name_of(health)) return health;
  }
  throw InputError("unknown health '" + name +
                   "': expected one of healthy, degraded, drained, failed");
}

QueueId queue_named(const ReplayOptions& options, const std::string& name, const char* what) {
  for (std::uint32_t i = 0; i < options.queues.size(); ++i) {
    if (options.queues[i].name == name) return {i};
  }
  if (name.empty() && options.queues.size() == 1) return {0};
  throw InputError(std::string(what) + " names queue '" + name + "', which there is not");
}

}  // namespace

void Replayer::define_world(Instant at) {
  QueuePolicy policy;
  policy.order = order_named(options_.order);
  policy.backfill = backfill_named(options_.backfill);
  policy.backfill_order = backfill_order_named(options_.backfill_order);
  policy.place = place_named(options_.place);
  policy.restart_overhead = muri_ ? Duration{} : options_.restart_overhead;
  policy.repack = muri_;
  if (muri_) policy.place = PlacePolicy::kFirstFit;
  std::map<std::string, std::uint32_t> by_name;
  std::uint32_t number = 0;
  for (const ReplayQueue& queue : options_.queues) {
    execute({at, command::DefineQueue{{number}, queue.name, queue.fleet, policy}});
    by_name[queue.name] = number++;
  }
  is_touched_.resize(number);
  for (const auto& queue : step_.state().scheduling().queues) {
    tally_.usage.level.gpus_capacity +=
        static_cast<std::int64_t>(queue.fleet.topology().gpu_count());
  }
  const TraceTables& tables = source_.tables();
  const bool only_one = options_.queues.size() == 1 && options_.queues[0].name.empty();
  for (std::uint32_t i = 0; i < tables.queues.size(); ++i) {
    const auto found = by_name.find(tables.queues[i]);
    queue_index_.push_back(only_one ? 0 : found == by_name.end() ? kNoQueue : found->second);
  }
  if (policy.order == OrderKind::kFairShare) {
    execute({at, command::SetHalfLife{options_.half_life}});
  }
  std::map<std::string, std::uint32_t> cohorts;
  for (const ReplayTenant& tenant : options_.tenants) {
    TenantSpec spec;
    spec.tenant = {static_cast<std::uint32_t>(step_.state().scheduling().tenants.size())};
    if (!tenant.parent.empty()) {
      const auto parent = tenants_.find(tenant.parent);
      if (parent == tenants_.end()) {
        throw InputError("tenant '" + tenant.name + "' is below '" + tenant.parent +
                         "', which does not stand before it");
      }
      spec.parent = parent->second;
    }
    spec.weight = tenant.weight;
    if (!tenant.cohort.empty()) {
      spec.cohort = cohorts.emplace(tenant.cohort, cohorts.size() + 1).first->second;
    }
    spec.guaranteed_gpus = tenant.guaranteed_gpus;
    spec.borrow_gpus_max = tenant.borrow_gpus_max;
    if (!tenants_.emplace(tenant.name, spec.tenant).second) {
      throw InputError("tenant '" + tenant.name + "' stands twice");
    }
    execute({at, command::DefineTenant{spec}});
  }
  define_reservations(at);
}

void Replayer::define_reservations(Instant at) {
  std::uint64_t number = 0;
  for (const ReplayReservation& reservation : options_.reservations) {
    const QueueId queue = queue_named(options_, reservation.queue, "a reservation");
    const TenantId tenant = define_tenant(reservation.tenant, at);
    const command::Reserve reserve{
        {number++}, queue, tenant, reservation.nodes, reservation.from, reservation.until};
    const EventBatch& batch = step_.execute({at, reserve});
    events_ += batch.events.size();
    if (std::holds_alternative<event::CommandRefused>(batch.events.back().body)) {
      throw InputError("the reservation of " + std::to_string(reservation.nodes) + " nodes for '" +
                       reservation.tenant +
                       "' cannot be made: it begins before the log, or there are too few nodes");
    }
  }
}

void Replayer::change_health(Instant at) {
  for (; next_health_ < options_.health.size() && options_.health[next_health_].at <= at;
       ++next_health_) {
    const ReplayHealth& change = options_.health[next_health_];
    const QueueId queue = queue_named(options_, change.queue, "a change of health");
    execute({at, command::SetHealth{
                     queue, {change.first_node}, change.nodes, health_named(change.health)}});
    answer(at);
  }
}

QueueId Replayer::queue_of(const TraceJob& job) const {
  return {job.queue < queue_index_.size() ? queue_index_[job.queue] : kNoQueue};
}

TenantId Replayer::define_tenant(const std::string& name, Instant at) {
  const auto known = tenants_.find(name);
  if (known != tenants_.end()) return known->second;
  TenantSpec spec;
  spec.tenant = {static_cast<std::uint32_t>(step_.state().scheduling().tenants.size())};
  execute({at, command::DefineTenant{spec}});
  tenants_.emplace(name, spec.tenant);
  return spec.tenant;
}

TenantId Replayer::tenant_of(const TraceJob& job, Instant at) {
  if (job.tenant >= tenant_index_.size()) tenant_index_.resize(job.tenant + 1, kNoQueue);
  std::uint32_t& index = tenant_index_[job.tenant];
  if (index == kNoQueue) {
    const std::string& name = source_.tables().tenants[job.tenant];
    index = name.empty() ? 0 : define_tenant(name, at).value;
  }
  return {index};
}

RequestId Replayer::request_of(const TraceJob& job, Instant at) {
  if (job.request.value >= request_index_.size()) {
    request_index_.resize(job.request.value + 1, kNoQueue);
  }
  std::uint32_t& index = request_index_[job.request.value];
  if (index == kNoQueue) {
    Request request = source_.tables().requests[job.request];
    // The nodes of a replay are of one kind that has no name.
    for (Part& part : request.parts) part.kinds = kAnyKind;
    index = static_cast<std::uint32_t>(step_.state().scheduling().requests.size());
    execute({at, command::DefineRequest{{index}, std::move(request)}});
  }
  return {index};
}

std::string Replayer::text_of_id(std::uint64_t id, bool has_label) const {
  return has_label ? source_.tables().labels[id] : std::to_string(id);
}

RunResult replay(const ReplayOptions& options, const JobSource& jobs, ReplayControl& control) {
  RunResult result;
  result.order = options.order;
  result.backfill = options.backfill;
  result.backfill_order = options.backfill_order;
  result.estimate = options.estimate;
  result.place = options.place;
  if (options.queues.empty()) throw InputError("a replay needs at least one queue with nodes");
  if (options.estimate != "requested" && options.estimate != "exact") {
    throw InputError("unknown estimate '" + options.estimate + "': expected requested or exact");
  }
  if (options.overhead != "checkpoint" && options.overhead != "muri") {
    throw InputError("unknown overhead '" + options.overhead + "': expected checkpoint or muri");
  }
  for (const ReplayQueue& queue : options.queues) {
    const Topology topology(queue.fleet);
    result.gpus += topology.gpu_count();
    result.nodes += topology.node_count();
  }
  std::optional<LedgerWriter> ledger;
  if (!options.ledger_path.empty()) ledger.emplace(options.ledger_path);
  Replayer replayer(options, jobs, control, ledger ? &*ledger : nullptr);
  const auto begin = std::chrono::steady_clock::now();
  replayer.run();
  if (ledger) {
    ledger->finish();
    result.event_hash = ledger->event_hash();
  }
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  replayer.report(result);
  result.peak_rss_bytes = peak_rss_bytes();
  return result;
}

}  // namespace stargate::sim
