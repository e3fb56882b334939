#include "sim/world_tally.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "agreement/clauses/commitment.h"
#include "agreement/offers.h"
#include "agreement/price.h"
#include "base/check.h"
#include "placement/route.h"

namespace stargate::sim {
namespace {}  // namespace

void add_amount(std::vector<Amount>& sums, const Amount& amount) {
  for (Amount& sum : sums) {
    if (sum.currency != amount.currency) continue;
    sum.micros += amount.micros;
    return;
  }
  sums.push_back(amount);
}

std::uint32_t concentration(const std::vector<GpuTime>& parts) {
  // In GPU-seconds, so that squares fit.
  Int128 sum = 0;
  Int128 squares = 0;
  for (const GpuTime part : parts) {
    const Int128 seconds = part.gpu_us / kMicrosPerSecond;
    sum += seconds;
    squares += seconds * seconds;
  }
  if (sum == 0) return 0;
  return static_cast<std::uint32_t>(scale_rounded(squares, 10'000, sum * sum));
}

double gpu_hours(GpuTime time) { return static_cast<double>(time.gpu_us) / 3'600e6; }
double units(const Amount& amount) { return static_cast<double>(amount.micros) / 1e6; }

void WorldTally::watch(const core::State& state) {
  state_ = &state;
  uses_.watch(state);
  now_ = begin_ = state.now();
  const agreement::Book& book = state.scheduling().market.book;
  labs_.resize(book.parties().size());
  for (const Agreement& agreement : book.agreements()) add_samples(labs_[agreement.customer.value]);
  for (const Workload& workload : book.workloads()) add_samples(labs_[workload.lab.value]);
  refresh_accepted();
}

void WorldTally::add_samples(Lab& lab) const {
  if (!lab.samples.empty()) return;
  lab.samples.resize(kSamples);
  const Int128 length = std::max<std::int64_t>((end_ - sample_from_).us, 0);
  for (std::size_t i = 0; i < kSamples; ++i) {
    WorldSample& sample = lab.samples[i];
    sample.until = sample_from_ + Duration{static_cast<std::int64_t>(length * (i + 1) / kSamples)};
    sample.accepted_gpus.resize(labs_.size());
    sample.used_gpus.resize(labs_.size());
  }
}

PartyId WorldTally::lab_of(const Job& job) const {
  return state_->scheduling().market.book.workloads()[job.workload.value].lab;
}

PartyId WorldTally::lab_of(DataId data) const {
  for (const Workload& workload : state_->scheduling().market.book.workloads()) {
    if (std::find(workload.data.begin(), workload.data.end(), data) != workload.data.end()) {
      return workload.lab;
    }
  }
  return kNo<PartyId>;
}

OrderId WorldTally::order_of(QueueId queue) const {
  const auto& places = state_->scheduling().market.places;
  return queue.value < places.size() ? places[queue.value].order : kNo<OrderId>;
}

void WorldTally::refresh_accepted() {
  const placement::Market& market = state_->scheduling().market;
  const std::size_t orders = market.book.orders().size();
  used_.resize(orders);
  accepted_.resize(orders);
  idle_.resize(orders);
  for (Level& level : accepted_) level.gpus = 0;
  for (const placement::Market::Place& place : market.places) {
    if (is_set(place.order)) accepted_[place.order.value].gpus += place.accepted_gpus;
  }
}

void WorldTally::advance(Instant at) {
  at = std::min(at, end_);
  if (at <= now_) return;
  const std::int64_t us = (at - now_).us;
  const auto pass = [us](Level& level) { level.time.gpu_us += Int128{level.gpus} * us; };
  for (std::size_t i = 0; i < accepted_.size(); ++i) {
    // What is used in acceptance already is more than is accepted: then nothing is idle.
    idle_[i].gpus = accepted_[i].gpus - std::min(accepted_[i].gpus, used_[i].gpus);
    pass(accepted_[i]);
    pass(used_[i]);
    pass(idle_[i]);
  }
  for (Lab& lab : labs_) {
    pass(lab.unmet);
    pass(lab.queued);
  }
  sample(now_, at);
  now_ = at;
}

void WorldTally::sample(Instant from, Instant until) {
  from = std::max(from, sample_from_);
  if (from >= until) return;
  const agreement::Book& book = state_->scheduling().market.book;
  // All labs have the same spans.
  const auto length = static_cast<std::int64_t>(kSamples);
  for (Instant at = from; at < until;) {
    std::int64_t i = 0;
    Instant end = kNever;
    for (Lab& lab : labs_) {
      if (lab.samples.empty()) continue;
      if (end == kNever) {
        const auto span = std::upper_bound(
            lab.samples.begin(), lab.samples.end(), at,
            [](Instant when, const WorldSample& sample) { return when < sample.until; });
        i = span - lab.samples.begin();
        if (i == length) return;
        end = std::min(until, span->until);
      }
      const auto us = static_cast<double>((end - at).us);
      WorldSample& span = lab.samples[static_cast<std::size_t>(i)];
      span.unmet_gpus += static_cast<double>(lab.unmet.gpus) * us;
      span.queued_gpus += static_cast<double>(lab.queued.gpus) * us;
    }
    if (end == kNever) return;
    const auto us = static_cast<double>((end - at).us);
    for (std::uint32_t order = 0; order < accepted_.size(); ++order) {
      if (accepted_[order].gpus == 0 && used_[order].gpus == 0) continue;
      WorldSample& span =
          labs_[book.customer_of({order}).value].samples[static_cast<std::size_t>(i)];
      const std::uint32_t supplier = book.supplier_of({order}).value;
      span.accepted_gpus[supplier] += static_cast<double>(accepted_[order].gpus) * us;
      span.used_gpus[supplier] += static_cast<double>(used_[order].gpus) * us;
    }
    at = end;
  }
}

void WorldTally::wait(Job& job, Instant at, QueueId queue) {
  leave(job, at);
  job.queue = queue;
  job.waits = true;
  job.waits_since = at;
  Lab& lab = labs_[lab_of(job).value];
  (is_set(queue) ? lab.queued : lab.unmet).gpus += job.gpus;
}

void WorldTally::leave(Job& job, Instant at) {
  if (!job.waits) return;
  job.waits = false;
  job.waited += at - job.waits_since;
  Lab& lab = labs_[lab_of(job).value];
  (is_set(job.queue) ? lab.queued : lab.unmet).gpus -= job.gpus;
}

void WorldTally::release(Job& job) {
  if (!is_set(job.order)) return;
  used_[job.order.value].gpus -= job.held;
  job.order = kNo<OrderId>;
}

void WorldTally::record(const Command& command, const EventBatch& batch) {
  if (state_ == nullptr) return;
  ++commands_;
  events_ += batch.events.size();
  uses_.record(command, batch);
  advance(command.at);
  bool market_changed = false;
  for (const Event& event : batch.events) {
    if (const auto* submitted = std::get_if<event::WorkloadSubmitted>(&event.body)) {
      if (submitted->job.value >= jobs_.size()) jobs_.resize(submitted->job.value + 1);
      Job& job = jobs_[submitted->job.value];
      job.submitted = event.at;
      job.gpus = static_cast<std::uint32_t>(
          least_gpus(state_->scheduling().requests[submitted->request.value]));
      job.workload = submitted->workload;
      job.run_time = submitted->estimate;
      wait(job, event.at, kNo<QueueId>);
    } else if (const auto* routed = std::get_if<event::JobRouted>(&event.body)) {
      wait(jobs_[routed->job.value], event.at, routed->queue);
    } else if (const auto* unrouted = std::get_if<event::JobUnrouted>(&event.body)) {
      wait(jobs_[unrouted->job.value], event.at, kNo<QueueId>);
    } else if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
      Job& job = jobs_[assigned->job.value];
      leave(job, event.at);
      if (job.started == kNever) job.started = event.at;
      job.held = state_->scheduling().jobs.find(assigned->job)->held_gpus;
      job.order = order_of(job.queue);
      used_[job.order.value].gpus += job.held;
    } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
      Job& job = jobs_[released->job.value];
      release(job);
      if (released->reason == Reason::kExited || released->reason == Reason::kCancelled) {
        job.ended = true;
      } else {
        ++job.stops;
        wait(job, event.at, job.queue);
      }
    } else if (const auto* cancelled = std::get_if<event::JobCancelled>(&event.body)) {
      Job& job = jobs_[cancelled->job.value];
      leave(job, event.at);
      job.ended = true;
    } else if (const auto* transfer = std::get_if<event::TransferStarted>(&event.body)) {
      count_transfer(*transfer);
    } else if (std::holds_alternative<event::PermissionsChanged>(event.body) ||
               std::holds_alternative<event::OrderOpened>(event.body)) {
      market_changed = true;
    }
  }
  if (market_changed) refresh_accepted();
}

void WorldTally::count_transfer(const event::TransferStarted& transfer) {
  const placement::Market& market = state_->scheduling().market;
  const PartyId lab = lab_of(transfer.data);
  if (!is_set(lab)) return;
  TransferCounts& transfers = labs_[lab.value].transfers;
  ++transfers.made;
  transfers.bytes += market.book.data()[transfer.data.value].bytes;
  const Money price = market.transfer_price(transfer.data, transfer.site);
  if (price.micros > 0) add_amount(transfers.spending, {price.currency, price.micros});
}

void WorldTally::count_offers(PartyId lab, WorldFigures& figures) const {
  using agreement::OfferState;
  OfferCounts& counts = figures.offers;
  const agreement::Book& book = state_->scheduling().market.book;
  for (const agreement::Offer& offer : agreement::offers(book, {end_, end_})) {
    if (!is_of(book.customer_of(offer.order), lab)) continue;
    ++counts.made;
    switch (offer.state) {
      case OfferState::kOffered:
      case OfferState::kCountered: ++counts.open; break;
      case OfferState::kAccepted:
      case OfferState::kAcceptedInPart: ++counts.accepted; break;
      case OfferState::kDeclined: ++counts.declined; break;
      case OfferState::kLapsed: ++counts.lapsed; break;
      case OfferState::kWithdrawn: ++counts.withdrawn; break;
      case OfferState::kWaived:
      case OfferState::kConsented: ++counts.waived; break;
    }
  }
}

void WorldTally::count_standings(PartyId lab, WorldFigures& figures) const {
  const agreement::Book& book = state_->scheduling().market.book;
  for (std::uint32_t i = 0; i < book.clauses().size(); ++i) {
    const Clause& clause = book.clauses()[i];
    const Agreement& agreement = book.agreements()[clause.agreement.value];
    if (!is_of(agreement.customer, lab)) continue;
    const agreement::Judgement judgement =
        agreement::judge(book, {i}, uses_.records(), {end_, end_});
    if (judgement.standing == agreement::Standing::kBreached)
      figures.breached.push_back(clause.name);
    if (judgement.standing == agreement::Standing::kExcused) figures.excused.push_back(clause.name);
    const auto so_far = agreement::commitment_so_far(book, {i}, uses_.records(), {end_, end_});
    if (!so_far) continue;
    const Int128 own = std::min(so_far->used.micros, so_far->committed.micros);
    const Currency currency = so_far->committed.currency;
    CommitmentUse use{clause.name,
                      book.parties()[agreement.supplier.value].name,
                      {currency, so_far->committed.micros},
                      {currency, own},
                      {currency, 0}};
    for (const agreement::Due& due : judgement.dues) {
      if (due.kind == agreement::DueKind::kShortfall) use.shortfall.micros += due.amount.micros;
    }
    figures.commitments.push_back(use);
  }
}

void WorldTally::count_unmet(PartyId lab, WorldFigures& figures) const {
  const placement::Scheduling& scheduling = state_->scheduling();
  std::map<std::pair<std::string, std::string>, UnmetGroup> groups;
  for (const JobId id : scheduling.market.unrouted) {
    if (!is_of(lab_of(jobs_[id.value]), lab)) continue;
    const placement::Job& job = *scheduling.jobs.find(id);
    Reason reason = job.unmet;
    std::string clause;
    if (!placement::unknown_request(scheduling, job)) {
      const placement::Route route = placement::choose_route(scheduling, job, end_);
      if (!is_set(route.queue)) {
        reason = route.reason;
        if (is_set(route.clause)) clause = scheduling.market.book.clause(route.clause).name;
      }
    }
    UnmetGroup& group = groups[{name_of(reason), clause}];
    group.reason = name_of(reason);
    group.clause = clause;
    ++group.jobs;
    group.gpus += jobs_[id.value].gpus;
  }
  for (const auto& [key, group] : groups) figures.unmet_at_end.push_back(group);
  std::stable_sort(figures.unmet_at_end.begin(), figures.unmet_at_end.end(),
                   [](const UnmetGroup& a, const UnmetGroup& b) { return a.gpus > b.gpus; });
}

void WorldTally::count_spending(PartyId lab, WorldFigures& figures,
                                std::vector<SupplierResult>& suppliers) const {
  const agreement::Book& book = state_->scheduling().market.book;
  std::vector<std::vector<agreement::UseRecord>> uses(book.orders().size());
  for (const agreement::UseRecord& use : uses_.records()) uses[use.order.value].push_back(use);
  std::set<std::string> unpriced;
  for (std::uint32_t i = 0; i < uses.size(); ++i) {
    if (!is_of(book.customer_of({i}), lab)) continue;
    const agreement::OrderCost cost = agreement::cost_of(book, {i}, uses[i], {begin_, end_}, end_);
    SupplierResult& supplier = suppliers[book.supplier_of({i}).value];
    if (cost.money) {
      add_amount(supplier.spending, {cost.money->currency, cost.money->micros});
      add_amount(figures.spending, {cost.money->currency, cost.money->micros});
    }
    supplier.unpriced += cost.unpriced;
    if (cost.unpriced.gpu_us > 0) unpriced.insert(book.orders()[i].name);
  }
  figures.unpriced_orders.assign(unpriced.begin(), unpriced.end());
}

}  // namespace stargate::sim
