// What a tally has come to at its end, for all labs and for each.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "sim/world_tally.h"

namespace stargate::sim {
namespace {

/// The operator of an order's machines; the supplier itself where none is named.
PartyId operator_of(const agreement::Book& book, OrderId id) {
  const Order& order = book.orders()[id.value];
  if (is_set(order.operator_party)) return order.operator_party;
  const PartyId of_site = book.sites()[order.site.value].operator_party;
  return is_set(of_site) ? of_site : book.supplier_of(id);
}

/// Who owns the place; the operator where nobody is named.
PartyId landlord_of(const agreement::Book& book, OrderId id) {
  const Order& order = book.orders()[id.value];
  if (is_set(order.landlord)) return order.landlord;
  const PartyId of_site = book.sites()[order.site.value].landlord;
  return is_set(of_site) ? of_site : operator_of(book, id);
}

std::vector<PartyUse> named_use(const agreement::Book& book, const std::vector<GpuTime>& used) {
  std::vector<PartyUse> rows;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i].gpu_us > 0) rows.push_back({book.parties()[i].name, used[i]});
  }
  return rows;
}

}  // namespace

WorldResult WorldTally::finish(Instant reached) {
  STARGATE_CHECK(state_ != nullptr, "a tally watches the state of a world");
  end_ = std::min(end_, reached);
  advance(end_);
  uses_.close(end_);

  WorldResult result;
  result.end = end_;
  result.events = events_;
  result.commands = commands_;
  count(kNo<PartyId>, result);
  const agreement::Book& book = state_->scheduling().market.book;
  for (std::uint32_t i = 0; i < labs_.size(); ++i) {
    LabFigures figures;
    figures.lab = book.parties()[i].name;
    if (labs_[i].samples.empty()) continue;
    count({i}, figures);
    if (figures.jobs > 0 || figures.accepted.gpu_us > 0) result.labs.push_back(figures);
  }
  return result;
}

void WorldTally::count_jobs(PartyId lab, WorldFigures& figures) const {
  ExactDistribution waits;
  for (const Job& job : jobs_) {
    if (!is_set(job.workload) || !is_of(lab_of(job), lab)) continue;
    ++figures.jobs;
    if (job.started != kNever) ++figures.jobs_started;
    waits.add(std::min(job.started, end_) - job.submitted);
    if (is_set(job.order)) ++figures.jobs_running;
    if (job.ended) ++figures.jobs_ended;
    figures.stops += job.stops;
    if (job.waits) ++(is_set(job.queue) ? figures.jobs_queued : figures.jobs_unmet);
    if (job.ended) continue;
    const Duration waited = job.waited + (job.waits ? end_ - job.waits_since : Duration{});
    figures.not_run.gpu_us += Int128{job.gpus} * std::min(waited, job.run_time).us;
  }
  figures.mean_wait_s = waits.mean_s();
  figures.p50_wait_s = waits.percentile_s(50, 100);
  figures.p95_wait_s = waits.percentile_s(95, 100);
  figures.p99_wait_s = waits.percentile_s(99, 100);
  for (std::uint32_t i = 0; i < labs_.size(); ++i) {
    if (!is_of({i}, lab)) continue;
    figures.unmet += labs_[i].unmet.time;
    figures.queued += labs_[i].queued.time;
    figures.unmet_gpus += labs_[i].unmet.gpus;
    figures.queued_gpus += labs_[i].queued.gpus;
    figures.transfers.made += labs_[i].transfers.made;
    figures.transfers.bytes += labs_[i].transfers.bytes;
    for (const Amount& amount : labs_[i].transfers.spending) {
      add_amount(figures.transfers.spending, amount);
    }
  }
}

void WorldTally::count(PartyId lab, WorldFigures& figures) const {
  count_jobs(lab, figures);
  const agreement::Book& book = state_->scheduling().market.book;
  const std::size_t parties = book.parties().size();
  std::vector<SupplierResult> suppliers(parties);
  std::vector<GpuTime> by_supplier(parties);
  std::vector<GpuTime> by_operator(parties);
  std::vector<GpuTime> by_landlord(parties);
  for (std::uint32_t i = 0; i < used_.size(); ++i) {
    if (!is_of(book.customer_of({i}), lab)) continue;
    const std::uint32_t supplier = book.supplier_of({i}).value;
    suppliers[supplier].accepted += accepted_[i].time;
    suppliers[supplier].used += used_[i].time;
    suppliers[supplier].idle += idle_[i].time;
    figures.accepted += accepted_[i].time;
    figures.used += used_[i].time;
    figures.idle += idle_[i].time;
    by_supplier[supplier] += used_[i].time;
    by_operator[operator_of(book, {i}).value] += used_[i].time;
    by_landlord[landlord_of(book, {i}).value] += used_[i].time;
  }
  count_spending(lab, figures, suppliers);
  figures.operators = named_use(book, by_operator);
  figures.landlords = named_use(book, by_landlord);
  figures.supplier_concentration = concentration(by_supplier);
  figures.operator_concentration = concentration(by_operator);
  figures.landlord_concentration = concentration(by_landlord);
  count_unmet(lab, figures);
  count_offers(lab, figures);
  count_standings(lab, figures);

  // Only suppliers that had or ran anything, or cost something; samples follow them.
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < parties; ++i) {
    if (suppliers[i].accepted.gpu_us == 0 && suppliers[i].used.gpu_us == 0 &&
        suppliers[i].spending.empty()) {
      continue;
    }
    kept.push_back(i);
    suppliers[i].name = book.parties()[i].name;
    figures.suppliers.push_back(suppliers[i]);
  }
  count_samples(lab, kept, figures);
}

void WorldTally::count_samples(PartyId lab, const std::vector<std::size_t>& suppliers,
                               WorldFigures& figures) const {
  Instant from = sample_from_;
  for (std::size_t i = 0; i < kSamples && from < end_; ++i) {
    WorldSample sample;
    sample.accepted_gpus.resize(suppliers.size());
    sample.used_gpus.resize(suppliers.size());
    for (std::uint32_t of = 0; of < labs_.size(); ++of) {
      if (labs_[of].samples.empty() || !is_of({of}, lab)) continue;
      const WorldSample& sums = labs_[of].samples[i];
      sample.until = std::min(sums.until, end_);
      const double us = std::max(static_cast<double>((sample.until - from).us), 1.0);
      for (std::size_t place = 0; place < suppliers.size(); ++place) {
        sample.accepted_gpus[place] += sums.accepted_gpus[suppliers[place]] / us;
        sample.used_gpus[place] += sums.used_gpus[suppliers[place]] / us;
      }
      sample.unmet_gpus += sums.unmet_gpus / us;
      sample.queued_gpus += sums.queued_gpus / us;
    }
    from = sample.until;
    figures.samples.push_back(sample);
  }
}

}  // namespace stargate::sim
