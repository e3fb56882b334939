// The duty to deliver.

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Tranche>(clause.terms);
  if (!is_there(terms.order, book.orders()) ||
      !are_there(std::span<const StageId>(terms.stages), book.stages())) {
    return Reason::kUnknown;
  }
  return is_amount(terms.amount) && is_end(terms.due) && is_length(terms.grace) &&
                 is_length(terms.deemed_acceptance) && (terms.early_uses & ~kAnyUse) == 0 &&
                 is_price(terms.early_price)
             ? Reason::kNone
             : Reason::kInvalid;
}

/// When what is in acceptance already will be deemed accepted.
void changes(const Book& book, const Clause& clause, const ChangeSink& sink) {
  const auto& terms = std::get<clause::Tranche>(clause.terms);
  if (terms.deemed_acceptance == Duration{}) return;
  for (const StageId stage : terms.stages) {
    for (const ActId id : book.acts_of(stage)) {
      sink(book.entry(id).act.effective + terms.deemed_acceptance);
    }
  }
}

void changes_by(const Clause& clause, const Act& act, const ChangeSink& sink) {
  if (act.state != CapacityState::kInAcceptance) return;
  sink(act.effective + std::get<clause::Tranche>(clause.terms).deemed_acceptance);
}

bool covers(const Clause& clause, OrderId order, Use) {
  return std::get<clause::Tranche>(clause.terms).order == order;
}

}  // namespace

const ClauseKind kTranche{
    .check = check, .changes = changes, .changes_by = changes_by, .covers = covers};

}  // namespace stargate::agreement
