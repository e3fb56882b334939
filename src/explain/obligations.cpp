#include "explain/obligations.h"

#include <algorithm>
#include <set>

#include "agreement/offers.h"
#include "explain/reliance.h"

namespace stargate::explain {
namespace {

using agreement::Book;
using agreement::Due;
using agreement::DueKind;
using agreement::Judgement;
using agreement::Moment;

constexpr const char* kRefundable = "refundable_prepayment";
constexpr const char* kCredited = "credited_prepayment";

std::vector<std::string> names_of(const Book& book, const std::vector<AssumptionId>& assumptions) {
  std::vector<std::string> names;
  for (const AssumptionId id : assumptions) {
    const std::string& name = book.assumptions()[id.value].name;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

ClauseStanding standing_of(const Book& book, ClauseId id, const Judgement& judgement,
                           Moment moment) {
  const Clause& clause = book.clause(id);
  ClauseStanding standing;
  standing.clause = clause.name;
  standing.kind = kind_of(clause);
  standing.standing = judgement.standing;
  standing.since = judgement.since;
  standing.in_force = agreement::in_force(book, id, moment);
  standing.may_terminate = judgement.may_terminate;
  standing.why = judgement.why;
  standing.source = clause.source;
  standing.assumptions = names_of(book, clause.assumptions);
  return standing;
}

void add(OwedSum of, const Money& amount, bool is_assumed, std::vector<OwedSum>& sums) {
  of.currency = amount.currency;
  const auto same = std::find_if(sums.begin(), sums.end(), [&](const OwedSum& sum) {
    return sum.from == of.from && sum.to == of.to && sum.what == of.what &&
           sum.currency == of.currency;
  });
  OwedSum& sum = same == sums.end() ? sums.emplace_back(of) : *same;
  sum.micros += amount.micros;
  if (is_assumed) sum.assumed_micros += amount.micros;
}

/// What of a prepayment's payments by the day is neither to be credited nor refunded.
void add_refundable(const Book& book, ClauseId id, const Judgement& judgement, Moment moment,
                    std::vector<OwedSum>& sums) {
  const auto* terms = std::get_if<clause::Prepay>(&book.clause(id).terms);
  if (terms == nullptr || !terms->refundable) return;
  const Agreement& of = book.agreements()[book.clause(id).agreement.value];
  const std::string supplier = book.parties()[of.supplier.value].name;
  const std::string customer = book.parties()[of.customer.value].name;
  for (const Due& due : judgement.dues) {
    const bool is_paid = due.kind == DueKind::kPayment && due.due <= moment.at;
    const bool comes_back = due.kind == DueKind::kCredit || due.kind == DueKind::kRefund;
    if (!is_paid && !comes_back) continue;
    Money amount = due.amount;
    if (comes_back) amount.micros = -amount.micros;
    add({supplier, customer, kRefundable, {}, 0, 0}, amount, !due.assumptions.empty(), sums);
  }
}

std::vector<OfferAct> acts_of(const Book& book, const agreement::Offer& offer, Moment moment) {
  std::vector<OfferAct> acts;
  for (const ActId id : agreement::in_effect(book, book.acts_of_offer(offer.name), moment)) {
    const agreement::Entry& entry = book.entry(id);
    acts.push_back({name_of(entry.act.kind), entry.act.effective, entry.entered, entry.act.terms,
                    entry.act.signed_by, entry.act.document_sha256, entry.act.source});
  }
  return acts;
}

AgreementObligations agreement_of(const Book& book, AgreementId id,
                                  std::span<const agreement::UseRecord> use, Moment moment) {
  const Agreement& agreement = book.agreements()[id.value];
  AgreementObligations result;
  result.agreement = agreement.name;
  result.title = agreement.title;
  result.supplier = book.parties()[agreement.supplier.value].name;
  result.customer = book.parties()[agreement.customer.value].name;
  std::vector<OwedSum> refundable;
  std::set<std::string> prepayments;
  for (const ClauseId clause : book.clauses_of(id)) {
    if (book.clause(clause).known > moment.known || book.clause(clause).from > moment.at) continue;
    const Judgement judgement = agreement::judge(book, clause, use, moment);
    if (std::holds_alternative<clause::Prepay>(book.clause(clause).terms)) {
      prepayments.insert(book.clause(clause).name);
    }
    result.clauses.push_back(standing_of(book, clause, judgement, moment));
    for (const Due& due : judgement.dues) {
      OwedAmount owed{due.kind,
                      book.clause(due.clause).name,
                      book.parties()[due.from.value].name,
                      book.parties()[due.to.value].name,
                      due.amount,
                      due.due,
                      names_of(book, due.assumptions)};
      (due.due <= moment.at ? result.due : result.later).push_back(std::move(owed));
    }
    add_refundable(book, clause, judgement, moment, refundable);
  }
  for (const agreement::Offer& offer : agreement::offers(book, moment)) {
    if (book.clause(offer.clause).agreement != id) continue;
    result.offers.push_back({offer.name, book.orders()[offer.order.value].name,
                             book.clause(offer.clause).name, name_of(offer.state), offer.offered_at,
                             offer.reply_by, offer.decided_at, offer.released_until, offer.terms,
                             offer.answer, offer.rest, offer.reopened_at,
                             reliance_of(book, offer, use), acts_of(book, offer, moment)});
  }
  const auto by_time = [](const OwedAmount& a, const OwedAmount& b) { return a.due < b.due; };
  std::stable_sort(result.due.begin(), result.due.end(), by_time);
  std::stable_sort(result.later.begin(), result.later.end(), by_time);
  for (const OwedAmount& owed : result.due) {
    const bool is_prepaid = owed.kind == DueKind::kCredit && prepayments.count(owed.clause) > 0;
    add({owed.from, owed.to, is_prepaid ? kCredited : name_of(owed.kind), {}, 0, 0}, owed.amount,
        !owed.assumptions.empty(), result.sums);
  }
  for (const OwedSum& sum : refundable) {
    if (sum.micros > 0) result.sums.push_back(sum);
  }
  return result;
}

}  // namespace

Obligations obligations_of(const Book& book, std::span<const agreement::UseRecord> use,
                           Moment moment, AgreementId agreement) {
  Obligations result;
  result.at = moment.at;
  result.known = moment.known;
  std::set<std::string> used;
  for (std::uint32_t i = 0; i < book.agreements().size(); ++i) {
    if (is_set(agreement) && agreement != AgreementId{i}) continue;
    if (book.agreements()[i].signed_at > moment.at) continue;
    result.agreements.push_back(agreement_of(book, {i}, use, moment));
    const AgreementObligations& told = result.agreements.back();
    for (const ClauseStanding& clause : told.clauses) {
      used.insert(clause.assumptions.begin(), clause.assumptions.end());
    }
    for (const auto* list : {&told.due, &told.later}) {
      for (const OwedAmount& owed : *list) {
        used.insert(owed.assumptions.begin(), owed.assumptions.end());
      }
    }
  }
  for (const Assumption& assumption : book.assumptions()) {
    if (used.count(assumption.name) > 0) {
      result.assumptions.push_back({assumption.name, assumption.statement});
    }
  }
  return result;
}

}  // namespace stargate::explain
