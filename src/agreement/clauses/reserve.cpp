// A window of capacity on an order.
//
// One that cannot be cancelled outlasts every notice (agreement/signing.h), and the least of it is
// paid for: at the end of the window, what use came to less than that is invoiced.

#include <algorithm>
#include <iterator>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
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
  const Instant end = clause.until == kNever ? kNever : clause.until - terms.reclaimed_before_end;
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

const ClauseKind kReserve{.check = check, .judge = judge};

}  // namespace stargate::agreement
