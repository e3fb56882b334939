// A share of each tranche's price is paid before it is delivered.

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book&, const Clause& clause) {
  const auto& terms = std::get<clause::Prepay>(clause.terms);
  return is_share(terms.ppm) && is_length(terms.before_delivery) ? Reason::kNone
                                                                 : Reason::kInvalid;
}

}  // namespace

const ClauseKind kPrepay{.check = check};

}  // namespace stargate::agreement
