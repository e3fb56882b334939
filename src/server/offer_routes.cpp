// Offers, replies to them, and signatures of orders.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "agreement/offers.h"
#include "agreement/signing.h"
#include "event/describe.h"
#include "server/acts.h"
#include "server/approvals.h"
#include "server/market_view.h"

namespace stargate::server {
namespace {

constexpr RoleMask kHolders = kStaff | only(Role::kSupplier);

const agreement::Book& book_of(const Call& call) {
  return call.plane.state().scheduling().market.book;
}

const Schema& signature_schema() {
  static const Schema schema{"Signature", "Who did it and when.", with_signature({})};
  return schema;
}
const Schema& reply_schema() {
  static const Schema schema{"Reply", "What is offered instead, or accepted.",
                             with_signature(terms_fields())};
  return schema;
}

/// When it takes effect: now, or before.
Instant effective_by_now(const Call& call) {
  const Instant effective = effective_in(call);
  if (effective > call.plane.now()) {
    throw problem_of(
        422, "invalid",
        {{"/effective", fmt::format("found {}, which is yet to come, expected now or before",
                                    text_of(effective))}});
  }
  return effective;
}

/// What an order costs from its signature on, where that says a price.
std::optional<Clause> rate_of_signature(const Call& call, const Act& act) {
  if (!act.terms.has_price) return std::nullopt;
  const agreement::Book& book = book_of(call);
  const Order& order = book.orders()[act.order.value];
  Clause rate;
  rate.name = order.name + "-rate";
  for (int number = 2; std::ranges::any_of(
           book.clauses(), [&](const Clause& clause) { return clause.name == rate.name; });
       ++number) {
    rate.name = fmt::format("{}-rate-{}", order.name, number);
  }
  rate.agreement = order.agreement;
  rate.from = act.effective;
  rate.known = call.plane.now();
  rate.source = "signed by " + call.token.name;
  clause::Rate terms;
  terms.order = act.order;
  terms.price = act.terms.price;
  rate.terms = std::move(terms);
  return rate;
}

/// What would be signed on terms that were not offered, or before they were released, is not signed: it is
/// tried on a copy of the book. O(the book).
void refuse_if_void(const Call& call, const Act& act, const std::optional<Clause>& rate) {
  agreement::Book book = book_of(call);
  const Instant now = call.plane.now();
  if (book.check(act, now) != Reason::kNone) return;
  if (rate && book.check(*rate) == Reason::kNone) book.define(*rate);
  book.record(act, now);
  const std::string& name = book.orders()[act.order.value].name;
  for (const ClauseId clause : book.clauses_with<clause::FirstRefusal>()) {
    const std::string why =
        agreement::why_void(book, clause, act.order, {std::max(now, act.effective), now});
    if (why.empty()) continue;
    throw Problem(409, "needs_offer",
                  fmt::format("signed so, {} {} under {}: expected what was offered and released",
                              name, why, book.clause(clause).name));
  }
}

http::Answer sign(Call& call) {
  const OrderId order = order_in_path(call);
  const agreement::Book& book = book_of(call);
  const agreement::Moment now{call.plane.now(), call.plane.now()};
  if (agreement::signing_of(book, order, now) != kNever) {
    throw Problem(409, "not_now", "the order is signed already");
  }
  // Under each clause that it was offered under, an offer must release it.
  Terms terms;
  std::map<ClauseId, std::string> held;
  std::set<ClauseId> released_under;
  for (const agreement::Offer& offer : agreement::offers(book, now)) {
    if (offer.order != order) continue;
    if (const auto released = agreement::released_terms(book, offer, now)) {
      terms = *released;
      released_under.insert(offer.clause);
    } else {
      held[offer.clause] =
          offer.is_open()
              ? fmt::format(
                    "the offer {} is {}: it is to be declined, to lapse or to be waived first",
                    offer.name, name_of(offer.state))
              : fmt::format("the offer {} is {}: the order is to be proposed anew", offer.name,
                            name_of(offer.state));
    }
  }
  for (const auto& [clause, why] : held) {
    if (!released_under.contains(clause)) throw Problem(409, "needs_offer", why);
  }
  Act act;
  act.kind = ActKind::kSign;
  act.order = order;
  act.effective = effective_by_now(call);
  if (const Instant known = book.orders()[order.value].known; act.effective < known) {
    throw problem_of(422, "invalid",
                     {{"/effective", fmt::format("found {}, before the order was proposed ({})",
                                                 text_of(act.effective), text_of(known))}});
  }
  terms.until = book.orders()[order.value].until;
  act.terms = terms_in(call, terms);
  if (act.terms.until != terms.until) {
    throw problem_of(422, "invalid",
                     {{"/until", "it is not when the order ends: propose an order until then"}});
  }
  if (act.terms.amount.value == 0) act.terms.amount = book.orders()[order.value].amount;
  std::uint64_t gpus = 0;
  for (const StageId stage : book.stages_of(order)) gpus += book.stages()[stage.value].fleet.gpus();
  if (act.terms.amount.unit == CapacityUnit::kGpus &&
      static_cast<std::uint64_t>(act.terms.amount.value) < gpus) {
    throw Problem(409, "part_only",
                  fmt::format("{} GPUs may be signed and the order is for {}: propose an order for "
                              "the part",
                              act.terms.amount.value, gpus));
  }
  const std::optional<Clause> rate = rate_of_signature(call, act);
  refuse_if_void(call, act, rate);
  const std::uint64_t asked_gpus = std::max(gpus, gpus_of(act.terms.amount));
  if (auto asked = second_person(call, "signOrder", asked_gpus)) return *asked;
  if (rate && book_of(call).check(act, now.at) == Reason::kNone) define(call, *rate);
  enter(call, std::move(act), "the signature");
  const auto& market = call.plane.state().scheduling().market;
  const bool is_open =
      std::ranges::any_of(market.places, [&](const auto& place) { return place.order == order; });
  if (!is_open && !book_of(call).stages_of(order).empty()) {
    QueuePolicy policy;
    policy.backfill = BackfillKind::kEasy;
    call.plane.execute(command::OpenOrder{
        order,
        {static_cast<std::uint32_t>(call.plane.state().scheduling().queues.size())},
        policy});
  }
  return json_answer(order_json(call, order));
}

/// The duty that comes with an acceptance. It binds only once the acceptance is entered.
void define_tranche(Call& call, const agreement::Offer& offer, const Act& acceptance) {
  const agreement::Book& book = book_of(call);
  if (book.check(acceptance, call.plane.now()) != Reason::kNone) return;
  const Act& made = book.entry(book.acts_of_offer(offer.name).front()).act;
  const CapacityAmount taken =
      acceptance.terms.amount.value > 0 ? acceptance.terms.amount : offer.left;
  Clause tranche = agreement::tranche_of_acceptance(made, book.clause(offer.clause), acceptance,
                                                    taken, call.plane.now());
  tranche.name = agreement::tranche_name(offer.name, offer.accepted.size() + 1);
  define(call, std::move(tranche));
}

/// A reply to an offer. Holders reply to their own alone; only the lab takes an offer back.
http::Answer reply(Call& call, const char* operation, ActKind kind) {
  const std::string name = offer_in_path(call);
  const agreement::Moment now{call.plane.now(), call.plane.now()};
  const agreement::Offer offer = *agreement::find_offer(book_of(call), name, now);
  const bool clears = kind == ActKind::kWaive || kind == ActKind::kConsent;
  Act act;
  act.kind = kind;
  act.offer = name;
  if (clears) {
    act.offer.clear();
    act.clause = offer.clause;
    act.order = offer.order;
  }
  if (kind == ActKind::kCounter) {
    act.terms = terms_in(call, offer.terms);
    if (act.terms == offer.terms) {
      throw Problem(422, "invalid",
                    fmt::format("{}: the terms are those that were offered, expected another gpus, "
                                "price, delivery or until",
                                name));
    }
  }
  if (kind == ActKind::kAccept && call.body.contains("gpus")) {
    act.kind = ActKind::kAcceptPart;
    act.terms = terms_in(call, {});
  }
  act.effective = effective_by_now(call);
  if (!clears && act.effective < offer.offered_at) {
    throw problem_of(
        422, "invalid",
        {{"/effective", fmt::format("found {}, effective before the offer was made ({})",
                                    text_of(act.effective), text_of(offer.offered_at))}});
  }
  // A reply that took effect in time and is entered late is none that comes too late.
  const bool is_in_time = !clears && book_of(call).check(act, now.at) == Reason::kNone;
  if (const std::string why = why_settled(call.plane, offer, clears); !is_in_time && !why.empty()) {
    throw Problem(409, "not_now", "the reply comes too late: " + why);
  }
  if (agreement::is_acceptance(act.kind)) expect_enterable(call, act, "the reply");
  if (kind != ActKind::kCounter && kind != ActKind::kWithdraw) {
    if (auto asked = second_person(call, operation, gpus_of(offer.whole))) return *asked;
  }
  if (agreement::is_acceptance(act.kind)) define_tranche(call, offer, act);
  enter(call, std::move(act), "the reply");
  return json_answer(offer_json(call, name));
}

const Schema& reply_answer() { return offer_schema(); }

}  // namespace

std::vector<Route> offer_routes() {
  const auto reply_route = [](const char* path, const char* id, const char* summary, ActKind kind,
                              RoleMask roles, const Schema& body, Json example) {
    Route route{"POST",
                path,
                id,
                summary,
                roles,
                {},
                &body,
                std::move(example),
                200,
                &reply_answer(),
                {202, 404, 409, 422},
                nullptr};
    route.handle = [id, kind](Call& call) { return reply(call, id, kind); };
    return route;
  };
  const Json signature = {{"signed_by", "J. Doe"}};
  return {
      {"POST",
       "/v1/orders/{order}/sign",
       "signOrder",
       "Sign an order",
       kStaff,
       {},
       &reply_schema(),
       signature,
       200,
       &order_schema(),
       {202, 404, 409, 422},
       sign},
      reply_route("/v1/offers/{offer}/accept", "acceptOffer", "Accept an offer, or a part of it",
                  ActKind::kAccept, kHolders, reply_schema(), signature),
      reply_route("/v1/offers/{offer}/decline", "declineOffer", "Decline an offer",
                  ActKind::kDecline, kHolders, signature_schema(), signature),
      reply_route("/v1/offers/{offer}/counter", "counterOffer", "Offer other terms instead",
                  ActKind::kCounter, kHolders, reply_schema(),
                  {{"gpus", 32}, {"delivery", "2027-01-01"}}),
      reply_route("/v1/offers/{offer}/waive", "waiveOffer",
                  "Waive the first refusal for the offer's order", ActKind::kWaive, kHolders,
                  signature_schema(), signature),
      reply_route("/v1/offers/{offer}/consent", "consentOffer",
                  "Consent to the offer's order beside the first refusal", ActKind::kConsent,
                  kHolders, signature_schema(), signature),
      reply_route("/v1/offers/{offer}/withdraw", "withdrawOffer", "Take an offer back",
                  ActKind::kWithdraw, kStaff, signature_schema(), signature),
  };
}

}  // namespace stargate::server
