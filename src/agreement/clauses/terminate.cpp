// Who may leave, when, and for what fee. For change of control a party may, once control of the other has
// changed by the day of the notice, as known then. For repeated failure the customer may, once there were
// two failures under the agreement by then: tranches that were late, and times at which the supplier
// failed.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/delivery.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Terminate>(clause.terms);
  if (!is_there_or_none(terms.by, book.parties())) return Reason::kUnknown;
  return is_start(terms.after) && is_length(terms.notice) && is_money(terms.fee) ? Reason::kNone
                                                                                 : Reason::kInvalid;
}

constexpr int kFailuresToLeave = 2;

int failures_of(const Book& book, AgreementId agreement, Moment moment) {
  int failures = 0;
  for (const ClauseId id : book.clauses_of(agreement)) {
    if (!std::holds_alternative<clause::Tranche>(book.clause(id).terms) ||
        book.clause(id).known > moment.known) {
      continue;
    }
    if (delivery_of(book, id, moment).late_by(moment.at) > Duration{}) ++failures;
  }
  const PartyId supplier = book.agreements()[agreement.value].supplier;
  for (const ActId id : in_effect(book, book.acts_of(supplier), moment)) {
    if (book.entry(id).act.kind == ActKind::kSupplierFails) ++failures;
  }
  return failures;
}

bool control_changed(const Book& book, PartyId party, Moment moment) {
  return std::ranges::any_of(book.acts_of(party), [&](ActId id) {
    return book.entry(id).act.kind == ActKind::kControlChanges && counts(book.entry(id), moment);
  });
}

/// Why the notice has no cause under the clause; null: it has, or needs none.
const char* lacks_cause(const Book& book, const Clause& clause, const Act& notice, Instant known) {
  const Agreement& agreement = book.agreements()[clause.agreement.value];
  const bool by_customer = notice.party == agreement.customer;
  const Moment given{notice.effective, known};
  switch (std::get<clause::Terminate>(clause.terms).cause) {
    case clause::TerminateCause::kConvenience: return nullptr;
    case clause::TerminateCause::kChangeOfControl: {
      const PartyId other = by_customer ? agreement.supplier : agreement.customer;
      return control_changed(book, other, given)
                 ? nullptr
                 : "Notice was given for a change of control that had not come.";
    }
    case clause::TerminateCause::kRepeatedFailure:
      return by_customer && failures_of(book, clause.agreement, given) >= kFailuresToLeave
                 ? nullptr
                 : "Notice was given for repeated failure, without two failures.";
  }
  return nullptr;
}

/// A notice by who may not leave, too early or too short, breaks the clause; the fee is due either way.
void judge(const Book& book, ClauseId id, std::span<const UseRecord>, Moment moment,
           Judgement& judgement) {
  const auto& terms = std::get<clause::Terminate>(book.clause(id).terms);
  const Agreement& agreement = book.agreements()[book.clause(id).agreement.value];
  judgement.standing = Standing::kPending;
  judgement.why = "No notice was given.";
  for (const ActId act_id : in_effect(book, book.acts_of(id), moment)) {
    const Act& act = book.entry(act_id).act;
    if (act.kind != ActKind::kTerminate) continue;
    const bool may = (!is_set(terms.by) || terms.by == act.party) && act.effective >= terms.after;
    const bool long_enough = act.until - act.effective >= terms.notice;
    const char* no_cause = lacks_cause(book, book.clause(id), act, book.entry(act_id).entered);
    judgement.standing =
        may && no_cause == nullptr && long_enough ? Standing::kKept : Standing::kBreached;
    judgement.since = act.effective;
    judgement.why = !may                  ? "Notice was given by a party that may not leave yet."
                    : no_cause != nullptr ? no_cause
                    : !long_enough        ? "The notice was shorter than agreed."
                                          : "Notice was given as agreed.";
    if (terms.has_fee) {
      const bool by_customer = act.party == agreement.customer;
      judgement.dues.push_back({DueKind::kFee,
                                act.party,
                                by_customer ? agreement.supplier : agreement.customer,
                                terms.fee,
                                act.until,
                                id,
                                {}});
    }
    return;
  }
}

}  // namespace

const ClauseKind kTerminate{.check = check, .judge = judge};

}  // namespace stargate::agreement
