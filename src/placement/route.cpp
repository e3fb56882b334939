#include "placement/route.h"

#include <algorithm>

namespace stargate::placement {
namespace {

/// A permitted queue as the criteria see it.
struct Candidate {
  QueueId queue;
  bool takes_work = false;
  bool starts_now = false;
  std::uint64_t queued_gpus = 0;
  std::uint64_t usable_gpus = 0;
  bool is_paid_for = false;
  std::optional<Money> price;  ///< of 1,000 GPUs, an hour; nullopt: it has none
  std::uint64_t gpus = 0;      ///< that the job takes there
  Duration estimate;
  std::uint64_t jobs_at_site = 0;  ///< of the workload
  std::uint64_t jobs_on_paper = 0;
  std::uint64_t free_gpus = 0;
};

/// What the job costs, one that has no price after those that have; prices of different currencies
/// are not told apart.
int compare_costs(const Candidate& a, const Candidate& b) {
  if (!a.price || !b.price) return static_cast<int>(!a.price) - static_cast<int>(!b.price);
  if (a.price->currency != b.price->currency) return 0;
  const auto cost = [](const Candidate& candidate) {
    return Int128{candidate.price->micros} * candidate.estimate.us *
           static_cast<Int128>(candidate.gpus);
  };
  const Int128 x = cost(a);
  const Int128 y = cost(b);
  return x < y ? -1 : (y < x ? 1 : 0);
}

/// Negative: a is better; positive: b is.
int compare(const Candidate& a, const Candidate& b, Criterion criterion) {
  const auto by = [](auto x, auto y) { return x < y ? -1 : (y < x ? 1 : 0); };
  switch (criterion) {
    case Criterion::kStartsNow: return by(!a.starts_now, !b.starts_now);
    case Criterion::kLessQueued:
      if (a.starts_now) return 0;
      return by(UInt128{a.queued_gpus} * b.usable_gpus, UInt128{b.queued_gpus} * a.usable_gpus);
    case Criterion::kPaidFor: return by(!a.is_paid_for, !b.is_paid_for);
    case Criterion::kCheaper: return compare_costs(a, b);
    case Criterion::kFaster: return by(a.estimate, b.estimate);
    case Criterion::kSameSite: return by(b.jobs_at_site, a.jobs_at_site);
    case Criterion::kLessDependent: return by(a.jobs_on_paper, b.jobs_on_paper);
    case Criterion::kTighterFit: return by(a.free_gpus, b.free_gpus);
    case Criterion::kFirstOrdered: return by(a.queue, b.queue);
  }
  return 0;
}

bool better(const Candidate& a, const Candidate& b, std::span<const Criterion> ranking) {
  if (a.takes_work != b.takes_work) return a.takes_work;
  for (const Criterion criterion : ranking) {
    const int sign = compare(a, b, criterion);
    if (sign != 0) return sign < 0;
  }
  return a.queue < b.queue;
}

/// The data of the workload that is not at the site; kNo: all of it is.
DataId absent_data(const Market& market, WorkloadId workload, SiteId site) {
  for (const DataId data : market.book.workloads()[workload.value].data) {
    if (!market.has_data(data, site)) return data;
  }
  return kNo<DataId>;
}

SiteId site_of(const Market& market, QueueId queue) {
  return market.book.orders()[market.places[queue.value].order.value].site;
}

PartyId supplier_of(const Market& market, QueueId queue) {
  return market.book.supplier_of(market.places[queue.value].order);
}

/// With the job there, wherever it is now.
bool within_share(const Market& market, const Job& job, QueueId queue) {
  const Workload& workload = market.book.workloads()[job.workload.value];
  if (workload.supplier_share_max_ppm >= kWhole) return true;
  const PartyId supplier = supplier_of(market, queue);
  const bool is_there = is_set(job.queue) && supplier_of(market, job.queue) == supplier;
  const std::uint64_t there =
      market.routed_jobs[job.workload.value][supplier.value] + (is_there ? 0 : 1);
  return UInt128{there} * kWhole <=
         UInt128{market.live_jobs[job.workload.value]} * workload.supplier_share_max_ppm;
}

/// Why the job cannot wait in a queue that its contracts permit; kNone: it can.
Reason obstacle(const Scheduling& scheduling, const Job& job, QueueId queue) {
  const Market& market = scheduling.market;
  const RequestId request = request_in(market, job, queue);
  const Queue::Admitted& admitted = scheduling.queues[queue.value].admitted[request.value];
  if (admitted.refusal != Reason::kNone) return admitted.refusal;
  if (!scheduling.tenants.may_ever_hold(job.tenant, admitted.gpus))
    return Reason::kQuotaNeverAllows;
  if (market.usable_gpus(job.workload, queue) < admitted.gpus) return Reason::kNotAccepted;
  if (is_set(absent_data(market, job.workload, site_of(market, queue)))) return Reason::kDataAbsent;
  if (is_set(market.units_exceeded(queue, job, admitted.gpus))) return Reason::kUnitsUsed;
  return Reason::kNone;
}

/// How near to success a reason is: the one that is told is the nearest of all places'.
int nearness(Reason reason) {
  switch (reason) {
    case Reason::kUnitsUsed: return 7;
    case Reason::kShareUsed: return 6;
    case Reason::kDataAbsent: return 5;
    case Reason::kNotAccepted: return 4;
    case Reason::kQuotaNeverAllows: return 3;
    case Reason::kShapeNeverFits: return 2;
    default: return 1;
  }
}

/// What stands against a workload that no open order is permitted and of the right kind for.
void say_why_not(const Market& market, const Job& job, Route& route) {
  using agreement::Verdict;
  Verdict nearest = Verdict::kForbidden;
  OrderId told = kNo<OrderId>;
  bool other_kinds = false;
  const KindMask kinds = market.book.workloads()[job.workload.value].kinds;
  const PartyId lab = market.book.workloads()[job.workload.value].lab;
  for (const OrderId order : market.table.orders_of(lab)) {
    const Verdict verdict = market.table.verdict(job.workload, order);
    if (verdict == Verdict::kNotOrdered) continue;
    if ((kinds >> market.book.orders()[order.value].accelerator.value & 1) == 0) {
      other_kinds = other_kinds || verdict == Verdict::kPermitted;
      continue;
    }
    if (!is_set(told) || verdict < nearest) {
      nearest = verdict;
      told = order;
    }
  }
  route.reason = other_kinds ? Reason::kWrongKind : Reason::kNotOrdered;
  if (!is_set(told)) return;
  if (nearest == Verdict::kPermitted) {
    route.reason = Reason::kNotAccepted;
    return;
  }
  route.reason = nearest == Verdict::kNeedsOffer ? Reason::kNeedsOffer : Reason::kForbidden;
  route.clause = market.table.decided_by(job.workload, told);
}

}  // namespace

RequestId request_in(const Market& market, const Job& job, QueueId queue) {
  return market.may_use_early(job.workload, queue) ? job.early_request : job.written_request;
}

Duration estimate_in(const Market& market, const Job& job, QueueId queue) {
  const KindId kind = market.book.orders()[market.places[queue.value].order.value].accelerator;
  for (const Speed& speed : market.book.workloads()[job.workload.value].speeds) {
    if (speed.accelerator != kind) continue;
    const Int128 scaled =
        (Int128{job.written_estimate.us} * speed.denominator + (speed.numerator - 1)) /
        speed.numerator;
    return {static_cast<std::int64_t>(std::min<Int128>(scaled, kLongest.us))};
  }
  return job.written_estimate;
}

std::optional<std::pair<QueueId, RequestId>> unknown_request(const Scheduling& scheduling,
                                                             const Job& job) {
  for (const QueueId queue : scheduling.market.permitted[job.workload.value]) {
    const RequestId request = request_in(scheduling.market, job, queue);
    if (!scheduling.queues[queue.value].knows(request)) return std::pair(queue, request);
  }
  return std::nullopt;
}

bool may_wait(const Scheduling& scheduling, const Job& job, QueueId queue) {
  const Market& market = scheduling.market;
  const auto& permitted = market.permitted[job.workload.value];
  if (!std::binary_search(permitted.begin(), permitted.end(), queue)) return false;
  if (!scheduling.queues[queue.value].knows(request_in(market, job, queue))) return false;
  return obstacle(scheduling, job, queue) == Reason::kNone;
}

bool may_move(const Scheduling& scheduling, const Job& job, QueueId queue) {
  return may_wait(scheduling, job, queue) && within_share(scheduling.market, job, queue);
}

namespace {

Candidate candidate_at(const Scheduling& scheduling, const Job& job, QueueId id, Instant now) {
  const Market& market = scheduling.market;
  const Use use = market.book.workloads()[job.workload.value].use;
  const Queue& queue = scheduling.queues[id.value];
  const Market::Place& place = market.places[id.value];
  const RequestId request = request_in(market, job, id);
  Candidate candidate;
  candidate.queue = id;
  candidate.takes_work = takes_work(queue, scheduling.requests[request.value]);
  candidate.starts_now =
      queue.pending_jobs == 0 && queue.fits_now(request, scheduling.requests[request.value]);
  candidate.queued_gpus = place.queued_gpus;
  candidate.usable_gpus = market.usable_gpus(job.workload, id);
  candidate.is_paid_for = market.is_paid_for(id, use, now);
  if (place.tariff) candidate.price = place.tariff->per_hour;
  candidate.gpus = queue.admitted[request.value].gpus;
  candidate.estimate = estimate_in(market, job, id);
  candidate.jobs_at_site = market.routed_to_site[job.workload.value][site_of(market, id).value];
  candidate.jobs_on_paper = market.routed_jobs[job.workload.value][supplier_of(market, id).value];
  candidate.free_gpus = queue.fleet.free_gpus();
  return candidate;
}

}  // namespace

bool takes_work(const Queue& queue, const Request& request) {
  if (queue.unhealthy_nodes < queue.fleet.topology().node_count()) return true;
  // None is healthy: what is held says that some are degraded and take it, as far as contracts go.
  return request.accepts_degraded && (queue.fleet.free_gpus(request) > 0 || !queue.held.empty());
}

std::vector<QueueId> queues_with_room(const Scheduling& scheduling) {
  std::vector<QueueId> queues;
  for (const Queue& queue : scheduling.queues) {
    if (queue.pending_jobs == 0 && queue.fleet.free_gpus() > 0) queues.push_back(queue.id);
  }
  return queues;
}

std::vector<QueueId> queues_to_try(const Scheduling& scheduling) {
  const MarketChanges& changes = scheduling.market.changes;
  const auto waits = [](const Queue& queue) { return queue.pending_jobs > 0; };
  if (std::ranges::none_of(scheduling.queues, waits)) return {};
  std::vector<QueueId> queues;
  const auto add = [&](QueueId id) {
    const Queue& queue = scheduling.queues[id.value];
    const bool has_room = queue.pending_jobs == 0 && queue.fleet.free_gpus() > 0;
    if (has_room && scheduling.market.is_of_order(id)) queues.push_back(id);
  };
  if (changes.is_all) {
    for (const Queue& queue : scheduling.queues) add(queue.id);
  } else {
    std::ranges::for_each(changes.queues, add);
  }
  return queues;
}

std::optional<Criterion> better_by(const Scheduling& scheduling, const Job& job, QueueId other,
                                   Instant now) {
  Candidate here = candidate_at(scheduling, job, job.queue, now);
  const Candidate there = candidate_at(scheduling, job, other, now);
  here.starts_now = true;
  here.free_gpus += job.held_gpus;
  for (const Criterion criterion : scheduling.market.ranking_of(job.workload)) {
    const int sign = compare(here, there, criterion);
    if (sign != 0) return sign < 0 ? std::optional(criterion) : std::nullopt;
  }
  return here.queue < other ? std::optional(Criterion::kFirstOrdered) : std::nullopt;
}

Route choose_route(const Scheduling& scheduling, const Job& job, Instant now) {
  const Market& market = scheduling.market;
  Route route;
  QueueId chosen = kNo<QueueId>;
  std::optional<Candidate> best;  ///< the same, once there are two
  QueueId without_data = kNo<QueueId>;
  for (const QueueId id : market.permitted[job.workload.value]) {
    Reason reason = obstacle(scheduling, job, id);
    if (reason == Reason::kNone && !within_share(market, job, id)) reason = Reason::kShareUsed;
    if (reason != Reason::kNone) {
      if (route.reason == Reason::kNone || nearness(reason) > nearness(route.reason)) {
        route.reason = reason;
        route.clause = kNo<ClauseId>;
        if (reason == Reason::kUnitsUsed) {
          const RequestId request = request_in(market, job, id);
          route.clause = market.units_exceeded(
              id, job, scheduling.queues[id.value].admitted[request.value].gpus);
        }
      }
      if (reason == Reason::kDataAbsent && !is_set(without_data)) without_data = id;
      continue;
    }
    if (!is_set(chosen)) {
      chosen = id;  // what is alone need not be ranked
      continue;
    }
    if (!best) best = candidate_at(scheduling, job, chosen, now);
    const Candidate candidate = candidate_at(scheduling, job, id, now);
    if (!better(candidate, *best, market.ranking_of(job.workload))) continue;
    best = candidate;
    chosen = id;
  }
  if (is_set(chosen)) {
    route.queue = chosen;
    route.request = request_in(market, job, chosen);
    route.estimate = estimate_in(market, job, chosen);
    route.reason = Reason::kNone;
    route.clause = kNo<ClauseId>;
    return route;
  }
  if (route.reason == Reason::kNone) say_why_not(market, job, route);
  if (route.reason == Reason::kDataAbsent &&
      market.book.workloads()[job.workload.value].waits_for_transfer) {
    route.site = site_of(market, without_data);
    route.data = absent_data(market, job.workload, route.site);
  }
  return route;
}

}  // namespace stargate::placement
