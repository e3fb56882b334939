// An order on another's paper that is signed while the clause is in force was offered to the holder
// first, and the holder declined, let the offer lapse, waived it, or took a part and declined the
// rest. An order that was not is void: it needs an offer while the clause is in force, and stays
// forbidden afterwards. `release_for` of no length releases for ever. What the holder took is not
// released: an order for more than the rest was not offered.

#include "agreement/clauses/kind.h"
#include "agreement/clauses/ranges.h"
#include "agreement/offers.h"

namespace stargate::agreement {
namespace {

Reason check(const Book& book, const Clause& clause) {
  const auto& terms = std::get<clause::FirstRefusal>(clause.terms);
  if (!is_uses(terms.uses) || !is_length(terms.reply_within) || !is_length(terms.deemed_receipt) ||
      !is_length(terms.release_for) || !is_length(terms.grace) ||
      terms.must_state > (kStatesPrice | kStatesDelivery | kStatesUntil)) {
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

/// An offer of the order under the clause.
struct Found {
  std::string offer;
  bool released = false;
  const char* better_by =
      nullptr;  ///< what was released by the signing and differs from what was signed
};

/// The one that released the order by its signing; else one that is open at the moment, and what of one that
/// released other terms differs.
Found find(const Book& book, ClauseId id, const OrderView& order, Moment moment) {
  Found found;
  if (!is_set(order.id)) return found;
  const Moment signing{order.signed_at, moment.known};
  for (const ActId act_id : book.acts_of(order.id)) {
    const Entry& entry = book.entry(act_id);
    if (entry.act.kind != ActKind::kOffer || entry.act.clause != id) continue;
    if (counts(entry, signing)) {
      const Offer offer = offer_of(book, act_id, signing);
      const bool in_time =
          offer.decided_at <= order.signed_at && order.signed_at < offer.released_until;
      if (const auto released = in_time ? released_terms(book, offer, signing) : std::nullopt) {
        const KindId kind = book.orders()[order.id.value].accelerator;
        const char* by = better_by(signed_terms(book, order.id, signing), *released,
                                   book.accelerators()[kind.value]);
        if (by == nullptr) return {entry.act.offer, true, nullptr};
        found.better_by = by;
      }
    }
    if (counts(entry, moment)) {
      if (offer_of(book, act_id, moment).is_open()) found.offer = entry.act.offer;
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

/// Whether the order was signed while the clause was in force and no use in its scope may run on it,
/// for want of an offer. A consent or a waiver heals it, whenever it comes.
bool is_void(const Book& book, ClauseId id, OrderId order, Moment moment) {
  const Clause& clause = book.clause(id);
  const auto& terms = std::get<clause::FirstRefusal>(clause.terms);
  const Moment then{signing_of(book, order, moment), moment.known};
  if (then.at > moment.at || book.orders()[order.value].known > moment.known) return false;
  const OrderView view = view_of(book, order, then);
  const PartyId lab = book.agreements()[clause.agreement.value].customer;
  bool binds_any = false;
  for (std::uint32_t use = 0; use < kUseCount; ++use) {
    const auto asked = static_cast<Use>(use);
    if (!includes(terms.uses, asked) || !includes(book.orders()[order.value].uses, asked)) continue;
    if (permit(book, id, {lab, asked, {}}, view, moment).bearing != Bearing::kBinds) return false;
    binds_any = true;
  }
  return binds_any;
}

/// REQUIRES: is_void().
std::string words_of_void(const Book& book, ClauseId id, OrderId order, Moment moment) {
  const Moment then{signing_of(book, order, moment), moment.known};
  const std::string holder =
      title_of(book.parties()[book.agreements()[book.clause(id).agreement.value].supplier.value]);
  const char* by = find(book, id, view_of(book, order, then), then).better_by;
  if (by == nullptr) return "was signed and had not been offered to " + holder;
  return std::string("was signed ") + by + " than was offered to " + holder;
}

/// The customer's duty: it is broken by an order that was signed and not offered, from its signing.
void judge(const Book& book, ClauseId id, std::span<const UseRecord>, Moment moment,
           Judgement& judgement) {
  const PartyId customer = book.agreements()[book.clause(id).agreement.value].customer;
  for (std::uint32_t i = 0; i < book.orders().size(); ++i) {
    if (book.customer_of({i}) != customer || !is_void(book, id, {i}, moment)) continue;
    const Instant at = signing_of(book, {i}, moment);
    if (judgement.standing == Standing::kBreached && at >= judgement.since) continue;
    judgement.standing = Standing::kBreached;
    judgement.since = at;
    judgement.why =
        "The order " + book.orders()[i].name + " " + words_of_void(book, id, {i}, moment) + ".";
  }
}

}  // namespace

std::string why_void(const Book& book, ClauseId refusal, OrderId order, Moment moment) {
  if (!is_set(refusal) ||
      !std::holds_alternative<clause::FirstRefusal>(book.clause(refusal).terms)) {
    return "";
  }
  return is_void(book, refusal, order, moment) ? words_of_void(book, refusal, order, moment) : "";
}

const ClauseKind kFirstRefusal{.reach = Reach::kCustomer,
                               .outlasts = true,
                               .check = check,
                               .changes = changes,
                               .changes_by = changes_by,
                               .permit = permit,
                               .judge = judge};

}  // namespace stargate::agreement
