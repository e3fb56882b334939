#include "core/proposal.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agreement/permit.h"
#include "agreement/signing.h"

namespace stargate::core {

Reason offers_of(const agreement::Book& book, const command::Propose& proposal, Instant at,
                 std::vector<Act>& offers) {
  if (proposal.workload.value >= book.workloads().size() ||
      proposal.order.value >= book.orders().size()) {
    return Reason::kUnknown;
  }
  const agreement::Moment now{at, at};
  if (agreement::signing_of(book, proposal.order, now) != kNever) return Reason::kNotNow;
  const agreement::Obstacles obstacles =
      agreement::obstacles_to(book, proposal.workload, proposal.order, now);
  switch (obstacles.permission.verdict) {
    case agreement::Verdict::kForbidden: return Reason::kForbidden;
    case agreement::Verdict::kNotOrdered: return Reason::kInvalid;
    default: break;
  }
  // All of it is checked before any of it is done.
  std::vector<Act> made;
  for (const ClauseId clause : obstacles.to_offer) {
    const auto due = std::ranges::find(proposal.replies, clause, &command::ReplyDue::clause);
    if (due == proposal.replies.end()) return Reason::kInvalid;
    Act& offer = made.emplace_back();
    offer.kind = ActKind::kOffer;
    offer.effective = at;
    offer.order = proposal.order;
    offer.clause = clause;
    offer.offer = proposal.offer;
    if (made.size() > 1) offer.offer += "-" + std::to_string(made.size());
    offer.terms = proposal.terms;
    offer.reply_by = due->reply_by;
    if (const Reason reason = book.check(offer, at); reason != Reason::kNone) return reason;
  }
  std::ranges::move(made, std::back_inserter(offers));
  return Reason::kNone;
}

}  // namespace stargate::core
