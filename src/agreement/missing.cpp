#include "agreement/missing.h"

#include <algorithm>

#include "agreement/price.h"

namespace stargate::agreement {

std::vector<Missing> missing_in(const Book& book, ClauseId tranche, Span span, Moment moment) {
  const std::int64_t whole = std::get<clause::Tranche>(book.clause(tranche).terms).amount.value;
  std::vector<Missing> parts;
  std::int64_t there = 0;
  const auto close = [&](Instant until) {
    if (span.from < until && there < whole) parts.push_back({{span.from, until}, whole - there});
    span.from = std::max(span.from, until);
  };
  for (const AcceptedSince& step : accepted_over_time(book, tranche, moment)) {
    close(std::min(step.from, span.until));
    there = step.amount;
  }
  close(span.until);
  return parts;
}

std::optional<Money> price_of_missing(const Book& book, ClauseId tranche, Span span,
                                      Moment moment) {
  const auto& terms = std::get<clause::Tranche>(book.clause(tranche).terms);
  std::optional<Money> sum;
  for (const Missing& part : missing_in(book, tranche, span, moment)) {
    const auto price = tranche_price(book, terms, part.span.from, part.span.until, moment.known);
    if (!price) continue;
    const auto own = scaled(price->micros, part.amount, terms.amount.value);
    if (!own) return std::nullopt;
    sum = Money{*own + (sum ? sum->micros : 0), price->currency};
  }
  return sum;
}

}  // namespace stargate::agreement
