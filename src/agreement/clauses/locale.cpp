// Work of the clause's uses runs in its jurisdictions alone, on the agreement's own orders, and on no
// more GPUs at once in each of them than are licensed.

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "agreement/clauses/kind.h"
#include "agreement/clauses/licence.h"
#include "agreement/clauses/ranges.h"

namespace stargate::agreement {
namespace {

Reason check(const Book&, const Clause& clause) {
  return is_uses(std::get<clause::Locale>(clause.terms).uses) ? Reason::kNone : Reason::kInvalid;
}

Ruling permit(const Book& book, ClauseId id, const Asker& asker, const OrderView& order,
              Moment moment) {
  const auto& terms = std::get<clause::Locale>(book.clause(id).terms);
  if (!includes(terms.uses, asker.use) || terms.jurisdictions.empty() ||
      !in_force(book, id, moment)) {
    return {};
  }
  const std::string& here = book.sites()[order.site.value].jurisdiction;
  const bool listed = std::ranges::find(terms.jurisdictions, here) != terms.jurisdictions.end();
  return {listed ? Bearing::kApart : Bearing::kBinds,
          listed ? Verdict::kPermitted : Verdict::kForbidden,
          {}};
}

/// Broken when more was used at once in one of the jurisdictions than is licensed.
void judge(const Book& book, ClauseId id, std::span<const UseRecord> use, Moment moment,
           Judgement& judgement) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::Locale>(clause.terms);
  if (terms.max_units == 0) return;
  // By jurisdiction: by how much use changes at each instant.
  std::map<std::string_view, std::map<Instant, std::int64_t>> changes;
  for (const UseRecord& record : use) {
    if (!is_licensed(book, clause, record.order) || !includes(terms.uses, record.use)) continue;
    auto& here = changes[book.sites()[book.orders()[record.order.value].site.value].jurisdiction];
    here[clause.from];
    here[record.from] += static_cast<std::int64_t>(record.gpus);
    here[record.until] -= static_cast<std::int64_t>(record.gpus);
  }
  for (const auto& [jurisdiction, here] : changes) {
    std::int64_t used = 0;
    for (const auto& [at, change] : here) {
      used += change;
      if (at > moment.at || at >= judgement.since) break;
      if (used > static_cast<std::int64_t>(terms.max_units) &&
          in_force(book, id, {at, moment.known})) {
        judgement.standing = Standing::kBreached;
        judgement.since = at;
        judgement.why = "More GPUs were used in " + std::string(jurisdiction) + " than licensed.";
        break;
      }
    }
  }
}

}  // namespace

bool is_licensed(const Book& book, const Clause& clause, OrderId id) {
  const auto& terms = std::get<clause::Locale>(clause.terms);
  const Order& order = book.orders()[id.value];
  return order.agreement == clause.agreement &&
         (terms.accelerator.empty() ||
          book.accelerators()[order.accelerator.value].name == terms.accelerator);
}

const ClauseKind kLocale{
    .reach = Reach::kAgreement, .check = check, .permit = permit, .judge = judge};

}  // namespace stargate::agreement
