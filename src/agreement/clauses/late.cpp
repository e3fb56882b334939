// What a late tranche costs.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Late>(clause.terms);
  if (!are_there(std::span<const ClauseId>(terms.tranches), book.clauses())) {
    return Reason::kUnknown;
  }
  const bool tranches = std::ranges::all_of(terms.tranches, [&](ClauseId id) {
    return std::holds_alternative<clause::Tranche>(book.clause(id).terms);
  });
  const bool steps = std::ranges::all_of(terms.credits, [](const clause::CreditStep& step) {
    return is_length(step.after) && is_share(step.ppm) && is_length(step.per);
  });
  return tranches && steps && is_share(terms.credit_cap_ppm) && is_length(terms.outside) &&
                 is_length(terms.notice_within) && is_length(terms.longest_extension)
             ? Reason::kNone
             : Reason::kInvalid;
}

}  // namespace

const ClauseKind kLate{.check = check};

}  // namespace stargate::agreement
