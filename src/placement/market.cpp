#include "placement/market.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace stargate::placement {

using agreement::StageRun;

bool Market::has_data(DataId data, SiteId site) const {
  const auto& sites = book.data()[data.value].sites;
  if (std::find(sites.begin(), sites.end(), site) != sites.end()) return true;
  return std::any_of(transfers.begin(), transfers.end(), [&](const Transfer& transfer) {
    return transfer.ended && transfer.data == data && transfer.site == site;
  });
}

std::optional<Duration> Market::transfer_length(DataId data, SiteId site) const {
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 60;
  const std::int64_t speed = book.sites()[site.value].ingest_bytes_per_s;
  if (speed <= 0) return std::nullopt;
  const std::int64_t bytes = std::min(book.data()[data.value].bytes, kMostBytes);
  const Int128 us = (Int128{bytes} * kMicrosPerSecond + speed - 1) / speed;
  return Duration{static_cast<std::int64_t>(std::min<Int128>(us, kLongest.us))};
}

Money Market::transfer_price(DataId data, SiteId site) const {
  constexpr std::int64_t kBytesOfTb = 1'000'000'000'000;
  Money price = book.sites()[site.value].ingest_price_per_tb;
  price.micros = static_cast<std::int64_t>(
      scale_rounded(price.micros, book.data()[data.value].bytes, kBytesOfTb));
  return price;
}

void Market::add_queue(QueueId queue, OrderId order) {
  places.resize(queue.value + std::size_t{1});
  places[queue.value].order = order;
  stage_places.resize(book.stages().size());
  stage_runs.resize(book.stages().size());
  std::uint32_t first = 0;
  for (const StageId id : book.stages_of(order)) {
    const std::uint32_t i = id.value;
    const Stage& stage = book.stages()[i];
    if (is_set(stage_places[i].queue)) continue;
    const auto nodes = static_cast<std::uint32_t>(stage.fleet.nodes());
    stage_places[i] = {queue, first, nodes};
    stage_runs[i] = {{.nodes = nodes}};
    first += nodes;
  }
  opened_.push_back(queue);
}

bool Market::Read::is_of(const agreement::Book& other) const {
  return parties == other.parties().size() && sites == other.sites().size() &&
         orders == other.orders().size() && workloads == other.workloads().size() &&
         rankings == other.rankings().size();
}

void Market::note_read(Instant at) {
  read_ = {{book.clauses().size(), book.entries().size(), at},
           book.parties().size(),
           book.sites().size(),
           book.orders().size(),
           book.workloads().size(),
           book.rankings().size()};
  opened_.clear();
  recheck_ = false;
  stale = false;
}

void Market::compile(Instant at) {
  const bool is_same = table.compiled_at().us != INT64_MIN && read_.is_of(book);
  return is_same ? compile_touched(at) : compile_anew(at);
}

void Market::compile_anew(Instant at) {
  changes = {};
  stage_places.resize(book.stages().size());
  stage_runs.resize(book.stages().size());
  order_queues_.assign(book.orders().size(), {});
  tariffs_until_.assign(places.size(), kNever);
  next_tariff_ = kNever;
  prepaid_until_.assign(places.size(), kNever);
  next_prepaid_ = kNever;
  for (std::uint32_t q = 0; q < places.size(); ++q) {
    if (is_set(places[q].order)) order_queues_[places[q].order.value].push_back({q});
  }

  table.compile(book, at);
  for (std::uint32_t i = 0; i < stage_places.size(); ++i) find_runs({i}, at);
  for (std::uint32_t q = 0; q < places.size(); ++q) {
    if (!is_set(places[q].order)) continue;
    find_capacity({q});
    find_price({q}, at);
  }
  find_limits(at);
  commitments_stale_ = true;

  const std::size_t workloads = book.workloads().size();
  routed_jobs.resize(workloads);
  for (auto& by_party : routed_jobs) by_party.resize(book.parties().size());
  routed_to_site.resize(workloads);
  for (auto& by_site : routed_to_site) by_site.resize(book.sites().size());
  live_jobs.resize(workloads);
  unrouted_of.resize(workloads);
  permitted.assign(workloads, {});
  for (std::uint32_t w = 0; w < workloads; ++w) {
    for (std::uint32_t q = 0; q < places.size(); ++q) find_permitted({w}, {q});
  }
  find_rankings();
  retry();
  note_read(at);
}

