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

/// A tranche as a delay counts it: what is accepted of it over time, and what it is for.
struct Lateness {
  std::vector<AcceptedSince> accepted;
  std::int64_t whole = 0;

  /// Calls with every part of the span in which as much is missing, and with that.
  template <class Sink>
  void missing_in(Span span, Sink sink) const {
    std::int64_t there = 0;
    Instant from = span.from;
    const auto close = [&](Instant until) {
      if (from < until && there < whole) sink(Span{from, until}, whole - there);
      from = std::max(from, until);
    };
    for (const AcceptedSince& step : accepted) {
      close(std::min(step.from, span.until));
      there = step.amount;
    }
    close(span.until);
  }
};

/// The price of what was missing in the span; nullopt where a part of it has none.
std::optional<Money> price_of_missing(const Book& book, const clause::Tranche& tranche,
                                      const Lateness& lateness, Span span, Instant known) {
  std::optional<Money> sum;
  bool is_priced = true;
  lateness.missing_in(span, [&](Span part, std::int64_t missing) {
    auto price = tranche_price(book, tranche, part.from, part.until, known);
    const auto own =
        price ? scaled(price->micros, missing, lateness.whole) : std::optional<std::int64_t>();
    is_priced = is_priced && own.has_value();
    if (!is_priced) return;
    price->micros = *own + (sum ? sum->micros : 0);
    sum = price;
  });
  return is_priced ? sum : std::nullopt;
}

/// How many periods of the length begin in a step of the schedule before the instant; one, where it
/// has no length.
Int128 begun(const Span& step, Duration per, Instant before) {
  const Instant end = std::min(step.until, before);
  if (end <= step.from) return 0;
  return per == Duration{} ? 1 : ((end - step.from).us - 1) / per.us + 1;
}

/// What so much delay costs, in millionths of the price of `whole`: each step counts from its beginning
/// to the next one's, every `per` begun, a step without one once; each for what was missing when it
/// began. At most the cap.
Int128 credit_ppm(const clause::Late& terms, const Lateness& lateness, Span late) {
  std::vector<clause::CreditStep> steps = terms.credits;
  std::ranges::stable_sort(steps, {}, &clause::CreditStep::after);
  const Int128 most = Int128{terms.credit_cap_ppm} * lateness.whole;
  Int128 sum = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Span step{late.from + steps[i].after, late.until};
    if (i + 1 < steps.size()) step.until = std::min(step.until, late.from + steps[i + 1].after);
    if (step.from >= step.until) continue;
    lateness.missing_in(step, [&](Span part, std::int64_t missing) {
      const Int128 periods = begun(step, steps[i].per, part.until) -
                             (part.from == step.from ? 0 : begun(step, steps[i].per, part.from));
      sum = std::min(most, sum + std::min<Int128>(periods, kWhole) * steps[i].ppm * missing);
    });
  }
  return sum;
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
    const Lateness lateness{accepted_over_time(book, tranche, moment), of.amount.value};
    // 1. What was not there from its due date on is not paid for.
    if (delivery.due < end) {
      const Span unserved{delivery.due, std::min(end, tranche_end(book, of, delivery.due))};
      owe(DueKind::kNotBilled, agreement.customer, agreement.supplier,
          price_of_missing(book, of, lateness, unserved, moment.known), end);
    }
    // 2. Credits run from the end of the grace and of what is excused, until it is delivered or cured.
    const Duration late = delivery.late_by(moment.at);
    if (late == Duration{}) continue;
    if (judgement.standing != Standing::kBreached || delivery.deadline < judgement.since) {
      judgement.since = delivery.deadline;
    }
    judgement.standing = Standing::kBreached;
    const bool goes_on = delivery.made_good_at() == kNever;
    judgement.why =
        "The tranche " + book.clause(tranche).name + (goes_on ? " is late." : " was late.");
    if (auto price = tranche_price(book, of, delivery.due, moment.known)) {
      const Span span{delivery.deadline, delivery.deadline + late};
      const Int128 share = credit_ppm(terms, lateness, span);
      price->micros = share == 0 ? 0
                                 : scaled(price->micros, share, Int128{kWhole} * lateness.whole)
                                       .value_or(price->micros);
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
