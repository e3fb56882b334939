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
    place.is_paid_for = false;
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
        place.early_gpus += run.nodes * gpus;
        place.early_uses = static_cast<UseMask>(place.early_uses | run.early_uses);
      }
    }
  }
  std::vector<bool> paid_for(book.agreements().size());
  for (std::uint32_t i = 0; i < book.clauses().size(); ++i) {
    const Clause& clause = book.clauses()[i];
    const bool pays = std::holds_alternative<clause::Commit>(clause.terms) ||
                      std::holds_alternative<clause::Prepay>(clause.terms);
    if (pays && agreement::in_force(book, {i}, now)) paid_for[clause.agreement.value] = true;
  }
  for (Place& place : places) {
    if (!is_set(place.order)) continue;
    place.is_paid_for = paid_for[book.orders()[place.order.value].agreement.value];
  }
  const std::size_t workloads = book.workloads().size();
  routed_jobs.resize(workloads);
  for (auto& by_party : routed_jobs) by_party.resize(book.parties().size());
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
}

void Market::count_routed(const Job& job, bool comes) {
  const PartyId supplier = book.supplier_of(places[job.queue.value].order);
  std::uint64_t& jobs = routed_jobs[job.workload.value][supplier.value];
  jobs = comes ? jobs + 1 : jobs - 1;
}

}  // namespace stargate::placement
