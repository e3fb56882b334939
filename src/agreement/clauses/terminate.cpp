// Who may leave, when, and for what fee.

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Terminate>(clause.terms);
  if (!is_there_or_none(terms.by, book.parties())) return Reason::kUnknown;
  return is_start(terms.after) && is_length(terms.notice) && is_money(terms.fee)
             ? Reason::kNone
             : Reason::kInvalid;
}

}  // namespace

const ClauseKind kTerminate{.check = check};

}  // namespace stargate::agreement
