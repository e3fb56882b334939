#include "server/market_view.h"

#include <fmt/format.h>

#include "agreement/offers.h"
#include "agreement/signing.h"
#include "agreement/stages.h"
#include "event/describe.h"

namespace stargate::server {
namespace {

Json amount_json(const CapacityAmount& amount) {
  if (amount.value == 0) return nullptr;
  return fmt::format("{} {}", amount.value,
                     amount.unit == CapacityUnit::kGpus      ? "GPUs"
                     : amount.unit == CapacityUnit::kItWatts ? "W of IT power"
                                                             : "W of facility power");
}

Json price_json(const Terms& terms) {
  if (!terms.has_price) return nullptr;
  return fmt::format("{} {}.{:06}/{}", terms.price.amount.currency.text(),
                     terms.price.amount.micros / 1'000'000, terms.price.amount.micros % 1'000'000,
                     name_of(terms.price.unit));
}

const agreement::Book& book_of(const Call& call) {
  return call.plane.state().scheduling().market.book;
}

agreement::Moment moment_of(const Call& call) { return {call.plane.now(), call.plane.now()}; }

template <class Things>
std::uint32_t number_named(const Things& things, const std::string& name, const char* kind) {
  for (std::uint32_t i = 0; i < things.size(); ++i) {
    if (things[i].name == name) return i;
  }
  throw Problem(404, "not_found", fmt::format("there is no {} {}", kind, name));
}

}  // namespace

bool sees(const Token& token, PartyId supplier) {
  return token.role != Role::kSupplier || token.supplier == supplier;
}

OrderId order_in_path(const Call& call) {
  const std::string& name = call.path.find("order")->second;
  const OrderId order{number_named(book_of(call).orders(), name, "order")};
  if (!sees(call.token, book_of(call).supplier_of(order))) {
    throw Problem(404, "not_found", fmt::format("there is no order {}", name));
  }
  return order;
}

StageId stage_in_path(const Call& call) {
  const std::string& name = call.path.find("stage")->second;
  const agreement::Book& book = book_of(call);
  const StageId stage{number_named(book.stages(), name, "stage")};
  if (!sees(call.token, book.supplier_of(book.stages()[stage.value].order))) {
    throw Problem(404, "not_found", fmt::format("there is no stage {}", name));
  }
  return stage;
}

std::string offer_in_path(const Call& call) {
  const std::string& name = call.path.find("offer")->second;
  const auto offer = agreement::find_offer(book_of(call), name, moment_of(call));
  if (!offer || !sees(call.token, offer->holder)) {
    throw Problem(404, "not_found", fmt::format("there is no offer {}", name));
  }
  return name;
}

const Schema& order_schema() {
  static const Schema schema{
      "Order",
      "Capacity under one agreement.",
      {{.name = "id", .is_required = true},
       {.name = "agreement", .is_required = true},
       {.name = "supplier", .description = "whose paper", .is_required = true},
       {.name = "operator", .is_required = true, .may_be_null = true},
       {.name = "landlord", .is_required = true, .may_be_null = true},
       {.name = "site", .is_required = true},
       {.name = "accelerator", .is_required = true},
       {.name = "amount", .is_required = true, .may_be_null = true},
       {.name = "signed", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
       {.name = "from", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
       {.name = "until", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
       {.name = "clearance",
        .description = "what cleared it; null for a supplier",
        .is_required = true,
        .may_be_null = true},
       {.name = "accepted_gpus",
        .type = FieldType::kInteger,
        .is_required = true,
        .most = INT64_MAX},
       {.name = "used_gpus", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
       {.name = "unavailable_gpus",
        .type = FieldType::kInteger,
        .description = "used by work that is not ours, not healthy, or not there",
        .is_required = true,
        .most = INT64_MAX}}};
  return schema;
}

Json order_json(const Call& call, OrderId id) {
  const auto& market = call.plane.state().scheduling().market;
  const agreement::Book& book = market.book;
  const Order& order = book.orders()[id.value];
  const Site& site = book.sites()[order.site.value];
  const auto party = [&](PartyId own, PartyId of_site) -> Json {
    const PartyId who = is_set(own) ? own : of_site;
    const bool hides =
        is_set(who) && book.parties()[who.value].is_supplier && !sees(call.token, who);
    return is_set(who) && !hides ? Json(book.parties()[who.value].name) : Json();
  };
  const auto moment = moment_of(call);
  std::uint64_t accepted = 0;
  std::uint64_t used = 0;
  std::uint64_t unavailable = 0;
  for (const auto& queue : call.plane.state().scheduling().queues) {
    if (!market.is_of_order(queue.id) || market.places[queue.id.value].order != id) continue;
    accepted += market.places[queue.id.value].accepted_gpus;
    for (const std::uint64_t gpus : market.places[queue.id.value].held_gpus) used += gpus;
    unavailable += queue.unavailable_gpus();
  }
  std::string clearance = name_of(order.clearance);
  for (const agreement::Offer& offer : agreement::offers(book, moment)) {
    if (offer.order != id || clearance != "none") continue;
    // One that releases it, for the terms that it was signed on.
    const bool releases = agreement::released_terms(book, offer, moment).has_value() &&
                          agreement::why_void(book, offer.clause, id, moment).empty();
    if (releases) clearance = fmt::format("offer_{}", name_of(offer.state));
  }
  return {{"id", order.name},
          {"agreement", book.agreements()[order.agreement.value].name},
          {"supplier", book.parties()[book.supplier_of(id).value].name},
          {"operator", party(order.operator_party, site.operator_party)},
          {"landlord", party(order.landlord, site.landlord)},
          {"site", site.name},
          {"accelerator", book.accelerators()[order.accelerator.value].name},
          {"amount", amount_json(order.amount)},
          {"signed", instant_or_null(agreement::signing_of(book, id, moment))},
          {"from", instant_or_null(order.from)},
          {"until", instant_or_null(order.until)},
          {"clearance", call.token.role == Role::kSupplier ? Json() : Json(clearance)},
          {"accepted_gpus", accepted},
          {"used_gpus", used},
          {"unavailable_gpus", unavailable}};
}

const Schema& offer_schema() {
  static const Schema terms{
      "OfferTerms",
      "What a reply says; null where it says nothing of it.",
      {{.name = "amount", .is_required = true, .may_be_null = true},
       {.name = "price", .is_required = true, .may_be_null = true},
       {.name = "delivery", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
       {.name = "until", .type = FieldType::kInstant, .is_required = true, .may_be_null = true}}};
  static const Schema schema{
      "Offer",
      "A proposed order that was offered under a first refusal.",
      {{.name = "id", .is_required = true},
       {.name = "order",
        .description = "null for a supplier, who sees its own orders alone",
        .is_required = true,
        .may_be_null = true},
       {.name = "clause", .is_required = true},
       {.name = "holder", .is_required = true},
       {.name = "state",
        .is_required = true,
        .words = {"offered", "countered", "accepted", "accepted_in_part", "declined", "lapsed",
                  "withdrawn", "waived", "consented"}},
       {.name = "amount", .is_required = true, .may_be_null = true},
       {.name = "price", .is_required = true, .may_be_null = true},
       {.name = "delivery", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
       {.name = "until", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
       {.name = "answer",
        .type = FieldType::kObject,
        .description = "as it was countered, or all that was accepted",
        .is_required = true,
        .may_be_null = true,
        .schema = &terms},
       {.name = "cleared",
        .type = FieldType::kBoolean,
        .description =
            "the order is cleared of the clause: by a waiver or a consent, also one after "
            "a refusal",
        .is_required = true},
       {.name = "offered", .type = FieldType::kInstant, .is_required = true},
       {.name = "reply_by", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
       {.name = "decided", .type = FieldType::kInstant, .is_required = true, .may_be_null = true},
       {.name = "released_until",
        .type = FieldType::kInstant,
        .description = "the order is to be signed before",
        .is_required = true,
        .may_be_null = true},
       {.name = "releases",
        .type = FieldType::kBoolean,
        .description = "the order may be signed, as far as this offer goes",
        .is_required = true}}};
  return schema;
}

Json offer_json(const Call& call, const std::string& name) {
  const agreement::Book& book = book_of(call);
  const auto offer = agreement::find_offer(book, name, moment_of(call));
  if (!offer) throw Problem(404, "not_found", fmt::format("there is no offer {}", name));
  const bool is_supplier = call.token.role == Role::kSupplier;
  const bool hides_price = call.token.role == Role::kTenant;
  Json answer;
  if (offer->answer != Terms{}) {
    answer = {{"amount", amount_json(offer->answer.amount)},
              {"price", hides_price ? Json() : price_json(offer->answer)},
              {"delivery", instant_or_null(offer->answer.delivery)},
              {"until", instant_or_null(offer->answer.until)}};
  }
  return {
      {"id", offer->name},
      {"order", is_supplier ? Json() : Json(book.orders()[offer->order.value].name)},
      {"clause", book.clause(offer->clause).name},
      {"holder", book.parties()[offer->holder.value].name},
      {"state", name_of(offer->state)},
      {"amount", amount_json(offer->terms.amount)},
      {"price", hides_price ? Json() : price_json(offer->terms)},
      {"delivery", instant_or_null(offer->terms.delivery)},
      {"until", instant_or_null(offer->terms.until)},
      {"answer", answer},
      {"cleared", agreement::cleared(book, offer->clause, offer->order, false, moment_of(call))},
      {"offered", text_of(offer->offered_at)},
      {"reply_by", instant_or_null(offer->reply_by)},
      {"decided", instant_or_null(offer->decided_at)},
      {"released_until", instant_or_null(offer->released_until)},
      {"releases", offer->releases()}};
}

const Schema& stage_schema() {
  static const Schema runs{
      "StageRun",
      "Nodes of a stage that follow each other and are in one state.",
      {{.name = "nodes", .type = FieldType::kInteger, .is_required = true},
       {.name = "state",
        .is_required = true,
        .words = {"announced", "secured", "energised", "installed", "in_acceptance", "accepted",
                  "suspended", "cancelled", "retired"}},
       {.name = "since", .type = FieldType::kInstant, .is_required = true, .may_be_null = true}}};
  static const Schema schema{
      "Stage",
      "A part of an order's capacity that is delivered as one.",
      {{.name = "id", .is_required = true},
       {.name = "order", .is_required = true},
       {.name = "supplier", .is_required = true},
       {.name = "site", .is_required = true},
       {.name = "accelerator", .is_required = true},
       {.name = "nodes", .type = FieldType::kInteger, .is_required = true},
       {.name = "gpus", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
       {.name = "runs", .type = FieldType::kObjectList, .is_required = true, .schema = &runs}}};
  return schema;
}

Json stage_json(const Call& call, StageId id) {
  const agreement::Book& book = book_of(call);
  const Stage& stage = book.stages()[id.value];
  Json runs = Json::array();
  for (const agreement::StageRun& run : agreement::runs_of(book, id, moment_of(call))) {
    runs.push_back({{"nodes", run.nodes},
                    {"state", name_of(run.state)},
                    {"since", instant_or_null(run.since)}});
  }
  return {{"id", stage.name},
          {"order", book.orders()[stage.order.value].name},
          {"supplier", book.parties()[book.supplier_of(stage.order).value].name},
          {"site", book.sites()[stage.site.value].name},
          {"accelerator", book.accelerators()[stage.accelerator.value].name},
          {"nodes", stage.fleet.nodes()},
          {"gpus", stage.fleet.gpus()},
          {"runs", runs}};
}

}  // namespace stargate::server
