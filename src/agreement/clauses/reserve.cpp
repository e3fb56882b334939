// A window of capacity on an order, which is taken back at the window's end.
//
// One that cannot be cancelled outlasts every notice (agreement/signing.h), and the least of it is
// paid for: at the end of the window, what use came to less than that is invoiced.

#include <algorithm>
#include <iterator>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/clauses/reservation.h"
#include "agreement/price.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Reserve>(clause.terms);
  if (!is_there(terms.order, book.orders())) return Reason::kUnknown;
  return terms.min_gpus <= terms.max_gpus && is_length(terms.reclaimed_before_end)
             ? Reason::kNone
             : Reason::kInvalid;
}

void changes(const Book&, const Clause& clause, const ChangeSink& sink) {
  sink(window_end(clause));
}

/// The end of the window by the moment: its own date, or the event that ended the clause before.
Instant ended_at(const Book& book, const Clause& clause, Moment moment) {
  Instant end = window_end(clause);
  for (const ActId id : book.acts_named(clause.until_event)) {
    const Entry& entry = book.entry(id);
    if (entry.act.kind == ActKind::kEvent && counts(entry, moment)) {
      end = std::min(end, entry.act.effective);
    }
  }
  return end;
}

/// The price of the least that was reserved, less what use in the window came to; nullopt: no rate.
std::optional<Money> unused(const Book& book, const clause::Reserve& terms,
                            std::span<const UseRecord> use, Span window, Instant known) {
  const std::uint64_t least = terms.all_or_nothing ? terms.max_gpus : terms.min_gpus;
  const UseRecord all{terms.order, Use::kResearch, window.from, window.until, least};
  std::vector<UseRecord> own;
  std::ranges::copy_if(use, std::back_inserter(own),
                       [&](const UseRecord& record) { return record.order == terms.order; });
  auto price = cost_of(book, terms.order, std::span(&all, 1), window, known).money;
  if (!price) return std::nullopt;
  const auto paid = cost_of(book, terms.order, own, window, known).money;
  if (paid) price->micros -= std::min(price->micros, paid->micros);
  return price;
}

/// Broken by use past the end of the window, or of more or less than was agreed.
void judge(const Book& book, ClauseId id, std::span<const UseRecord> use, Moment moment,
           Judgement& judgement) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::Reserve>(clause.terms);
  const Instant end = window_end(clause);
  const auto breach = [&](Instant since, const char* why) {
    if (since >= judgement.since || since > moment.at) return;
    judgement.standing = Standing::kBreached;
    judgement.since = since;
    judgement.why = why;
  };
  for (const UseRecord& record : use) {
    if (record.order != terms.order || record.until <= clause.from) continue;
    if (record.until > end && record.from < clause.until) {
      breach(std::max(end, record.from), "It was used past the end of the window.");
    }
    if (record.from < end && record.gpus > terms.max_gpus) {
      breach(record.from, "More was used than is reserved.");
    }
    const std::uint64_t least = terms.all_or_nothing ? terms.max_gpus : terms.min_gpus;
    if (record.from < end && record.gpus < least) {
      breach(record.from, "Less was used than the reservation is for.");
    }
  }
  if (!terms.no_cancel || clause.until > moment.at) return;
  const auto owed = unused(book, terms, use, {clause.from, end}, moment.known);
  if (!owed || owed->micros == 0) return;
  const Agreement& agreement = book.agreements()[clause.agreement.value];
  judgement.dues.push_back(
      {DueKind::kShortfall, agreement.customer, agreement.supplier, *owed, clause.until, id, {}});
}

}  // namespace

Instant window_end(const Clause& clause) {
  return clause.until == kNever
             ? kNever
             : clause.until - std::get<clause::Reserve>(clause.terms).reclaimed_before_end;
}

ClauseId taken_back_by(const Book& book, OrderId order, Moment moment) {
  ClauseId last = kNo<ClauseId>;
  Instant last_end{INT64_MIN};
  for (const ClauseId id : book.clauses_of(book.orders()[order.value].agreement)) {
    const Clause& clause = book.clause(id);
    const auto* terms = std::get_if<clause::Reserve>(&clause.terms);
    if (terms == nullptr || terms->order != order) continue;
    const Instant end = ended_at(book, clause, moment);
    if (moment.at < end) {
      if (in_force(book, id, moment)) return kNo<ClauseId>;
    } else if (last_end <= end && in_force(book, id, {end - Duration{1}, moment.known})) {
      last = id;
      last_end = end;
    }
  }
  return last;
}

const ClauseKind kReserve{.check = check, .changes = changes, .judge = judge};

}  // namespace stargate::agreement
