// What use costs.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Rate>(clause.terms);
  if (!is_there_or_none(terms.order, book.orders())) return Reason::kUnknown;
  const auto later = [](const clause::RampStep& a, const clause::RampStep& b) {
    return a.from >= b.from;
  };
  const bool steps = std::ranges::all_of(terms.ramp, [](const clause::RampStep& step) {
    return is_start(step.from) && is_share(step.ppm);
  });
  const bool of_power =
      terms.power_price.unit == RateUnit::kKwMonth || terms.power_price.unit == RateUnit::kGwYear;
  const bool power = terms.power_price == Price{} || (terms.pass_through_power && of_power);
  return is_price(terms.price) && is_price(terms.power_price) && power && steps &&
                 std::ranges::adjacent_find(terms.ramp, later) == terms.ramp.end()
             ? Reason::kNone
             : Reason::kInvalid;
}

bool covers(const Clause& clause, OrderId order, Use) {
  const OrderId of = std::get<clause::Rate>(clause.terms).order;
  return !is_set(of) || of == order;
}

std::optional<clause::Rate> price(const Book& book, ClauseId id, OrderId order, Moment moment) {
  if (!covers(book.clause(id), order, {}) || !in_force(book, id, moment)) return std::nullopt;
  return std::get<clause::Rate>(book.clause(id).terms);
}

}  // namespace

const ClauseKind kRate{.check = check, .covers = covers, .price = price};

}  // namespace stargate::agreement
