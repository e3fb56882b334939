#include "sim/world_tally.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "agreement/offers.h"
#include "agreement/price.h"
#include "base/check.h"
#include "placement/route.h"

namespace stargate::sim {
namespace {

std::uint32_t gpus_of(const Request& request) {
  std::uint32_t gpus = 0;
  for (const Part& part : request.parts) gpus += part.gpus > 0 ? part.gpus : part.nodes;
  return gpus;
}

void add(std::vector<Amount>& sums, const Amount& amount) {
  for (Amount& sum : sums) {
    if (sum.currency == amount.currency) {
      sum.micros += amount.micros;
      return;
    }
  }
  sums.push_back(amount);
}

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
  now_ = begin_ = state.now();
  const agreement::Book& book = state.scheduling().market.book;
  samples_.resize(kSamples);
  const Int128 length = std::max<std::int64_t>((end_ - sample_from_).us, 0);
  for (std::size_t i = 0; i < kSamples; ++i) {
    samples_[i].until =
        sample_from_ + Duration{static_cast<std::int64_t>(length * (i + 1) / kSamples)};
    samples_[i].accepted_gpus.resize(book.parties().size());
    samples_[i].used_gpus.resize(book.parties().size());
  }
  refresh_accepted();
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
  pass(unmet_);
  pass(queued_);
  sample(now_, at);
  now_ = at;
}

void WorldTally::sample(Instant from, Instant until) {
  from = std::max(from, sample_from_);
  if (from >= until) return;
  const agreement::Book& book = state_->scheduling().market.book;
  auto span =
      std::upper_bound(samples_.begin(), samples_.end(), from,
                       [](Instant at, const WorldSample& sample) { return at < sample.until; });
  for (; span != samples_.end() && from < until; ++span) {
    const Instant end = std::min(until, span->until);
    const auto us = static_cast<double>((end - from).us);
    for (std::uint32_t i = 0; i < accepted_.size(); ++i) {
      if (accepted_[i].gpus == 0 && used_[i].gpus == 0) continue;
      const std::uint32_t supplier = book.supplier_of({i}).value;
      span->accepted_gpus[supplier] += static_cast<double>(accepted_[i].gpus) * us;
      span->used_gpus[supplier] += static_cast<double>(used_[i].gpus) * us;
    }
    span->unmet_gpus += static_cast<double>(unmet_.gpus) * us;
    span->queued_gpus += static_cast<double>(queued_.gpus) * us;
    from = end;
  }
}

void WorldTally::leave(Job& job) {
  if (!job.waits) return;
  job.waits = false;
  (is_set(job.queue) ? queued_ : unmet_).gpus -= job.gpus;
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
  advance(command.at);
  bool market_changed = false;
  for (const Event& event : batch.events) {
    if (const auto* submitted = std::get_if<event::WorkloadSubmitted>(&event.body)) {
      if (submitted->job.value >= jobs_.size()) jobs_.resize(submitted->job.value + 1);
      Job& job = jobs_[submitted->job.value];
      job.submitted = event.at;
      job.gpus = gpus_of(state_->scheduling().requests[submitted->request.value]);
      job.workload = submitted->workload;
      job.waits = true;
      unmet_.gpus += job.gpus;
    } else if (const auto* routed = std::get_if<event::JobRouted>(&event.body)) {
      Job& job = jobs_[routed->job.value];
      leave(job);
      job.queue = routed->queue;
      job.waits = true;
      queued_.gpus += job.gpus;
    } else if (const auto* unrouted = std::get_if<event::JobUnrouted>(&event.body)) {
      Job& job = jobs_[unrouted->job.value];
      leave(job);
      job.queue = kNo<QueueId>;
      job.waits = true;
      unmet_.gpus += job.gpus;
    } else if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
      Job& job = jobs_[assigned->job.value];
      leave(job);
      if (job.started == kNever) job.started = event.at;
      job.held = state_->scheduling().jobs.find(assigned->job)->held_gpus;
      job.order = order_of(job.queue);
      uses_.start(*state_, assigned->job, event.at);
      used_[job.order.value].gpus += job.held;
    } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
      Job& job = jobs_[released->job.value];
      release(job);
      uses_.end(released->job, event.at);
      if (released->reason == Reason::kExited || released->reason == Reason::kCancelled) {
        job.ended = true;
        ++ended_;
      } else {
        ++stops_;
        job.waits = true;
        queued_.gpus += job.gpus;
      }
    } else if (const auto* cancelled = std::get_if<event::JobCancelled>(&event.body)) {
      Job& job = jobs_[cancelled->job.value];
      leave(job);
      job.ended = true;
      ++ended_;
    } else if (const auto* transfer = std::get_if<event::TransferStarted>(&event.body)) {
      count_transfer(*transfer);
    } else if (std::holds_alternative<event::PermissionsChanged>(event.body) ||
               std::holds_alternative<event::OrderOpened>(event.body)) {
      market_changed = true;
    }
  }
  if (!market_changed) return;
  refresh_accepted();
  uses_.settle(*state_, command.at);
}

