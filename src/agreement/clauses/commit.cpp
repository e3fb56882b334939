// Paid whether used or not. Use counts at its price, a fee by the month once for its order, one for all of
// the agreement's once as long as any order for eligible use runs. The amount is spread evenly over the
// clause's time; where the clause has no end, each period has all of it.

#include <algorithm>
#include <map>

#include "agreement/clauses/commitment.h"
#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/delivery.h"
#include "agreement/missing.h"
#include "agreement/price.h"

namespace stargate::agreement {
namespace {

Reason check(const Book&, const Clause& clause) {
  const auto& terms = std::get<clause::Commit>(clause.terms);
  return is_money(terms.amount) && is_share(terms.take_or_pay_ppm) && is_uses(terms.eligible) &&
                 is_length(terms.true_up) && is_share(terms.carry_over_ppm)
             ? Reason::kNone
             : Reason::kInvalid;
}

bool covers(const Clause& clause, OrderId, Use use) {
  return includes(std::get<clause::Commit>(clause.terms).eligible, use);
}

/// The periods that are trued up by themselves. One that is cut off by the clause's end is shorter.
std::vector<Span> periods_of(const Clause& clause, Instant by) {
  const Duration length = std::get<clause::Commit>(clause.terms).true_up;
  std::vector<Span> periods;
  if (clause.from.us == INT64_MIN || (length == Duration{} && clause.until == kNever)) return {};
  for (Instant from = clause.from; from < clause.until && from <= by;) {
    const Instant end = length == Duration{} ? clause.until : std::min(clause.until, from + length);
    periods.push_back({from, end});
    from = end;
  }
  return periods;
}

/// What of the amount falls on the period; all of it where the clause has no end.
std::int64_t committed(const Clause& clause, const Span& period) {
  const auto& terms = std::get<clause::Commit>(clause.terms);
  Int128 amount = terms.amount.micros;
  if (clause.until != kNever) {
    amount =
        scale_rounded(amount, (period.until - period.from).us, (clause.until - clause.from).us);
  }
  return static_cast<std::int64_t>(scale_rounded(amount, terms.take_or_pay_ppm, kWhole));
}

/// What of the amount falls on the span, however long the periods are that it cuts.
Int128 falling_on(const Clause& clause, const Span& span) {
  Int128 sum = 0;
  for (const Span& period : periods_of(clause, span.until)) {
    const Span within = common(period, span);
    if (is_empty(within)) continue;
    sum += scale_rounded(committed(clause, period), (within.until - within.from).us,
                         (period.until - period.from).us);
  }
  return sum;
}

/// What the agreement's orders cost within the period, for what is eligible: use, and the fee of an
/// order that was bought for such use.
std::int64_t cost_of_eligible(const Book& book, const Clause& clause, UseMask eligible,
                              std::span<const UseRecord> use, const Span& period, Instant known) {
  const auto& terms = std::get<clause::Commit>(clause.terms);
  std::map<OrderId, std::vector<UseRecord>> by_order;
  for (std::uint32_t i = 0; i < book.orders().size(); ++i) {
    const Order& order = book.orders()[i];
    if (order.agreement == clause.agreement && (order.uses & eligible) != 0) by_order[{i}];
  }
  for (const UseRecord& record : use) {
    const auto found = by_order.find(record.order);
    if (found != by_order.end() && includes(eligible, record.use)) {
      found->second.push_back(record);
    }
  }
  std::int64_t sum = 0;
  for (const auto& [order, records] : by_order) {
    const std::optional<Money> cost = cost_of(book, order, records, period, known, eligible).money;
    if (cost && cost->currency == terms.amount.currency) sum += cost->micros;
  }
  return sum;
}

/// Eligible use within the period that counts for this commitment. Commitments of one agreement add up,
/// and use counts once: first for the one that was defined first, up to what of it falls on the time.
std::int64_t used(const Book& book, ClauseId id, std::span<const UseRecord> use, const Span& period,
                  Instant known) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::Commit>(clause.terms);
  Int128 taken = 0;
  for (const ClauseId other : book.clauses_of(clause.agreement)) {
    const Clause& earlier = book.clause(other);
    const auto* before = std::get_if<clause::Commit>(&earlier.terms);
    if (other >= id || before == nullptr || earlier.known > known ||
        before->amount.currency != terms.amount.currency) {
      continue;
    }
    const UseMask both = before->eligible & terms.eligible;
    const Span within = common(period, {earlier.from, earlier.until});
    if (both == 0 || is_empty(within)) continue;
    const std::int64_t cost = cost_of_eligible(book, clause, both, use, within, known);
    taken += std::clamp<Int128>(cost - taken, 0, falling_on(earlier, within));
  }
  const std::int64_t all = cost_of_eligible(book, clause, terms.eligible, use, period, known);
  return static_cast<std::int64_t>(std::max<Int128>(0, all - taken));
}

/// The price of what tranches were to deliver and did not have delivered within the period.
std::int64_t undelivered(const Book& book, const Clause& clause, const Span& period,
                         Moment moment) {
  const Currency currency = std::get<clause::Commit>(clause.terms).amount.currency;
  std::int64_t sum = 0;
  for (const ClauseId id : book.clauses_of(clause.agreement)) {
    const auto* tranche = std::get_if<clause::Tranche>(&book.clause(id).terms);
    if (tranche == nullptr || !in_force(book, id, moment)) continue;
    const Delivery delivery = delivery_of(book, id, moment);
    const Instant from = std::max(delivery.due, period.from);
    const Instant until = std::min(
        {delivery.delivered_at, period.until, tranche_end(book, *tranche, delivery.due, moment)});
    if (from >= until) continue;
    const auto price = price_of_missing(book, id, {from, until}, moment);
    if (price && price->currency == currency) sum += price->micros;
  }
  return sum;
}

void judge(const Book& book, ClauseId id, std::span<const UseRecord> use, Moment moment,
           Judgement& judgement) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::Commit>(clause.terms);
  const Agreement& agreement = book.agreements()[clause.agreement.value];
  judgement.standing = Standing::kPending;
  judgement.why = "Nothing was trued up yet.";
  std::int64_t carried = 0;
  for (const Span& period : periods_of(clause, moment.at)) {
    if (period.until > moment.at) break;
    // 1. What is to be paid for, less what could not be had.
    std::int64_t least = committed(clause, period);
    if (terms.relief_for_undelivered) {
      least -= std::min(least, undelivered(book, clause, period, moment));
    }
    // 2. What was used, and the surplus of the period before.
    const std::int64_t own = used(book, id, use, period, moment.known);
    const std::int64_t short_by = least - own - carried;
    // 3. A surplus of this one's own use goes on into the next, a shortfall is invoiced.
    carried =
        std::clamp<std::int64_t>(own - least, 0,
                                 static_cast<std::int64_t>(scale_rounded(
                                     committed(clause, period), terms.carry_over_ppm, kWhole)));
    if (judgement.standing == Standing::kPending) {
      judgement.standing = Standing::kKept;
      judgement.why = "What was committed was used.";
    }
    if (short_by <= 0) continue;
    if (judgement.standing != Standing::kBreached) judgement.since = period.until;
    judgement.standing = Standing::kBreached;
    judgement.why = "Less was used than committed.";
    judgement.dues.push_back({DueKind::kShortfall,
                              agreement.customer,
                              agreement.supplier,
                              {short_by, terms.amount.currency},
                              period.until,
                              id,
                              {}});
  }
}

}  // namespace

