// What a late tranche costs.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/delivery.h"
#include "agreement/price.h"

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

/// The share of the price that so much delay costs: each step counts from its beginning to the next
/// one's, every `per` begun; a step without one counts once.
std::int64_t credit_ppm(const clause::Late& terms, Duration late) {
  std::vector<clause::CreditStep> steps = terms.credits;
  std::ranges::stable_sort(steps, {}, &clause::CreditStep::after);
  std::int64_t ppm = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Duration end = i + 1 < steps.size() ? std::min(late, steps[i + 1].after) : late;
    if (end <= steps[i].after) continue;
    const std::int64_t per = steps[i].per.us;
    const std::int64_t begun = per == 0 ? 1 : ((end - steps[i].after).us - 1) / per + 1;
    if (begun > kWhole) return terms.credit_cap_ppm;
    ppm += begun * steps[i].ppm;
  }
  return std::min<std::int64_t>(ppm, terms.credit_cap_ppm);
}

void judge(const Book& book, ClauseId id, std::span<const UseRecord>, Moment moment,
           Judgement& judgement) {
  const auto& terms = std::get<clause::Late>(book.clause(id).terms);
  const Agreement& agreement = book.agreements()[book.clause(id).agreement.value];
  judgement.standing = Standing::kPending;
  judgement.why = "No tranche is late.";
  for (const ClauseId tranche : terms.tranches) {
    if (book.clause(tranche).known > moment.known) continue;
    const Delivery delivery = delivery_of(book, tranche, moment);
    const auto& of = std::get<clause::Tranche>(book.clause(tranche).terms);
    const Instant end = std::min(delivery.delivered_at, moment.at);
    const auto owe = [&](DueKind kind, PartyId from, PartyId to, std::optional<Money> amount,
                         Instant due) {
      if (!amount || amount->micros == 0) return;
      judgement.dues.push_back(
          {kind, from, to, *amount, due, id, book.clause(tranche).assumptions});
    };
    // 1. What was not there from its due date on is not paid for.
    if (delivery.due < end) {
      owe(DueKind::kNotBilled, agreement.customer, agreement.supplier,
          tranche_price(book, of, delivery.due, std::min(end, tranche_end(book, of, delivery.due)),
                        moment.known),
          end);
    }
    // 2. Credits run from the end of the grace and of what is excused, until it is delivered or cured.
    const Duration late = delivery.late_by(moment.at);
    if (late == Duration{}) continue;
    if (judgement.standing != Standing::kBreached || delivery.deadline < judgement.since) {
      judgement.since = delivery.deadline;
    }
    judgement.standing = Standing::kBreached;
    judgement.why = "The tranche " + book.clause(tranche).name + " is late.";
    if (auto price = tranche_price(book, of, delivery.due, moment.known)) {
      price->micros =
          static_cast<std::int64_t>(scale_rounded(price->micros, credit_ppm(terms, late), kWhole));
      owe(DueKind::kCredit, agreement.supplier, agreement.customer, price,
          std::min(delivery.made_good_at(), moment.at));
    }
    // 3. Past the outside date, which excuses put off too, the customer may leave.
    const Duration excused = delivery.deadline - delivery.grace_end;
    if (terms.outside > Duration{} && delivery.made_good_at() == kNever &&
        moment.at > delivery.due + terms.outside + excused) {
      judgement.may_terminate = true;
      judgement.why = "The tranche " + book.clause(tranche).name +
                      (terms.terminates_order ? " is past its outside date; the order may be ended."
                                              : " is past its outside date and may be ended.");
    }
  }
}

}  // namespace

const ClauseKind kLate{.check = check, .judge = judge};

}  // namespace stargate::agreement