void WorldTally::count_transfer(const event::TransferStarted& transfer) {
  constexpr std::int64_t kBytesOfTb = 1'000'000'000'000;
  const agreement::Book& book = state_->scheduling().market.book;
  const Money& price = book.sites()[transfer.site.value].ingest_price_per_tb;
  const std::int64_t bytes = book.data()[transfer.data.value].bytes;
  ++transfers_.made;
  transfers_.bytes += bytes;
  if (price.micros == 0) return;
  add(transfers_.spending, {price.currency, scale_rounded(price.micros, bytes, kBytesOfTb)});
}

void WorldTally::count_offers(WorldResult& result) const {
  using agreement::OfferState;
  OfferCounts& counts = result.offers;
  for (const agreement::Offer& offer :
       agreement::offers(state_->scheduling().market.book, {end_, end_})) {
    ++counts.made;
    switch (offer.state) {
      case OfferState::kOffered:
      case OfferState::kCountered: ++counts.open; break;
      case OfferState::kAccepted:
      case OfferState::kAcceptedInPart: ++counts.accepted; break;
      case OfferState::kDeclined: ++counts.declined; break;
      case OfferState::kLapsed: ++counts.lapsed; break;
      case OfferState::kWithdrawn: ++counts.withdrawn; break;
      case OfferState::kWaived: ++counts.waived; break;
    }
  }
}

void WorldTally::count_standings(WorldResult& result) const {
  const agreement::Book& book = state_->scheduling().market.book;
  for (std::uint32_t i = 0; i < book.clauses().size(); ++i) {
    const Clause& clause = book.clauses()[i];
    const agreement::Judgement judgement =
        agreement::judge(book, {i}, uses_.records(), {end_, end_});
    if (judgement.standing == agreement::Standing::kBreached)
      result.breached.push_back(clause.name);
    if (judgement.standing == agreement::Standing::kExcused) result.excused.push_back(clause.name);
    if (!std::holds_alternative<clause::Commit>(clause.terms)) continue;
    IdleCommitment idle;
    idle.clause = clause.name;
    const PartyId supplier = book.agreements()[clause.agreement.value].supplier;
    idle.supplier = book.parties()[supplier.value].name;
    for (const agreement::Due& due : judgement.dues) {
      if (due.kind != agreement::DueKind::kShortfall) continue;
      idle.shortfall.currency = due.amount.currency;
      idle.shortfall.micros += due.amount.micros;
    }
    if (idle.shortfall.micros > 0) result.idle_commitments.push_back(idle);
  }
}