void Market::compile_touched(Instant at) {
  const agreement::Touched touched = agreement::touched_since(book, read_.until, at);
  changes = {};
  changes.is_all = recheck_;
  stage_places.resize(book.stages().size());
  stage_runs.resize(book.stages().size());
  tariffs_until_.resize(places.size(), kNever);
  prepaid_until_.resize(places.size(), kNever);

  // 1. Who may use what.
  table.update(book, at, touched);
  // 2. Nodes, and with them capacity.
  std::vector<QueueId>& queues = changes.queues;
  for (const StageId stage : touched.stages) find_runs(stage, at);
  for (const QueueId queue : opened_) {
    const OrderId order = places[queue.value].order;
    order_queues_[order.value].push_back(queue);
    for (const StageId stage : book.stages_of(order)) {
      if (stage_places[stage.value].queue == queue) find_runs(stage, at);
    }
    queues.push_back(queue);
  }
  for (const auto& [stage, before] : changes.stages) {
    queues.push_back(stage_places[stage.value].queue);
  }
  for (const QueueId queue : queues) find_capacity(queue);
  // 3. Prices and licences.
  for (const OrderId order : touched.orders) {
    for (const QueueId queue : queues_of(order)) find_price(queue, at);
  }
  for (const AgreementId agreement : touched.prices) {
    for (const OrderId order : book.orders_of(agreement)) {
      for (const QueueId queue : queues_of(order)) find_price(queue, at);
    }
  }
  if (next_tariff_ <= at) {
    next_tariff_ = kNever;
    for (std::uint32_t q = 0; q < places.size(); ++q) {
      if (tariffs_until_[q] <= at) find_price({q}, at);
      next_tariff_ = std::min(next_tariff_, tariffs_until_[q]);
    }
  }
  for (const StageId stage : touched.stages) {
    const QueueId queue = stage_places[stage.value].queue;
    if (is_set(queue)) find_prepaid(queue, at);
  }
  for (std::uint32_t q = 0; q < places.size() && next_prepaid_ <= at; ++q) {
    if (prepaid_until_[q] <= at) find_prepaid({q}, at);
  }
  for (const QueueId queue : opened_) find_price(queue, at);
  const bool is_new_licensed = std::ranges::any_of(
      opened_, [&](QueueId queue) { return may_be_licensed(places[queue.value].order); });
  if (touched.licences || is_new_licensed) find_limits(at);
  commitments_stale_ =
      commitments_stale_ || touched.commitments || (!opened_.empty() && !commitments.empty());
  // 4. Queues that are permitted from now on, or no longer.
  for (const QueueId queue : opened_) {
    for (std::uint32_t w = 0; w < permitted.size(); ++w) find_permitted({w}, queue);
  }
  for (const auto& changed : table.changed()) {
    for (const WorkloadId workload : table.workloads_of(changed.row)) {
      ++route_versions[workload.value];
      for (const QueueId queue : queues_of(changed.order)) {
        if (find_permitted(workload, queue)) queues.push_back(queue);
      }
    }
  }
  std::ranges::sort(queues);
  const auto rest = std::ranges::unique(queues);
  queues.erase(rest.begin(), rest.end());
  for (std::uint32_t w = 0; w < permitted.size() && !queues.empty(); ++w) {
    const bool concerns = std::ranges::any_of(
        queues, [&](QueueId queue) { return std::ranges::binary_search(permitted[w], queue); });
    if (concerns) ++route_versions[w];
  }
  note_read(at);
}

void Market::find_runs(StageId stage, Instant at) {
  if (!is_set(stage_places[stage.value].queue)) return;
  std::vector<StageRun>& runs = stage_runs[stage.value];
  std::vector<StageRun> now = agreement::runs_of(book, stage, {at, at});
  if (now == runs) return;
  changes.stages.emplace_back(stage, std::move(runs));
  runs = std::move(now);
}

