// Paid whether used or not.

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book&, const Clause& clause) {
  const auto& terms = std::get<clause::Commit>(clause.terms);
  return is_money(terms.amount) && is_share(terms.take_or_pay_ppm) && is_uses(terms.eligible) &&
                 is_length(terms.true_up) && is_share(terms.carry_over_ppm)
             ? Reason::kNone
             : Reason::kInvalid;
}

bool covers(const Clause& clause, OrderId, Use use) {
  return includes(std::get<clause::Commit>(clause.terms).eligible, use);
}

}  // namespace

const ClauseKind kCommit{.check = check, .covers = covers};

}  // namespace stargate::agreement