void WorldTally::count_unmet(WorldResult& result) const {
  const placement::Scheduling& scheduling = state_->scheduling();
  std::map<std::pair<std::string, std::string>, UnmetGroup> groups;
  for (const JobId id : scheduling.market.unrouted) {
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
  for (const auto& [key, group] : groups) result.unmet_at_end.push_back(group);
  std::stable_sort(result.unmet_at_end.begin(), result.unmet_at_end.end(),
                   [](const UnmetGroup& a, const UnmetGroup& b) { return a.gpus > b.gpus; });
}

void WorldTally::count_spending(WorldResult& result, std::vector<SupplierResult>& suppliers) const {
  const agreement::Book& book = state_->scheduling().market.book;
  std::vector<std::vector<agreement::UseRecord>> uses(book.orders().size());
  for (const agreement::UseRecord& use : uses_.records()) uses[use.order.value].push_back(use);
  std::set<std::string> unpriced;
  for (std::uint32_t i = 0; i < uses.size(); ++i) {
    const agreement::OrderCost cost = agreement::cost_of(book, {i}, uses[i], {begin_, end_}, end_);
    SupplierResult& supplier = suppliers[book.supplier_of({i}).value];
    if (cost.money) {
      add(supplier.spending, {cost.money->currency, cost.money->micros});
      add(result.spending, {cost.money->currency, cost.money->micros});
    }
    supplier.unpriced += cost.unpriced;
    if (cost.unpriced.gpu_us > 0) unpriced.insert(book.orders()[i].name);
  }
  result.unpriced_orders.assign(unpriced.begin(), unpriced.end());
}

WorldResult WorldTally::finish() {
  STARGATE_CHECK(state_ != nullptr, "a tally watches the state of a world");
  advance(end_);
  uses_.close(end_);

  WorldResult result;
  result.end = end_;
  result.events = events_;
  result.commands = commands_;
  result.jobs_ended = ended_;
  result.stops = stops_;
  result.unmet = unmet_.time;
  result.queued = queued_.time;
  result.unmet_gpus = unmet_.gpus;
  result.queued_gpus = queued_.gpus;
  ExactDistribution waits;
  for (const Job& job : jobs_) {
    if (!is_set(job.workload)) continue;
    ++result.jobs;
    if (job.started != kNever) ++result.jobs_started;
    waits.add(std::min(job.started, end_) - job.submitted);
    if (is_set(job.order)) ++result.jobs_running;
    if (!job.waits) continue;
    ++(is_set(job.queue) ? result.jobs_queued : result.jobs_unmet);
  }
  result.mean_wait_s = waits.mean_s();
  result.p99_wait_s = waits.percentile_s(99, 100);

  const agreement::Book& book = state_->scheduling().market.book;
  const std::size_t parties = book.parties().size();
  std::vector<SupplierResult> suppliers(parties);
  std::vector<GpuTime> by_supplier(parties);
  std::vector<GpuTime> by_operator(parties);
  std::vector<GpuTime> by_landlord(parties);
  for (std::uint32_t i = 0; i < used_.size(); ++i) {
    const std::uint32_t supplier = book.supplier_of({i}).value;
    suppliers[supplier].accepted += accepted_[i].time;
    suppliers[supplier].used += used_[i].time;
    suppliers[supplier].idle += idle_[i].time;
    result.accepted += accepted_[i].time;
    result.used += used_[i].time;
    result.idle += idle_[i].time;
    by_supplier[supplier] += used_[i].time;
    by_operator[operator_of(book, {i}).value] += used_[i].time;
    by_landlord[landlord_of(book, {i}).value] += used_[i].time;
  }
  count_spending(result, suppliers);
  result.transfers = transfers_;
  result.operators = named_use(book, by_operator);
  result.landlords = named_use(book, by_landlord);
  result.supplier_concentration = concentration(by_supplier);
  result.operator_concentration = concentration(by_operator);
  result.landlord_concentration = concentration(by_landlord);
  count_unmet(result);
  count_offers(result);
  count_standings(result);

  // Only suppliers that had or ran anything, or cost something; samples follow them.
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < parties; ++i) {
    if (suppliers[i].accepted.gpu_us == 0 && suppliers[i].used.gpu_us == 0 &&
        suppliers[i].spending.empty()) {
      continue;
    }
    kept.push_back(i);
    suppliers[i].name = book.parties()[i].name;
    result.suppliers.push_back(suppliers[i]);
  }
  Instant from = sample_from_;
  for (const WorldSample& sums : samples_) {
    WorldSample& sample = result.samples.emplace_back();
    sample.until = sums.until;
    const double us = std::max(static_cast<double>((sums.until - from).us), 1.0);
    for (const std::size_t i : kept) {
      sample.accepted_gpus.push_back(sums.accepted_gpus[i] / us);
      sample.used_gpus.push_back(sums.used_gpus[i] / us);
    }
    sample.unmet_gpus = sums.unmet_gpus / us;
    sample.queued_gpus = sums.queued_gpus / us;
    from = sums.until;
  }
  return result;
}

}  // namespace stargate::sim
