#include "agreement/price.h"

#include <algorithm>
#include <map>
#include <set>

#include "agreement/clauses/kind.h"
#include "agreement/signing.h"

namespace stargate::agreement {
namespace {

constexpr Duration kYear = days(365);
constexpr Duration kMonth{kYear.us / 12};

/// Microseconds of the time, each counted with the share of the price that is paid then.
Int128 weighed_time(std::span<const clause::RampStep> ramp, Instant from, Instant until) {
  Int128 sum = 0;
  Instant at = from;
  std::uint32_t ppm = kWhole;
  for (const clause::RampStep& step : ramp) {
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
  for (const ActId act : book.acts_of(order)) {
    if (book.entry(act).act.kind == ActKind::kExercise) note(book.entry(act).act.effective);
  }
  return changes;
}

/// A part of a span in which one rate goes on, or none does.
struct RateSpan {
  Span span;
  RateInForce rate;

  bool is_priced() const { return is_set(rate.clause); }
};

std::vector<RateSpan> rates_of(const Book& book, OrderId order, Span span, Instant known) {
  std::vector<RateSpan> parts;
  for (const Instant at : rate_changes(book, order, span.from, span.until)) {
    RateInForce rate = rate_of(book, order, {at, known});
    if (!parts.empty() && parts.back().rate.clause == rate.clause) continue;
    if (!parts.empty()) parts.back().span.until = at;
    parts.push_back({{at, span.until}, std::move(rate)});
  }
  return parts;
}

/// Paid for the whole order, whatever runs there.
bool is_fee(const Price& price) { return price.unit == RateUnit::kMonth; }

/// Of the span, in which the rate goes on, when the order bears its fee: within its term, as long as no
/// order for any of the uses that was defined before it does.
std::vector<Span> fee_spans(const Book& book, OrderId order, const RateSpan& part, Instant known,
                            UseMask together) {
  const Moment end{part.span.until, known};
  std::vector<Span> owed{common(part.span, term_of(book, order, end))};
  if (is_empty(owed.front())) return {};
  const AgreementId agreement = book.orders()[order.value].agreement;
  if (is_set(part.rate.terms.order)) return owed;
  for (std::uint32_t i = 0; i < order.value && !owed.empty(); ++i) {
    const Order& earlier = book.orders()[i];
    if (earlier.agreement != agreement || (earlier.uses & together) == 0) continue;
    const Span term = term_of(book, {i}, end);
    for (const RateSpan& other : rates_of(book, {i}, part.span, known)) {
      if (other.rate.clause == part.rate.clause) owed = without(owed, common(other.span, term));
    }
  }
  return owed;
}

/// Adds where the currency is the same and the sum fits.
bool add(std::optional<Money>& sum, const Money& more) {
  if (!sum) {
    sum = more;
    return true;
  }
  std::int64_t micros = 0;
  if (sum->currency != more.currency || __builtin_add_overflow(sum->micros, more.micros, &micros)) {
    return false;
  }
  sum->micros = micros;
  return true;
}

/// How the price is counted. `watts` is what power prices count; 0: the accelerator's, for each GPU.
struct Basis {
  const Price& price;
  std::span<const clause::RampStep> ramp = {};
  std::int64_t watts = 0;
};

std::optional<Money> price_by(const Book& book, const Basis& basis, const UseRecord& use) {
  const Price& price = basis.price;
  std::int64_t watts = basis.watts;
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
  const auto micros = scaled(price.amount.micros * quantity,
                             weighed_time(basis.ramp, use.from, use.until), divisor);
  if (!micros) return std::nullopt;
  return Money{*micros, price.amount.currency};
}

/// Of the rate without the power that it passes on.
std::optional<Money> base_price(const Book& book, const clause::Rate& rate, const UseRecord& use) {
  return price_by(book, {rate.price, rate.ramp}, use);
}
std::optional<Money> power_price(const Book& book, const clause::Rate& rate, const UseRecord& use) {
  return price_by(book, {rate.power_price}, use);
}

/// Over a time throughout which the rate is in force. A fee is that of the whole order.
std::optional<Money> price_under(const Book& book, const clause::Rate& rate, const UseRecord& use) {
  std::optional<Money> price = base_price(book, rate, use);
  if (!price || !rate.pass_through_power) return price;
  const std::optional<Money> power = power_price(book, rate, use);
  if (!power || !add(price, *power)) return std::nullopt;
  return price;
}

/// The offer by whose acceptance the tranche came to be; null: none did.
const Act* offer_behind(const Book& book, const clause::Tranche& tranche) {
  if (tranche.offer.empty()) return nullptr;
  const auto acts = book.acts_of_offer(tranche.offer);
  return acts.empty() ? nullptr : &book.entry(acts.front()).act;
}

/// The GPUs of the tranche: those that it says, or its stages'; without any, as many as its power is
/// for, of the order's kind.
std::uint64_t gpus_of(const Book& book, const clause::Tranche& tranche, OrderId order) {
  const auto amount = static_cast<std::uint64_t>(tranche.amount.value);
  if (tranche.amount.unit == CapacityUnit::kGpus) return amount;
  std::uint64_t gpus = 0;
  for (const StageId stage : tranche.stages) gpus += book.stages()[stage.value].fleet.gpus();
  if (gpus > 0) return gpus;
  const Accelerator& kind = book.accelerators()[book.orders()[order.value].accelerator.value];
  const std::int64_t each =
      tranche.amount.unit == CapacityUnit::kItWatts ? kind.it_w_per_gpu : kind.facility_w_per_gpu;
  return each > 0 ? amount / static_cast<std::uint64_t>(each) : 0;
}

/// What the tranche costs within the span, its GPUs of the order's kind.
std::optional<Money> price_at(const Book& book, const clause::Tranche& tranche, OrderId order,
                              Basis basis, Span span) {
  if (tranche.amount.unit == basis.price.basis) basis.watts = tranche.amount.value;
  return price_by(book, basis,
                  {order, Use::kResearch, span.from, span.until, gpus_of(book, tranche, order)});
}

/// In facility power, to compare what is counted otherwise; GPUs of a kind whose power is not known are one
/// each.
Int128 weight_of(const Book& book, OrderId order, CapacityAmount amount) {
  const Accelerator& kind = book.accelerators()[book.orders()[order.value].accelerator.value];
  const std::int64_t each = std::max<std::int64_t>(kind.facility_w_per_gpu, 1);
  switch (amount.unit) {
    case CapacityUnit::kGpus: return Int128{amount.value} * each;
    case CapacityUnit::kItWatts:
      return Int128{amount.value} * each / std::max<std::int64_t>(kind.it_w_per_gpu, 1);
    default: return amount.value;
  }
}

/// What the tranche costs while the rate goes on. A fee is for its order, or for all of the agreement's
/// that are signed by then together: the tranche's share of it.
std::optional<Money> rated_price(const Book& book, const clause::Tranche& tranche,
                                 const RateSpan& part, Instant known) {
  const clause::Rate& rate = part.rate.terms;
  auto price = price_at(book, tranche, tranche.order, {rate.price, rate.ramp}, part.span);
  if (!price || !is_fee(rate.price)) return price;
  Int128 whole = 0;
  const AgreementId agreement = book.orders()[tranche.order.value].agreement;
  for (const OrderId order : book.orders_of(agreement)) {
    const bool bears =
        order == tranche.order ||
        (!is_set(rate.order) && signing_of(book, order, {part.span.from, known}) != kNever);
    if (bears) whole += weight_of(book, order, book.orders()[order.value].amount);
  }
  const Int128 own = weight_of(book, tranche.order, tranche.amount);
  if (whole <= own) return price;
  const auto share = scaled(price->micros, own, whole);
  if (!share) return std::nullopt;
  return Money{*share, price->currency};
}

/// At the price that was offered, which is what was accepted. Without an order of the holder's, GPUs
/// are of the kind that was offered. A fee is for all that was offered: the tranche's share of it.
std::optional<Money> accepted_price(const Book& book, const clause::Tranche& tranche,
                                    const Act& offer, Span span) {
  const OrderId order = is_set(tranche.order) ? tranche.order : offer.order;
  std::optional<Money> price = price_at(book, tranche, order, {offer.terms.price}, span);
  if (!price || !is_fee(offer.terms.price)) return price;
  const CapacityAmount whole =
      offer.terms.amount.value > 0 ? offer.terms.amount : book.orders()[offer.order.value].amount;
  if (whole.value == 0 || whole.unit != tranche.amount.unit) return price;
  const auto share = scaled(price->micros, tranche.amount.value, whole.value);
  if (!share) return std::nullopt;
  return Money{*share, price->currency};
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

RateInForce rate_of(const Book& book, OrderId order, Moment moment) {
  RateInForce found;
  int found_rank = 0;
  for (const ClauseId id : book.clauses_of(book.orders()[order.value].agreement)) {
    const auto price = kind_of_terms(book.clause(id)).price;
    if (price == nullptr) continue;
    std::optional<clause::Rate> terms = price(book, id, order, moment);
    if (!terms) continue;
    const bool is_rate = std::holds_alternative<clause::Rate>(book.clause(id).terms);
    const int rank = !is_set(terms->order) ? 0 : (is_rate ? 2 : 1);
    if (is_set(found.clause) && rank < found_rank) continue;
    found = {id, *std::move(terms)};
    found_rank = rank;
  }
  return found;
}

std::optional<Money> price_of(const Book& book, OrderId order, std::uint64_t gpus, Instant from,
                              Instant until, Instant known) {
  std::optional<Money> sum;
  for (const RateSpan& part : rates_of(book, order, {from, until}, known)) {
    if (!part.is_priced()) return std::nullopt;
    const auto price = price_under(book, part.rate.terms,
                                   {order, Use::kResearch, part.span.from, part.span.until, gpus});
    if (!price || !add(sum, *price)) return std::nullopt;
  }
  return sum;
}

OrderCost cost_of(const Book& book, OrderId order, std::span<const UseRecord> use, Span span,
                  Instant known, UseMask together) {
  OrderCost cost;
  const auto charge = [&](const UseRecord& record, const std::optional<Money>& price) {
    if (price && add(cost.money, *price)) return;
    cost.unpriced.gpu_us += Int128{record.gpus} * (record.until - record.from).us;
  };
  // 1. What was used early and has a price of its own.
  std::vector<UseRecord> rated;
  std::map<ClauseId, std::vector<Span>> early_fees;
  for (UseRecord record : use) {
    const Span within = common({record.from, record.until}, span);
    if (is_empty(within)) continue;
    record.from = within.from;
    record.until = within.until;
    const auto* tranche = is_set(record.early)
                              ? &std::get<clause::Tranche>(book.clause(record.early).terms)
                              : nullptr;
    if (tranche == nullptr || !tranche->has_early_price) {
      rated.push_back(record);
    } else if (is_fee(tranche->early_price)) {
      early_fees[record.early].push_back(within);
    } else {
      charge(record, price_by(book, {tranche->early_price}, record));
    }
  }
  for (auto& [clause, spans] : early_fees) {
    const Price& price = std::get<clause::Tranche>(book.clause(clause).terms).early_price;
    const UseRecord once{order, Use::kResearch, span.from, span.from + covered(std::move(spans)),
                         0};
    charge(once, price_by(book, {price}, once));
  }
  // 2. The rest, at the rate in force.
  for (const RateSpan& part : rates_of(book, order, span, known)) {
    const clause::Rate* rate = part.is_priced() ? &part.rate.terms : nullptr;
    const bool fee = rate != nullptr && is_fee(rate->price);
    if (fee) {
      for (const Span& owed : fee_spans(book, order, part, known, together)) {
        const UseRecord once{order, Use::kResearch, owed.from, owed.until, 0};
        charge(once, base_price(book, *rate, once));
      }
    }
    for (UseRecord record : rated) {
      const Span within = common({record.from, record.until}, part.span);
      if (is_empty(within)) continue;
      record.from = within.from;
      record.until = within.until;
      if (rate == nullptr) {
        charge(record, std::nullopt);
      } else if (!fee) {
        charge(record, price_under(book, *rate, record));
      } else if (rate->pass_through_power) {
        charge(record, power_price(book, *rate, record));
      }
    }
  }
  return cost;
}

std::optional<Tariff> tariff_of(const Book& book, OrderId order, Moment moment) {
  constexpr std::uint64_t kGpus = 1'000;
  constexpr std::int64_t kHours = 1'000;
  const RateInForce in_force = rate_of(book, order, moment);
  if (!is_set(in_force.clause)) return std::nullopt;
  const clause::Rate& rate = in_force.terms;
  const UseRecord hour{order, Use::kResearch, moment.at, moment.at + hours(1), kGpus};
  const bool fee = is_fee(rate.price);
  std::optional<Money> used;
  if (!fee) {
    used = price_under(book, rate, hour);
  } else if (rate.pass_through_power) {
    used = power_price(book, rate, hour);
  } else {
    used = Money{0, rate.price.amount.currency};
  }
  std::optional<Money> whole = Money{0, rate.price.amount.currency};
  const Span now{moment.at, moment.at + Duration{1}};
  if (fee && !is_empty(common(now, term_of(book, order, moment)))) {
    whole = base_price(book, rate, hour);
  }
  if (!used || !whole || whole->micros > INT64_MAX / kHours) return std::nullopt;
  whole->micros *= kHours;
  return Tariff{*used, *whole, fee && !is_set(rate.order)};
}

std::optional<Money> tranche_price(const Book& book, const clause::Tranche& tranche, Instant from,
                                   Instant until, Instant known) {
  const Act* offer = offer_behind(book, tranche);
  if (offer != nullptr && offer->terms.has_price) {
    return accepted_price(book, tranche, *offer, {from, std::max(from, until)});
  }
  if (!is_set(tranche.order)) return std::nullopt;
  std::optional<Money> sum;
  for (const RateSpan& part : rates_of(book, tranche.order, {from, std::max(from, until)}, known)) {
    if (!part.is_priced()) continue;
    const auto price = rated_price(book, tranche, part, known);
    if (!price || !add(sum, *price)) return std::nullopt;
  }
  return sum;
}

Instant tranche_end(const Book& book, const clause::Tranche& tranche, Instant due, Moment moment) {
  const Instant order_ends =
      is_set(tranche.order) ? ending_of(book, tranche.order, moment).at : kNever;
  Instant end = order_ends;
  Duration length = kYear;
  const Act* offer = offer_behind(book, tranche);
  if (offer != nullptr && offer->terms.until != kNever) {
    end = offer->terms.until;
    if (offer->terms.delivery < end) length = end - offer->terms.delivery;
  }
  // A notice that ended the order before the tranche was due leaves nothing of it.
  const bool is_over = is_set(tranche.order) && order_ends <= due &&
                       order_ends < book.orders()[tranche.order.value].until;
  if (is_over) return due;
  return due < end && end != kNever ? end : due + length;
}

std::optional<Money> tranche_price(const Book& book, const clause::Tranche& tranche, Instant due,
                                   Moment moment) {
  return tranche_price(book, tranche, due, tranche_end(book, tranche, due, moment), moment.known);
}

}  // namespace stargate::agreement
