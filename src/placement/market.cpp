#include "placement/market.h"

#include <algorithm>

namespace stargate::placement {

using agreement::Moment;
using agreement::StageRun;

bool Market::has_data(DataId data, SiteId site) const {
  const auto& sites = book.data()[data.value].sites;
  if (std::find(sites.begin(), sites.end(), site) != sites.end()) return true;
  return std::any_of(transfers.begin(), transfers.end(), [&](const Transfer& transfer) {
    return transfer.ended && transfer.data == data && transfer.site == site;
  });
}

void Market::add_queue(QueueId queue, OrderId order) {
  places.resize(queue.value + std::size_t{1});
  places[queue.value].order = order;
  stage_places.resize(book.stages().size());
  stage_runs.resize(book.stages().size());
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < stage_places.size(); ++i) {
    const Stage& stage = book.stages()[i];
    if (stage.order != order || is_set(stage_places[i].queue)) continue;
    const auto nodes = static_cast<std::uint32_t>(stage.fleet.nodes());
    stage_places[i] = {queue, first, nodes};
    stage_runs[i] = {{.nodes = nodes}};
    first += nodes;
  }
}

void Market::compile(Instant at) {
  stale = false;
  table.compile(book, at);
  stage_places.resize(book.stages().size());
  stage_runs.resize(book.stages().size());
  const Moment now{at, at};
  for (Place& place : places) {
    place.accepted_gpus = 0;
    place.early_gpus = 0;
    place.early_uses = 0;
  }
  for (std::uint32_t i = 0; i < stage_places.size(); ++i) {
    if (!is_set(stage_places[i].queue)) continue;
    Place& place = places[stage_places[i].queue.value];
    const std::uint64_t gpus = book.stages()[i].fleet.groups.front().gpus_per_node;
    stage_runs[i] = agreement::runs_of(book, {i}, now);
    for (const StageRun& run : stage_runs[i]) {
      if (run.supplier_failed) continue;
      if (run.state == CapacityState::kAccepted) place.accepted_gpus += run.nodes * gpus;
      if (run.state == CapacityState::kInAcceptance && run.early_use) {
        const UseMask before = place.early_gpus > 0 ? place.early_uses : run.early_uses;
        place.early_gpus += run.nodes * gpus;
        place.early_uses = static_cast<UseMask>(before & run.early_uses);
      }
    }
  }
  find_prices(at);
  find_limits(at);
  const std::size_t workloads = book.workloads().size();
  routed_jobs.resize(workloads);
  for (auto& by_party : routed_jobs) by_party.resize(book.parties().size());
  routed_to_site.resize(workloads);
  for (auto& by_site : routed_to_site) by_site.resize(book.sites().size());
  live_jobs.resize(workloads);
  permitted.assign(workloads, {});
  for (std::uint32_t w = 0; w < workloads; ++w) {
    const KindMask kinds = book.workloads()[w].kinds;
    for (std::uint32_t q = 0; q < places.size(); ++q) {
      if (!permits({w}, {q})) continue;
      const KindId kind = book.orders()[places[q].order.value].accelerator;
      if ((kinds >> kind.value & 1) != 0) permitted[w].push_back({q});
    }
  }
  find_rankings();
}

Instant Market::next_change() const {
  Instant next = stale || table.compiled_at().us == INT64_MIN ? kNever : table.good_until();
  for (const Transfer& transfer : transfers) {
    if (!transfer.ended) next = std::min(next, transfer.until);
  }
  if (stale) return next;
  for (const Commitment& commitment : commitments) next = std::min(next, commitment.period.until);
  return next;
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
