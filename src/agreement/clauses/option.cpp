// The customer's right to more, until it expires.

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

void judge(const Book& book, ClauseId id, std::span<const UseRecord>, Moment moment,
           Judgement& judgement) {
  const auto& terms = std::get<clause::Option>(book.clause(id).terms);
  for (const ActId act_id : in_effect(book, book.acts_of(id), moment)) {
    const Act& act = book.entry(act_id).act;
    if (act.kind != ActKind::kExercise) continue;
    judgement.since = act.effective;
    judgement.why = "It was exercised.";
    return;
  }
  if (moment.at < terms.expires) {
    judgement.standing = Standing::kPending;
    judgement.why = "It may be exercised until it expires.";
  } else {
    judgement.since = terms.expires;
    judgement.why = "It expired unused.";
  }
}

}  // namespace

const ClauseKind kOption{.check = check, .judge = judge};

}  // namespace stargate::agreement
