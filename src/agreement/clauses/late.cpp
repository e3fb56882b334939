// What a late tranche costs.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/delivery.h"
#include "agreement/missing.h"
#include "agreement/price.h"
#include "agreement/signing.h"

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

/// How many periods of the length begin in a step of the schedule before the instant; one, where it
/// has no length.
Int128 begun(const Span& step, Duration per, Instant before) {
  const Instant end = std::min(step.until, before);
  if (end <= step.from) return 0;
  return per == Duration{} ? 1 : ((end - step.from).us - 1) / per.us + 1;
}

/// What a delay costs, in millionths of the price of `whole`: each step counts from its beginning to the next
/// one's, every `per` begun, a step without one once; each for what was missing when it began. At most
/// the cap.
Int128 credit_ppm(const Book& book, const clause::Late& terms, ClauseId tranche, Span late,
                  Moment moment) {
  const std::int64_t whole = std::get<clause::Tranche>(book.clause(tranche).terms).amount.value;
  std::vector<clause::CreditStep> steps = terms.credits;
  std::ranges::stable_sort(steps, {}, &clause::CreditStep::after);
  const Int128 most = Int128{terms.credit_cap_ppm} * whole;
  Int128 sum = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Span step{late.from + steps[i].after, late.until};
    if (i + 1 < steps.size()) step.until = std::min(step.until, late.from + steps[i + 1].after);
    if (is_empty(step)) continue;
    for (const Missing& part : missing_in(book, tranche, step, moment)) {
      const Int128 before =
          part.span.from == step.from ? 0 : begun(step, steps[i].per, part.span.from);
      const Int128 periods = begun(step, steps[i].per, part.span.until) - before;
      sum = std::min(most, sum + std::min<Int128>(periods, kWhole) * steps[i].ppm * part.amount);
    }
  }
  return sum;
}

/// How a tranche of the clause stands, in one sentence.
std::string told(const std::string& name, bool goes_on, bool may_end, bool ends_order) {
  const std::string text = "The tranche " + name + (goes_on ? " is late" : " was late");
  if (!may_end) return text + ".";
  return text + (ends_order ? " and past its outside date; the order may be ended."
                            : ", past its outside date, and may be ended.");
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
    // After its order's end nothing is owed.
    const Instant order_ends = is_set(of.order) ? ending_of(book, of.order, moment).at : kNever;
    const auto owe = [&](DueKind kind, PartyId from, PartyId to, std::optional<Money> amount,
                         Instant due) {
      if (!amount || amount->micros == 0) return;
      judgement.dues.push_back(
          {kind, from, to, *amount, due, id, book.clause(tranche).assumptions});
    };
    // 1. What was not there from its due date on is not paid for.
    const Instant end =
        std::min({delivery.delivered_at, moment.at, tranche_end(book, of, delivery.due, moment)});
    if (delivery.due < end) {
      owe(DueKind::kNotBilled, agreement.customer, agreement.supplier,
          price_of_missing(book, tranche, {delivery.due, end}, moment), end);
    }
    // 2. Credits run from the end of the grace and of what is excused, until it is delivered or cured.
    const Instant until = std::min({delivery.made_good_at(), moment.at, order_ends});
    if (delivery.deadline >= until) continue;
    const bool goes_on = delivery.made_good_at() == kNever && order_ends > moment.at;
    const bool may_end = goes_on && terms.outside > Duration{} &&
                         moment.at > delivery.due + terms.outside + delivery.excused();
    judgement.since = judgement.standing == Standing::kBreached
                          ? std::min(judgement.since, delivery.deadline)
                          : delivery.deadline;
    judgement.why = (judgement.standing == Standing::kBreached ? judgement.why + " " : "") +
                    told(book.clause(tranche).name, goes_on, may_end, terms.terminates_order);
    judgement.standing = Standing::kBreached;
    const Moment when_late{delivery.deadline, moment.known};
    if (auto price = tranche_price(book, of, delivery.due, when_late)) {
      const Int128 share = credit_ppm(book, terms, tranche, {delivery.deadline, until}, moment);
      price->micros = share == 0 ? 0
                                 : scaled(price->micros, share, Int128{kWhole} * of.amount.value)
                                       .value_or(price->micros);
      owe(DueKind::kCredit, agreement.supplier, agreement.customer, price, until);
    }
    // 3. Past the outside date, which excuses put off too, the customer may leave.
    judgement.may_terminate = judgement.may_terminate || may_end;
  }
}

}  // namespace

const ClauseKind kLate{.check = check, .judge = judge};

}  // namespace stargate::agreement
