// An order on another's paper that is signed while the clause is in force was offered to the holder
// first, and the holder declined, let the offer lapse, waived it, or took a part and declined the
// rest. An order that was not is void: it needs an offer while the clause is in force, and stays
// forbidden afterwards. `release_for` of no length releases for ever.

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/offers.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::FirstRefusal>(clause.terms);
  if (!is_uses(terms.uses) || !is_length(terms.reply_within) || !is_length(terms.deemed_receipt) ||
      !is_length(terms.release_for)) {
    return Reason::kInvalid;
  }
  return check_carve_outs(book, terms.carve_outs);
}

void changes(const Book&, const Clause& clause, const ChangeSink& sink) {
  changes_of(std::get<clause::FirstRefusal>(clause.terms).carve_outs, sink);
}

void changes_by(const Clause& clause, const Act& act, const ChangeSink& sink) {
  const Duration release = std::get<clause::FirstRefusal>(clause.terms).release_for;
  sink(act.effective + release);
  if (act.kind == ActKind::kOffer) {
    sink(act.reply_by + Duration{1});
    sink(act.reply_by + Duration{1} + release);
  }
}

bool releases(const Book& book, const Offer& offer, const OrderView& order, Moment signing) {
  return offer.releases() && offer.decided_at <= order.signed_at &&
         order.signed_at < offer.released_until &&
         no_better(signed_terms(book, order.id, signing), offer.terms);
}

/// The offer of the order under the clause: the one that released it by its signing; else one that is
/// open at the moment.
struct Found {
  std::string offer;
  bool released = false;
};

Found find(const Book& book, ClauseId id, const OrderView& order, Moment moment) {
  Found found;
  if (!is_set(order.id)) return found;
  const Moment signing{order.signed_at, moment.known};
  for (const ActId act_id : book.acts_of(order.id)) {
    const Entry& entry = book.entry(act_id);
    if (entry.act.kind != ActKind::kOffer || entry.act.clause != id) continue;
    if (counts(entry, signing) && releases(book, offer_of(book, act_id, signing), order, signing)) {
      return {entry.act.offer, true};
    }
    if (counts(entry, moment)) {
      const OfferState state = offer_of(book, act_id, moment).state;
      if (state == OfferState::kOffered || state == OfferState::kCountered) {
        found.offer = entry.act.offer;
      }
    }
  }
  return found;
}

Ruling permit(const Book& book, ClauseId id, const Asker& asker, const OrderView& order,
              Moment moment) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::FirstRefusal>(clause.terms);
  if (!includes(terms.uses, asker.use) || order.signed_at < clause.from ||
      book.agreements()[clause.agreement.value].supplier == order.supplier ||
      !in_force(book, id, {order.signed_at, moment.known})) {
    return {};
  }
  if (carved_out(book, terms.carve_outs, asker.lab, asker.use, order)) {
    return {Bearing::kCarvedOut, Verdict::kPermitted, {}};
  }
  if (cleared(book, id, order.id, false, moment)) {
    return {Bearing::kCleared, Verdict::kPermitted, {}};
  }
  Found found = find(book, id, order, moment);
  if (found.released) return {Bearing::kCleared, Verdict::kPermitted, std::move(found.offer)};
  const bool stands = in_force(book, id, moment);
  return {Bearing::kBinds, stands ? Verdict::kNeedsOffer : Verdict::kForbidden,
          std::move(found.offer)};
}

}  // namespace

const ClauseKind kFirstRefusal{.reach = Reach::kCustomer,
                               .outlasts = true,
                               .check = check,
                               .changes = changes,
                               .changes_by = changes_by,
                               .permit = permit};

}  // namespace stargate::agreement
