// A product ships on the supplier's paper before it runs on any other. It is released where the
// supplier said of that product both that it cannot support it and that it chooses not to.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book&, const Clause& clause) {
  return is_uses(std::get<clause::FirstShip>(clause.terms).uses) ? Reason::kNone : Reason::kInvalid;
}

Ruling permit(const Book& book, ClauseId id, const Asker& asker, const OrderView& order,
              Moment moment) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::FirstShip>(clause.terms);
  const PartyId supplier = book.agreements()[clause.agreement.value].supplier;
  if (asker.product.empty() || !includes(terms.uses, asker.use) || supplier == order.supplier ||
      !in_force(book, id, moment)) {
    return {};
  }
  const auto said = [&](ActKind kind) {
    return std::ranges::any_of(book.acts_named(asker.product), [&](ActId act) {
      const Entry& entry = book.entry(act);
      return entry.act.kind == kind && entry.act.party == supplier && counts(entry, moment);
    });
  };
  if (said(ActKind::kShipped)) return {};
  if (terms.released_if_cannot_and_declines && said(ActKind::kCannot) &&
      said(ActKind::kDeclinesSupport)) {
    return {Bearing::kCarvedOut, Verdict::kPermitted, {}};
  }
  if (cleared(book, id, order.id, false, moment)) {
    return {Bearing::kCleared, Verdict::kPermitted, {}};
  }
  return {Bearing::kBinds, Verdict::kForbidden, {}};
}

}  // namespace

const ClauseKind kFirstShip{.reach = Reach::kCustomer, .check = check, .permit = permit};

}  // namespace stargate::agreement
