// The customer's right to more, until it expires. An exercise that names the order that it adds sets that
// order's price from then on: the one that the exercise says, or else the option's.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book&, const Clause& clause) {
  const auto& terms = std::get<clause::Option>(clause.terms);
  return is_amount(terms.amount) && is_end(terms.expires) && is_price(terms.price)
             ? Reason::kNone
             : Reason::kInvalid;
}

/// What the exercise says, or else the option; null: neither does.
const Price* price_of(const clause::Option& terms, const Act& exercise) {
  if (exercise.terms.has_price) return &exercise.terms.price;
  return terms.has_price ? &terms.price : nullptr;
}

/// By the first exercise that adds the order.
std::optional<clause::Rate> price(const Book& book, ClauseId id, OrderId order, Moment moment) {
  for (const ActId act_id : in_effect(book, book.acts_of(id), moment)) {
    const Act& act = book.entry(act_id).act;
    if (act.kind != ActKind::kExercise || act.order != order) continue;
    const Price* price = price_of(std::get<clause::Option>(book.clause(id).terms), act);
    if (price == nullptr) return std::nullopt;
    clause::Rate rate;
    rate.order = order;
    rate.price = *price;
    return rate;
  }
  return std::nullopt;
}

void judge(const Book& book, ClauseId id, std::span<const UseRecord>, Moment moment,
           Judgement& judgement) {
  const auto& terms = std::get<clause::Option>(book.clause(id).terms);
  std::string added;
  for (const ActId act_id : in_effect(book, book.acts_of(id), moment)) {
    const Act& act = book.entry(act_id).act;
    if (act.kind != ActKind::kExercise) continue;
    judgement.since = std::min(judgement.since, act.effective);
    if (is_set(act.order)) {
      added += (added.empty() ? "" : ", ") + book.orders()[act.order.value].name;
    }
  }
  if (judgement.since != kNever) {
    judgement.why = added.empty() ? "It was exercised." : "It was exercised for " + added + ".";
  } else if (moment.at < terms.expires) {
    judgement.standing = Standing::kPending;
    judgement.why = "It may be exercised until it expires.";
  } else {
    judgement.since = terms.expires;
    judgement.why = "It expired unused.";
  }
}

}  // namespace

const ClauseKind kOption{.check = check, .judge = judge, .price = price};

}  // namespace stargate::agreement
