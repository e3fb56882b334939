// Who there is and what there is to be had.

#include <fmt/format.h>

#include "agreement/offers.h"
#include "event/describe.h"
#include "server/api.h"
#include "server/contact.h"
#include "server/market_view.h"

namespace stargate::server {
namespace {

constexpr RoleMask kMarketRoles = kReaders | only(Role::kSupplier);

const agreement::Book& book_of(const Call& call) {
  return call.plane.state().scheduling().market.book;
}

const Schema& supplier_schema() {
  static const Schema schema{
      "Supplier",
      "Who provides capacity.",
      {{.name = "id", .is_required = true},
       {.name = "title", .is_required = true},
       {.name = "executor",
        .description = "what runs its capacity",
        .is_required = true,
        .may_be_null = true},
       {.name = "out_of_contact_since",
        .type = FieldType::kInstant,
        .description = "when what runs its capacity was heard of last; null: it is in contact",
        .is_required = true,
        .may_be_null = true},
       {.name = "orders", .type = FieldType::kInteger, .is_required = true},
       {.name = "accepted_gpus",
        .type = FieldType::kInteger,
        .is_required = true,
        .most = INT64_MAX},
       {.name = "used_gpus", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
       {.name = "unavailable_gpus",
        .type = FieldType::kInteger,
        .description = "used by work that is not ours, not healthy, or not there",
        .is_required = true,
        .most = INT64_MAX},
       {.name = "share",
        .description = "of the GPUs in use, in percent; null for a supplier",
        .is_required = true,
        .may_be_null = true}}};
  return schema;
}

http::Answer list_suppliers(Call& call) {
  const auto& market = call.plane.state().scheduling().market;
  const agreement::Book& book = market.book;
  std::vector<std::uint64_t> accepted(book.parties().size());
  std::vector<std::uint64_t> used(book.parties().size());
  std::vector<std::uint64_t> unavailable(book.parties().size());
  std::uint64_t all = 0;
  for (std::uint32_t queue = 0; queue < market.places.size(); ++queue) {
    const auto& place = market.places[queue];
    if (!is_set(place.order)) continue;
    const PartyId supplier = book.supplier_of(place.order);
    unavailable[supplier.value] += call.plane.state().scheduling().queues[queue].unavailable_gpus();
    accepted[supplier.value] += place.accepted_gpus;
    for (const std::uint64_t gpus : place.held_gpus) {
      used[supplier.value] += gpus;
      all += gpus;
    }
  }
  Json list = Json::array();
  for (std::uint32_t i = 0; i < book.parties().size(); ++i) {
    const Party& party = book.parties()[i];
    if (!party.is_supplier || !sees(call.token, {i})) continue;
    std::uint64_t orders = 0;
    Json executor;
    Json lost_since;
    for (std::uint32_t k = 0; k < book.orders().size(); ++k) {
      if (book.supplier_of({k}) != PartyId{i}) continue;
      ++orders;
      const Runner& runner = call.plane.runners()[call.plane.runner_of({k})];
      executor = runner.name;
      const LostContact* lost = call.plane.tables().lost_contact(runner.id);
      lost_since = lost != nullptr ? Json(text_of(lost->since)) : Json();
    }
    const bool shows_share = call.token.role != Role::kSupplier && all > 0;
    list.push_back(
        {{"id", party.name},
         {"title", title_of(party)},
         {"executor", executor},
         {"out_of_contact_since", lost_since},
         {"orders", orders},
         {"accepted_gpus", accepted[i]},
         {"used_gpus", used[i]},
         {"unavailable_gpus", unavailable[i]},
         {"share", shows_share ? Json(fmt::format("{:.1f}", 100.0 * static_cast<double>(used[i]) /
                                                                static_cast<double>(all)))
                               : Json()}});
  }
  return json_answer({{"suppliers", list}});
}

const Schema& contact_schema() {
  static const Schema schema{"Contact",
                             "",
                             {{.name = "in_contact",
                               .type = FieldType::kBoolean,
                               .description = "whether it can be reached from now on",
                               .is_required = true}}};
  return schema;
}

http::Answer simulate_contact(Call& call) {
  const std::string& name = call.path.find("supplier")->second;
  const agreement::Book& book = book_of(call);
  for (std::uint32_t i = 0; i < book.orders().size(); ++i) {
    if (book.parties()[book.supplier_of({i}).value].name != name) continue;
    executor::Executor& executor = call.plane.executor_of(OrderId{i});
    if (!executor.simulate_contact(call.body["in_contact"].get<bool>())) {
      throw Problem(409, "not_simulated",
                    fmt::format("{} is not simulated: its contact is what it is", name));
    }
    call.plane.note({{"by", call.token.name}});
    watch_contact(call.plane);
    return list_suppliers(call);
  }
  throw Problem(404, "not_found", fmt::format("there is no supplier {} with an order", name));
}

const Schema& agreement_schema() {
  static const Schema clause{
      "Clause",
      "",
      {{.name = "id", .is_required = true},
       {.name = "kind", .is_required = true},
       {.name = "in_force", .type = FieldType::kBoolean, .is_required = true},
       {.name = "source", .is_required = true, .may_be_null = true}}};
  static const Schema schema{"Agreement",
                             "What two parties have signed.",
                             {{.name = "id", .is_required = true},
                              {.name = "title", .is_required = true},
                              {.name = "supplier", .is_required = true},
                              {.name = "customer", .is_required = true},
                              {.name = "signed", .type = FieldType::kInstant, .is_required = true},
                              {.name = "clauses",
                               .type = FieldType::kObjectList,
                               .is_required = true,
                               .schema = &clause}}};
  return schema;
}

http::Answer list_agreements(Call& call) {
  const agreement::Book& book = book_of(call);
  Json list = Json::array();
  for (std::uint32_t i = 0; i < book.agreements().size(); ++i) {
    const Agreement& agreement = book.agreements()[i];
    if (!sees(call.token, agreement.supplier)) continue;
    Json clauses = Json::array();
    for (const ClauseId id : book.clauses_of({i})) {
      const Clause& clause = book.clause(id);
      clauses.push_back(
          {{"id", clause.name},
           {"kind", kind_of(clause)},
           {"in_force", agreement::in_force(book, id, {call.plane.now(), call.plane.now()})},
           {"source", clause.source.empty() ? Json() : Json(clause.source)}});
    }
    list.push_back({{"id", agreement.name},
                    {"title", title_of(agreement)},
                    {"supplier", book.parties()[agreement.supplier.value].name},
                    {"customer", book.parties()[agreement.customer.value].name},
                    {"signed", text_of(agreement.signed_at)},
                    {"clauses", clauses}});
  }
  return json_answer({{"agreements", list}});
}

http::Answer list_orders(Call& call) {
  Json list = Json::array();
  for (std::uint32_t i = 0; i < book_of(call).orders().size(); ++i) {
    if (sees(call.token, book_of(call).supplier_of({i}))) list.push_back(order_json(call, {i}));
  }
  return json_answer({{"orders", list}});
}

http::Answer list_offers(Call& call) {
  Json list = Json::array();
  const std::string state = call.text_of("state");
  for (const agreement::Offer& offer :
       agreement::offers(book_of(call), {call.plane.now(), call.plane.now()})) {
    if (!sees(call.token, offer.holder)) continue;
    if (!state.empty() && state != name_of(offer.state)) continue;
    list.push_back(offer_json(call, offer.name));
  }
  return json_answer({{"offers", list}});
}

http::Answer list_capacity(Call& call) {
  Json list = Json::array();
  const agreement::Book& book = book_of(call);
  for (std::uint32_t i = 0; i < book.stages().size(); ++i) {
    if (sees(call.token, book.supplier_of(book.stages()[i].order))) {
      list.push_back(stage_json(call, {i}));
    }
  }
  return json_answer({{"capacity", list}});
}

const Schema& tenant_schema() {
  static const Schema schema{
      "Tenant",
      "Whose work it is.",
      {{.name = "id", .is_required = true},
       {.name = "parent", .is_required = true, .may_be_null = true},
       {.name = "weight", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
       {.name = "guaranteed_gpus",
        .type = FieldType::kInteger,
        .is_required = true,
        .most = INT64_MAX},
       {.name = "used_gpus", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX},
       {.name = "live_jobs", .type = FieldType::kInteger, .is_required = true, .most = INT64_MAX}}};
  return schema;
}

http::Answer list_tenants(Call& call) {
  const Tables& tables = call.plane.tables();
  const auto& scheduling = call.plane.state().scheduling();
  std::vector<std::uint64_t> used(tables.tenants().size());
  std::vector<std::uint64_t> live(tables.tenants().size());
  scheduling.jobs.for_each([&](std::uint32_t slot) {
    const placement::Job& job = scheduling.jobs[slot];
    ++live[job.tenant.value];
    if (job.holds_gpus()) used[job.tenant.value] += job.held_gpus;
  });
  Json list = Json::array();
  for (std::uint32_t i = 1; i < tables.tenants().size(); ++i) {
    if (call.token.role == Role::kTenant && call.token.tenant != TenantId{i}) continue;
    const placement::Tenant& spec = scheduling.tenants[{i}];
    list.push_back(
        {{"id", tables.tenants()[i].name},
         {"parent",
          spec.parent.value == 0 ? Json() : Json(tables.tenants()[spec.parent.value].name)},
         {"weight", spec.weight},
         {"guaranteed_gpus", spec.guaranteed_gpus},
         {"used_gpus", used[i]},
         {"live_jobs", live[i]}});
  }
  return json_answer({{"tenants", list}});
}

}  // namespace

std::vector<Route> market_routes() {
  static const Schema suppliers = list_schema("Suppliers", "suppliers", supplier_schema());
  static const Schema agreements = list_schema("Agreements", "agreements", agreement_schema());
  static const Schema orders = list_schema("Orders", "orders", order_schema());
  static const Schema offers = list_schema("Offers", "offers", offer_schema());
  static const Schema capacity = list_schema("Capacity", "capacity", stage_schema());
  static const Schema tenants = list_schema("Tenants", "tenants", tenant_schema());
  const std::vector<Field> by_state = {
      {.name = "state",
       .description = "of this state",
       .words = {"offered", "countered", "accepted", "accepted_in_part", "declined", "lapsed",
                 "withdrawn", "waived", "consented"}}};
  return {
      {"GET",
       "/v1/suppliers",
       "listSuppliers",
       "List suppliers",
       kMarketRoles,
       {},
       nullptr,
       nullptr,
       200,
       &suppliers,
       {},
       list_suppliers},
      {"POST",
       "/v1/suppliers/{supplier}/contact",
       "simulateContact",
       "Let a simulated supplier vanish, or return",
       kStaff,
       {},
       &contact_schema(),
       {{"in_contact", false}},
       200,
       &suppliers,
       {404, 409},
       simulate_contact},
      {"GET",
       "/v1/agreements",
       "listAgreements",
       "List agreements and their clauses",
       kMarketRoles,
       {},
       nullptr,
       nullptr,
       200,
       &agreements,
       {},
       list_agreements},
      {"GET",
       "/v1/orders",
       "listOrders",
       "List orders",
       kMarketRoles,
       {},
       nullptr,
       nullptr,
       200,
       &orders,
       {},
       list_orders},
      {"GET",
       "/v1/offers",
       "listOffers",
       "List offers",
       kMarketRoles,
       by_state,
       nullptr,
       nullptr,
       200,
       &offers,
       {},
       list_offers},
      {"GET",
       "/v1/capacity",
       "listCapacity",
       "List stages of capacity",
       kMarketRoles,
       {},
       nullptr,
       nullptr,
       200,
       &capacity,
       {},
       list_capacity},
      {"GET",
       "/v1/tenants",
       "listTenants",
       "List tenants",
       kReaders | only(Role::kTenant),
       {},
       nullptr,
       nullptr,
       200,
       &tenants,
       {},
       list_tenants},
  };
}

}  // namespace stargate::server
