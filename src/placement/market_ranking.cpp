// What ranks the places of a market, and what limits them: prices, commitments, licences.

#include <algorithm>
#include <map>
#include <string_view>

#include "agreement/clauses/commitment.h"
#include "agreement/clauses/licence.h"
#include "agreement/clauses/prepayment.h"
#include "placement/market.h"

namespace stargate::placement {

namespace {

constexpr std::int64_t kUnit = 1'000;  ///< GPUs or hours that a Tariff is for
constexpr Duration kHour = hours(1);

const clause::Commit& terms_of(const agreement::Book& book, ClauseId clause) {
  return std::get<clause::Commit>(book.clause(clause).terms);
}

void settle(Commitment& commitment, Instant at) {
  at = std::min(at, commitment.period.until);
  if (at <= commitment.settled) return;
  commitment.spent += commitment.burn * (at - commitment.settled).us;
  commitment.settled = at;
}

}  // namespace

bool Commitment::is_met(Instant now) const {
  const Instant until = std::min(now, period.until);
  const Int128 more = burn * std::max<std::int64_t>(0, (until - settled).us);
  return spent + more >= Int128{least.micros} * kUnit * kHour.us;
}

void Market::find_prepaid(QueueId queue, Instant at) {
  Place& place = places[queue.value];
  const agreement::PaidAhead ahead = agreement::paid_ahead(book, place.order, {at, at});
  place.is_prepaid = ahead.is_paid;
  Instant& until = prepaid_until_[queue.value];
  const bool was_first = until == next_prepaid_ && until != kNever;
  until = ahead.changes_at;
  next_prepaid_ = was_first ? std::ranges::min(prepaid_until_) : std::min(next_prepaid_, until);
}

void Market::find_price(QueueId queue, Instant at) {
  Place& place = places[queue.value];
  find_prepaid(queue, at);
  const std::optional<agreement::Tariff> tariff = agreement::tariff_of(book, place.order, {at, at});
  if (tariff != place.tariff && !commitments.empty()) commitments_stale_ = true;
  place.tariff = tariff;
  // A tariff is that of an hour, which the next step of the rate is not to be within.
  tariffs_until_[queue.value] = kNever;
  for (const clause::RampStep& step : agreement::rate_of(book, place.order, {at, at}).terms.ramp) {
    if (step.from <= at) continue;
    tariffs_until_[queue.value] = std::max(at, step.from - kHour) + Duration{1};
    next_tariff_ = std::min(next_tariff_, tariffs_until_[queue.value]);
    break;
  }
}

void Market::find_limits(Instant at) {
  std::vector<UnitsLimit> found;
  std::vector<QueueId> queues;
  for (const ClauseId id : book.clauses_with<clause::Locale>()) {
    const Clause& clause = book.clause(id);
    const auto& terms = std::get<clause::Locale>(clause.terms);
    if (terms.max_units == 0 || !agreement::in_force(book, id, {at, at})) continue;
    queues.clear();
    for (const OrderId order : book.orders_of(clause.agreement)) {
      if (!agreement::is_licensed(book, clause, order)) continue;
      queues.insert(queues.end(), queues_of(order).begin(), queues_of(order).end());
    }
    std::ranges::sort(queues);
    std::map<std::string_view, std::size_t> by_jurisdiction;
    for (const QueueId queue : queues) {
      const OrderId order = places[queue.value].order;
      const Site& site = book.sites()[book.orders()[order.value].site.value];
      const auto [number, is_new] = by_jurisdiction.emplace(site.jurisdiction, found.size());
      if (is_new) found.push_back({id, terms.uses, terms.max_units, {}});
      found[number->second].queues.push_back(queue);
    }
  }
  if (found == limits) return;
  const auto note = [&](const UnitsLimit& limit) {
    changes.queues.insert(changes.queues.end(), limit.queues.begin(), limit.queues.end());
  };
  std::ranges::for_each(limits, note);
  limits = std::move(found);
  std::ranges::for_each(limits, note);
  for (Place& place : places) place.limits.clear();
  for (std::uint32_t i = 0; i < limits.size(); ++i) {
    for (const QueueId queue : limits[i].queues) places[queue.value].limits.push_back(i);
  }
}

void Market::find_rankings() {
  rankings.clear();
  for (const Workload& workload : book.workloads()) {
    const auto fits = [&](const Ranking& ranking) {
      return includes(ranking.uses, workload.use) &&
             (!is_set(ranking.lab) || ranking.lab == workload.lab);
    };
    const auto own = std::ranges::find_if(book.rankings(), fits);
    rankings.push_back(static_cast<std::size_t>(own - book.rankings().begin()));
  }
}

void Market::renew_commitments(Instant at) {
  for (Commitment& commitment : commitments) settle(commitment, at);
  if (!commitments_stale_ && at < commitments_until_) return;
  const std::vector<Commitment> before = std::move(commitments);
  commitments.clear();
  auto same = before.begin();
  for (const ClauseId id : book.clauses_with<clause::Commit>()) {
    if (!agreement::in_force(book, id, {at, at})) continue;
    const auto committed = agreement::committed_at(book.clause(id), at);
    if (!committed) continue;
    while (same != before.end() && same->clause < id) ++same;
    if (same != before.end() && same->clause == id && same->period == committed->period) {
      commitments.push_back(*same);
    } else {
      commitments.push_back(
          {.clause = id, .period = committed->period, .settled = at, .least = {}});
    }
  }
  rate_commitments();
}

void Market::rate_commitments() {
  commitments_stale_ = false;
  commitments_until_ = kNever;
  std::vector<std::vector<std::uint32_t>> of_agreement(book.agreements().size());
  std::vector<bool> has_shared_fee(commitments.size());
  for (std::uint32_t i = 0; i < commitments.size(); ++i) {
    Commitment& commitment = commitments[i];
    const Clause& clause = book.clause(commitment.clause);
    const clause::Commit& terms = terms_of(book, commitment.clause);
    const auto committed = agreement::committed_at(clause, commitment.period.from);
    commitment.least = committed ? committed->least : Money{};
    commitment.eligible = terms.eligible;
    commitment.burn = 0;
    commitments_until_ = std::min(commitments_until_, commitment.period.until);
    of_agreement[clause.agreement.value].push_back(i);
  }
  for (Place& place : places) {
    place.commitments.clear();
    if (!is_set(place.order)) continue;
    const stargate::Order& order = book.orders()[place.order.value];
    place.commitments = of_agreement[order.agreement.value];
    if (!place.tariff) continue;
    for (const std::uint32_t i : place.commitments) {
      Commitment& commitment = commitments[i];
      if (place.tariff->per_hour.currency != commitment.least.currency) continue;
      if ((order.uses & commitment.eligible) != 0 &&
          !(place.tariff->is_shared && has_shared_fee[i])) {
        commitment.burn += place.tariff->fee.micros;
        has_shared_fee[i] =
            has_shared_fee[i] || (place.tariff->is_shared && place.tariff->fee.micros > 0);
      }
      for (std::uint32_t use = 0; use < kUseCount; ++use) {
        if (!includes(commitment.eligible, static_cast<Use>(use))) continue;
        commitment.burn += Int128{place.held_gpus[use]} * place.tariff->per_hour.micros;
      }
    }
  }
}

void Market::restore_held(const Job& job) {
  const Use use = book.workloads()[job.workload.value].use;
  places[job.queue.value].held_gpus[static_cast<std::size_t>(use)] += job.held_gpus;
}

void Market::count_held(const Job& job, bool comes, Instant now) {
  Place& place = places[job.queue.value];
  const Use use = book.workloads()[job.workload.value].use;
  std::uint64_t& held = place.held_gpus[static_cast<std::size_t>(use)];
  held = comes ? held + job.held_gpus : held - job.held_gpus;
  if (!place.tariff) return;
  for (const std::uint32_t i : place.commitments) {
    Commitment& commitment = commitments[i];
    if (!includes(commitment.eligible, use) ||
        place.tariff->per_hour.currency != commitment.least.currency) {
      continue;
    }
    settle(commitment, now);
    const Int128 change = Int128{job.held_gpus} * place.tariff->per_hour.micros;
    commitment.burn += comes ? change : -change;
  }
}

bool Market::is_paid_for(QueueId queue, Use use, Instant now) const {
  const Place& place = places[queue.value];
  return place.is_prepaid || std::ranges::any_of(place.commitments, [&](std::uint32_t i) {
           return includes(commitments[i].eligible, use) && !commitments[i].is_met(now);
         });
}

ClauseId Market::units_exceeded(QueueId queue, const Job& job, std::uint64_t gpus) const {
  const Use use = book.workloads()[job.workload.value].use;
  for (const std::uint32_t i : places[queue.value].limits) {
    const UnitsLimit& limit = limits[i];
    if (!includes(limit.uses, use)) continue;
    std::uint64_t sum = gpus;
    for (const QueueId other : limit.queues) {
      for (std::uint32_t u = 0; u < kUseCount; ++u) {
        if (includes(limit.uses, static_cast<Use>(u))) sum += places[other.value].routed_gpus[u];
      }
      if (other == job.queue) sum -= job.gpus;
    }
    if (sum > limit.max_gpus) return limit.clause;
  }
  return kNo<ClauseId>;
}

}  // namespace stargate::placement
