// A window of capacity on an order.

#include <algorithm>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::Reserve>(clause.terms);
  if (!is_there(terms.order, book.orders())) return Reason::kUnknown;
  return terms.min_gpus <= terms.max_gpus && is_length(terms.reclaimed_before_end)
             ? Reason::kNone
             : Reason::kInvalid;
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
}

}  // namespace

const ClauseKind kReserve{.check = check, .judge = judge};

}  // namespace stargate::agreement
