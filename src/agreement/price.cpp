#include "agreement/price.h"

#include <algorithm>
#include <set>

#include "agreement/clauses/kind.h"

namespace stargate::agreement {
namespace {

constexpr Duration kYear = days(365);
constexpr Duration kMonth{kYear.us / 12};

/// Microseconds of the time, each counted with the share of the price that is paid then.
Int128 weighed_time(const clause::Rate& rate, Instant from, Instant until) {
  Int128 sum = 0;
  Instant at = from;
  std::uint32_t ppm = kWhole;
  for (const clause::RampStep& step : rate.ramp) {
    const Instant end = std::clamp(step.from, at, std::max(at, until));
    sum += Int128{(end - at).us} * ppm;
    at = end;
    ppm = step.ppm;
  }
  if (at < until) sum += Int128{(until - at).us} * ppm;
  return sum;
}

/// Where the rate of the order may change between two instants.
std::set<Instant> rate_changes(const Book& book, OrderId order, Instant from, Instant until) {
  std::set<Instant> changes{from};
  const auto note = [&](Instant at) {
    if (from < at && at < until) changes.insert(at);
  };
  for (const ClauseId id : book.clauses_of(book.orders()[order.value].agreement)) {
    const Clause& clause = book.clause(id);
    if (kind_of_terms(clause).price == nullptr) continue;
    note(clause.from);
    note(clause.until);
    for (const ClauseId newer : book.superseded_by(id)) note(book.clause(newer).from);
    for (const ActId act : book.acts_named(clause.until_event)) note(book.entry(act).act.effective);
  }
  return changes;
}

}  // namespace

std::optional<std::int64_t> scaled(Int128 a, Int128 b, Int128 divisor) {
  // Long multiplication and division, a bit of `a` at a time: quotient and rest of (bits so far) * b.
  UInt128 quotient = 0;
  UInt128 rest = 0;
  const auto d = static_cast<UInt128>(divisor);
  const UInt128 step_quotient = static_cast<UInt128>(b) / d;
  const UInt128 step_rest = static_cast<UInt128>(b) % d;
  constexpr auto kMost = static_cast<UInt128>(INT64_MAX);
  for (int bit = 126; bit >= 0; --bit) {
    quotient *= 2;
    rest *= 2;
    if (((static_cast<UInt128>(a) >> bit) & 1U) != 0) {
      if (step_quotient > kMost) return std::nullopt;
      quotient += step_quotient;
      rest += step_rest;
    }
    quotient += rest / d;
    rest %= d;
    if (quotient > kMost) return std::nullopt;
  }
  if (rest * 2 >= d) ++quotient;
  if (quotient > kMost) return std::nullopt;
  return static_cast<std::int64_t>(quotient);
}

std::optional<Money> price_under(const Book& book, const clause::Rate& rate, const UseRecord& use,
                                 std::int64_t watts) {
  const Price& price = rate.price;
  const Accelerator& kind = book.accelerators()[book.orders()[use.order.value].accelerator.value];
  if (watts == 0) {
    const std::int64_t each =
        price.basis == CapacityUnit::kItWatts ? kind.it_w_per_gpu : kind.facility_w_per_gpu;
    watts = static_cast<std::int64_t>(use.gpus) * each;
  }
  Int128 quantity = 1;
  Int128 divisor = Int128{kMonth.us} * kWhole;
  switch (price.unit) {
    case RateUnit::kGpuHour:
      quantity = static_cast<Int128>(use.gpus);
      divisor = Int128{hours(1).us} * kWhole;
      break;
    case RateUnit::kKwMonth:
      quantity = watts;
      divisor *= 1'000;
      break;
    case RateUnit::kGwYear:
      quantity = watts;
      divisor = Int128{kYear.us} * kWhole * 1'000'000'000;
      break;
    case RateUnit::kMonth: break;
  }
  const auto micros =
      scaled(price.amount.micros * quantity, weighed_time(rate, use.from, use.until), divisor);
  if (!micros) return std::nullopt;
  return Money{*micros, price.amount.currency};
}

ClauseId rate_of(const Book& book, OrderId order, Moment moment) {
  ClauseId found = kNo<ClauseId>;
  bool own = false;
  for (const ClauseId id : book.clauses_of(book.orders()[order.value].agreement)) {
    const auto* rate = std::get_if<clause::Rate>(&book.clause(id).terms);
    if (rate == nullptr || (is_set(rate->order) && rate->order != order) ||
        (own && !is_set(rate->order)) || !in_force(book, id, moment)) {
      continue;
    }
    found = id;
    own = is_set(rate->order);
  }
  return found;
}

std::optional<Money> price_of(const Book& book, OrderId order, std::uint64_t gpus, Instant from,
                              Instant until, Instant known) {
  std::optional<Money> sum;
  const std::set<Instant> changes = rate_changes(book, order, from, until);
  for (auto at = changes.begin(); at != changes.end();) {
    // As long as one rate goes on, it is one amount, rounded once.
    const Instant begin = *at;
    const ClauseId rate = rate_of(book, order, {begin, known});
    while (++at != changes.end() && rate_of(book, order, {*at, known}) == rate) {
    }
    if (!is_set(rate)) return std::nullopt;
    const Instant end = at == changes.end() ? until : *at;
    const Clause& clause = book.clause(rate);
    const auto part =
        kind_of_terms(clause).price(book, clause, {order, Use::kResearch, begin, end, gpus});
    if (!part || (sum && sum->currency != part->currency)) return std::nullopt;
    if (!sum) sum = Money{0, part->currency};
    if (__builtin_add_overflow(sum->micros, part->micros, &sum->micros)) return std::nullopt;
  }
  return sum;
}

std::optional<Money> tranche_price(const Book& book, const clause::Tranche& tranche, Instant from,
                                   Instant until, Instant known) {
  const ClauseId id = rate_of(book, tranche.order, {from, known});
  if (!is_set(id)) return std::nullopt;
  const auto& rate = std::get<clause::Rate>(book.clause(id).terms);
  std::uint64_t gpus = 0;
  if (tranche.amount.unit == CapacityUnit::kGpus) {
    gpus = static_cast<std::uint64_t>(tranche.amount.value);
  } else {
    for (const StageId stage : tranche.stages) gpus += book.stages()[stage.value].fleet.gpus();
  }
  const std::int64_t watts = tranche.amount.unit == rate.price.basis ? tranche.amount.value : 0;
  return price_under(book, rate, {tranche.order, Use::kResearch, from, std::max(from, until), gpus},
                     watts);
}

std::optional<Money> tranche_price(const Book& book, const clause::Tranche& tranche, Instant due,
                                   Instant known) {
  const Instant end = book.orders()[tranche.order.value].until;
  return tranche_price(book, tranche, due, end == kNever ? due + kYear : end, known);
}

}  // namespace stargate::agreement