void Market::find_capacity(QueueId queue) {
  Place& place = places[queue.value];
  place.accepted_gpus = 0;
  place.early_gpus = 0;
  place.early_uses = 0;
  for (const StageId stage : book.stages_of(place.order)) {
    if (stage_places[stage.value].queue != queue) continue;
    const std::uint64_t gpus = book.stages()[stage.value].fleet.groups.front().gpus_per_node;
    for (const StageRun& run : stage_runs[stage.value]) {
      if (run.supplier_failed) continue;
      if (run.state == CapacityState::kAccepted) place.accepted_gpus += run.nodes * gpus;
      if (run.state == CapacityState::kInAcceptance && run.early_use) {
        const UseMask before = place.early_gpus > 0 ? place.early_uses : run.early_uses;
        place.early_gpus += run.nodes * gpus;
        place.early_uses = static_cast<UseMask>(before & run.early_uses);
      }
    }
  }
}

bool Market::find_permitted(WorkloadId workload, QueueId queue) {
  const Place& place = places[queue.value];
  if (!is_set(place.order)) return false;
  const KindId kind = book.orders()[place.order.value].accelerator;
  const bool is = (book.workloads()[workload.value].kinds >> kind.value & 1) != 0 &&
                  table.permits(workload, place.order);
  std::vector<QueueId>& list = permitted[workload.value];
  const auto at = std::ranges::lower_bound(list, queue);
  const bool was = at != list.end() && *at == queue;
  if (is && !was) list.insert(at, queue);
  if (was && !is) list.erase(at);
  return is != was;
}

bool Market::may_be_licensed(OrderId order) const {
  const AgreementId agreement = book.orders()[order.value].agreement;
  return std::ranges::any_of(book.own_restraints_of(agreement), [&](ClauseId id) {
    const auto* terms = std::get_if<clause::Locale>(&book.clause(id).terms);
    return terms != nullptr && terms->max_units > 0;
  });
}

std::span<const QueueId> Market::queues_of(OrderId order) const {
  return order_queues_[order.value];
}

void Market::recheck() {
  recheck_ = true;
  retry();
}

void Market::retry() {
  route_versions.resize(book.workloads().size());
  for (std::uint64_t& version : route_versions) ++version;
}

bool Market::is_bound_by_versions(WorkloadId workload) const {
  if (book.workloads()[workload.value].supplier_share_max_ppm < kWhole) return false;
  return limits.empty() || std::ranges::all_of(permitted[workload.value], [&](QueueId queue) {
           return places[queue.value].limits.empty();
         });
}

Instant Market::next_change() const {
  Instant next = stale || table.compiled_at().us == INT64_MIN ? kNever : table.good_until();
  for (const Transfer& transfer : transfers) {
    if (!transfer.ended) next = std::min(next, transfer.until);
  }
  return stale ? next : std::min({next, commitments_until_, next_prepaid_});
}

void Market::count_unrouted(const Job& job, bool comes) {
  for (std::vector<JobId>* list : {&unrouted, &unrouted_of[job.workload.value]}) {
    const auto at = std::ranges::lower_bound(*list, job.id);
    STARGATE_CHECK((at == list->end() || *at != job.id) == comes, "a job waits nowhere once");
    if (comes) {
      list->insert(at, job.id);
    } else {
      list->erase(at);
    }
  }
}

void Market::count_routed(const Job& job, bool comes) {
  const auto change = [comes](std::uint64_t& sum, std::uint64_t by) {
    sum = comes ? sum + by : sum - by;
  };
  Place& place = places[job.queue.value];
  const stargate::Order& order = book.orders()[place.order.value];
  const Use use = book.workloads()[job.workload.value].use;
  change(routed_jobs[job.workload.value][book.supplier_of(place.order).value], 1);
  change(routed_to_site[job.workload.value][order.site.value], 1);
  change(place.routed_gpus[static_cast<std::size_t>(use)], job.gpus);
}

}  // namespace stargate::placement
