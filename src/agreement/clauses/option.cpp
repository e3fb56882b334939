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

}  // namespace

const ClauseKind kOption{.check = check};

}  // namespace stargate::agreement
