// Work of the clause's uses runs in its jurisdictions alone, on the agreement's own orders.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book&, const Clause& clause) {
  return is_uses(std::get<clause::Locale>(clause.terms).uses) ? Reason::kNone : Reason::kInvalid;
}

Ruling permit(const Book& book, ClauseId id, const Asker& asker, const OrderView& order,
              Moment moment) {
  const auto& terms = std::get<clause::Locale>(book.clause(id).terms);
  if (!includes(terms.uses, asker.use) || terms.jurisdictions.empty() ||
      !in_force(book, id, moment)) {
    return {};
  }
  const std::string& here = book.sites()[order.site.value].jurisdiction;
  const bool listed = std::ranges::find(terms.jurisdictions, here) != terms.jurisdictions.end();
  return {listed ? Bearing::kApart : Bearing::kBinds,
          listed ? Verdict::kPermitted : Verdict::kForbidden,
          {}};
}

}  // namespace

const ClauseKind kLocale{.reach = Reach::kAgreement, .check = check, .permit = permit};

}  // namespace stargate::agreement
