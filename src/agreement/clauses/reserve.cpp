// A window of capacity on an order.

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Reserve>(clause.terms);
  if (!is_there(terms.order, book.orders())) return Reason::kUnknown;
  return terms.min_gpus <= terms.max_gpus && is_length(terms.reclaimed_before_end)
             ? Reason::kNone
             : Reason::kInvalid;
}

}  // namespace

const ClauseKind kReserve{.check = check};

}  // namespace stargate::agreement