std::optional<CommitmentSoFar> commitment_so_far(const Book& book, ClauseId id,
                                                 std::span<const UseRecord> use, Moment moment) {
  const Clause& clause = book.clause(id);
  const auto* terms = std::get_if<clause::Commit>(&clause.terms);
  if (terms == nullptr || clause.known > moment.known || clause.from > moment.at) {
    return std::nullopt;
  }
  if (periods_of(clause, moment.at).empty()) return std::nullopt;
  const Span over{clause.from, std::min(clause.until, moment.at)};
  const auto fallen = static_cast<std::int64_t>(falling_on(clause, over));
  return CommitmentSoFar{{fallen, terms->amount.currency},
                         {used(book, id, use, over, moment.known), terms->amount.currency}};
}

std::optional<CommittedPeriod> committed_at(const Clause& clause, Instant at) {
  const auto& terms = std::get<clause::Commit>(clause.terms);
  if (at < clause.from || at >= clause.until) return std::nullopt;
  const std::vector<Span> periods = periods_of(clause, at);
  const Span period = periods.empty() ? Span{clause.from, clause.until} : periods.back();
  return CommittedPeriod{period, {committed(clause, period), terms.amount.currency}};
}

const ClauseKind kCommit{.check = check, .covers = covers, .judge = judge};

}  // namespace stargate::agreement
