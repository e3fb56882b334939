// Orders that are proposed, offers of them, signatures, and how capacity comes.

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "agreement/offers.h"
#include "agreement/permit.h"
#include "agreement/signing.h"
#include "server/acts.h"
#include "server/market_view.h"
#include "server/submit.h"
#include "world/binder.h"
#include "world/deadline.h"

namespace stargate::server {
namespace {

constexpr RoleMask kHolders = kStaff | only(Role::kSupplier);

const agreement::Book& book_of(const Call& call) {
  return call.plane.state().scheduling().market.book;
}

std::vector<Field> with_signature(std::vector<Field> fields) {
  fields.push_back({.name = "effective",
                    .type = FieldType::kInstant,
                    .description = "when it took effect (now)"});
  fields.push_back({.name = "signed_by", .description = "who signed", .most = 128});
  fields.push_back({.name = "document_sha256",
                    .description = "of the document, in hexadecimal",
                    .least = 64,
                    .most = 64});
  return fields;
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

const Schema& proposal_schema() {
  static const Schema schema = [] {
    std::vector<Field> fields{
        {.name = "supplier",
         .description = "on whose paper",
         .is_required = true,
         .least = 1,
         .most = 128},
        {.name = "job",
         .type = FieldType::kInteger,
         .description = "whose demand: a job that waits",
         .least = 1,
         .most = INT64_MAX},
        {.name = "use",
         .description = "instead of a job: what it is for (research)",
         .words = use_words()},
        {.name = "tenant", .description = "instead of a job: for whom", .most = 128},
        {.name = "site", .description = "where (the supplier's only one)", .most = 128},
        {.name = "accelerator", .description = "of what (the only kind that fits)", .most = 128},
        {.name = "gpus_per_node",
         .type = FieldType::kInteger,
         .description = "GPUs of a node (8)",
         .least = 1,
         .most = 64},
        {.name = "order", .description = "the order's id", .least = 1, .most = 128}};
    for (const Field& field : terms_fields()) fields.push_back(field);
    return Schema{"Proposal", "An order that is wanted.", fields};
  }();
  return schema;
}

const Schema& proposed_schema() {
  static const Schema schema{
      "ProposedOrder",
      "The order, and the offers that were made of it. Without any it may be signed at once.",
      {{.name = "order",
        .type = FieldType::kObject,
        .is_required = true,
        .schema = &order_schema()},
       {.name = "offers",
        .type = FieldType::kObjectList,
        .is_required = true,
        .schema = &offer_schema()},
       {.name = "next", .description = "what is to be done", .is_required = true}}};
  return schema;
}

template <class Things>
std::uint32_t index_in(const Things& things, const std::string& name, const char* pointer) {
  std::string names;
  for (std::uint32_t i = 0; i < things.size(); ++i) {
    if (things[i].name == name) return i;
    names += (names.empty() ? "" : ", ") + things[i].name;
  }
  const std::string detail = fmt::format("found {}, expected one of {}", name, names);
  throw Problem(422, "unknown_name", fmt::format("{}: {}", pointer, detail), {{pointer, detail}});
}

/// The only number of a list; throws Problem (422) otherwise.
template <class Id>
Id only_one(const std::vector<Id>& ids, const char* pointer, const char* what) {
  if (ids.size() == 1) return ids[0];
  const std::string detail = fmt::format("missing; there {}, expected {} to be named",
                                         ids.empty() ? "is none that fits" : "are several", what);
  throw Problem(422, "invalid", fmt::format("{}: {}", pointer, detail), {{pointer, detail}});
}

/// What this machine has is to be had nowhere else.
bool can_be_ordered(const Accelerator& accelerator) {
  return accelerator.name != "slot" && accelerator.name != "gpu";
}

template <class Things>
bool is_taken(const Things& things, const std::string& name) {
  return std::ranges::any_of(things, [&](const auto& thing) { return thing.name == name; });
}

/// "STEM-1", or with the first number that is free.
template <class Things>
std::string free_name(const Things& things, const std::string& stem) {
  for (std::size_t number = 1;; ++number) {
    std::string name = fmt::format("{}-{}", stem, number);
    if (!is_taken(things, name)) return name;
  }
}

/// A name that tells its holder nothing of the order.
std::string free_offer_name(const agreement::Book& book, agreement::Moment now) {
  const std::vector<agreement::Offer> all = agreement::offers(book, now);
  for (std::size_t number = all.size() + 1;; ++number) {
    std::string name = fmt::format("offer-{}", number);
    const std::string twins = name + "-";
    const bool is_free = std::ranges::none_of(all, [&](const agreement::Offer& offer) {
      return offer.name == name || offer.name.starts_with(twins);
    });
    if (is_free) return name;
  }
}

/// A proposal with all that it leaves open filled in.
struct Wish {
  Order order;
  Stage stage;
  Workload workload;
  WorkloadId known = kNo<WorkloadId>;
  Terms terms;
};

Wish wish_of(Call& call) {
  const agreement::Book& book = book_of(call);
  const auto& body = call.body;
  Wish wish;
  const auto per_node = body.value("gpus_per_node", std::uint32_t{8});
  std::uint64_t gpus = 0;
  JobSpec spec;
  if (body.contains("job")) {
    const Job* job = call.plane.tables().find({body["job"].get<std::uint64_t>()});
    if (job == nullptr)
      throw Problem(422, "unknown_name", "/job: there is no such job",
                    {{"/job", "there is no such job"}});
    if (has_ended(job->state))
      throw Problem(409, "has_ended", "/job: it has ended", {{"/job", "it has ended"}});
    wish.known = job->workload;
    wish.workload = book.workloads()[job->workload.value];
    gpus = job->spec->part.nodes > 0 ? job->spec->part.nodes * std::uint64_t{per_node}
                                     : least_gpus(job->spec->request());
  } else {
    if (body.contains("tenant")) spec.tenant = body["tenant"];
    spec.use = use_of(body.value("use", "research"));
    // Any kind that can be ordered will do, where none is named.
    for (const Accelerator& accelerator : book.accelerators()) {
      const bool is_named = body.contains("accelerator") && body["accelerator"] == accelerator.name;
      if (is_named || (!body.contains("accelerator") && can_be_ordered(accelerator))) {
        spec.accelerators.push_back(accelerator.name);
      }
    }
    Resolved resolved = resolve(call.plane, call.token, spec);
    wish.known = resolved.known;
    wish.workload = std::move(resolved.workload);
  }
  wish.terms = terms_in(call, {});
  if (wish.terms.amount.value == 0) {
    if (gpus == 0)
      throw Problem(422, "invalid", "/gpus: missing, expected the amount",
                    {{"/gpus", "missing, expected the amount"}});
    wish.terms.amount = {static_cast<std::int64_t>(gpus), CapacityUnit::kGpus};
  }
  const PartyId supplier{index_in(book.parties(), body["supplier"], "/supplier")};
  // The latest agreement with the supplier.
  std::vector<AgreementId> agreements;
  for (std::uint32_t i = 0; i < book.agreements().size(); ++i) {
    const Agreement& agreement = book.agreements()[i];
    if (agreement.supplier == supplier && agreement.customer == wish.workload.lab)
      agreements = {{i}};
  }
  if (agreements.empty()) {
    throw problem_of(422, "no_agreement",
                     {{"/supplier", fmt::format("there is no agreement with {}",
                                                book.parties()[supplier.value].name)}});
  }
  wish.order.agreement = agreements[0];
  std::vector<SiteId> sites;
  for (std::uint32_t i = 0; i < book.sites().size(); ++i) {
    if (book.sites()[i].operator_party == supplier) sites.push_back({i});
  }
  wish.order.site = body.contains("site") ? SiteId{index_in(book.sites(), body["site"], "/site")}
                                          : only_one(sites, "/site", "a site");
  std::vector<KindId> kinds;
  for (std::uint16_t i = 0; i < book.accelerators().size(); ++i) {
    if ((wish.workload.kinds >> i & 1) != 0 && can_be_ordered(book.accelerators()[i])) {
      kinds.push_back({i});
    }
  }
  wish.order.accelerator = body.contains("accelerator")
                               ? KindId{static_cast<std::uint16_t>(index_in(
                                     book.accelerators(), body["accelerator"], "/accelerator"))}
                               : only_one(kinds, "/accelerator", "a kind of accelerator");
  if (body.contains("order")) {
    wish.order.name = body["order"];
    const char* detail = "expected small letters, digits, - and _, a letter or digit first";
    if (!world::is_id(wish.order.name))
      throw Problem(422, "invalid", fmt::format("/order: {}", detail), {{"/order", detail}});
    if (is_taken(book.orders(), wish.order.name))
      throw problem_of(409, "taken", {{"/order", "there is one of that name"}});
  } else {
    wish.order.name = free_name(book.orders(), book.parties()[supplier.value].name + "-order");
  }
  wish.order.amount = wish.terms.amount;
  wish.order.signed_at = kNever;
  wish.order.until = wish.terms.until;
  wish.order.known = call.plane.now();
  wish.order.source = "proposed by " + call.token.name;
  const auto amount = static_cast<std::uint64_t>(wish.terms.amount.value);
  const std::uint64_t nodes = (amount + per_node - 1) / per_node;
  if (nodes > kMaxNodes)
    throw Problem(422, "invalid", "/gpus: too many nodes", {{"/gpus", "too many nodes"}});
  wish.stage.name = free_name(book.stages(), wish.order.name);
  wish.stage.site = wish.order.site;
  wish.stage.order = {static_cast<std::uint32_t>(book.orders().size())};
  wish.stage.accelerator = wish.order.accelerator;
  wish.stage.fleet.groups.push_back(
      {static_cast<std::uint32_t>(nodes), 1, per_node, wish.order.accelerator, Level::kRack});
  wish.stage.amount = {static_cast<std::int64_t>(nodes * per_node), CapacityUnit::kGpus};
  wish.order.amount = wish.stage.amount;
  wish.terms.amount = wish.stage.amount;
  wish.stage.source = wish.order.source;
  return wish;
}

void define(Call& call, Definition definition) {
  const Reason refusal =
      call.plane.execute(command::Define{std::move(definition)}, {{"by", call.token.name}});
  if (refusal != Reason::kNone) {
    throw Problem(422, "invalid", fmt::format("what is proposed is refused: {}", name_of(refusal)));
  }
}

http::Answer propose(Call& call) {
  const Wish wish = wish_of(call);
  const PartyId supplier = book_of(call).agreements()[wish.order.agreement.value].supplier;
  const WorkloadId workload = define_workload(call.plane, {TenantId{}, wish.workload, wish.known});
  const agreement::Moment now{call.plane.now(), call.plane.now()};
  const agreement::Permission fresh = agreement::permit_new(book_of(call), workload, supplier, now);
  if (fresh.verdict == agreement::Verdict::kForbidden) {
    throw Problem(
        409, "forbidden_by_contract",
        fmt::format("the clause {} forbids it{}", book_of(call).clause(fresh.clause).name,
                    is_set(fresh.against)
                        ? fmt::format(" (against {})", book_of(call).clause(fresh.against).name)
                        : ""));
  }
  const OrderId order{static_cast<std::uint32_t>(book_of(call).orders().size())};
  define(call, wish.order);
  define(call, wish.stage);
  command::Propose command;
  command.order = order;
  command.workload = workload;
  command.terms = wish.terms;
  command.offer = free_offer_name(book_of(call), now);
  for (std::uint32_t i = 0; i < book_of(call).clauses().size(); ++i) {
    const auto* terms = std::get_if<clause::FirstRefusal>(&book_of(call).clauses()[i].terms);
    if (terms != nullptr) {
      command.replies.push_back({{i}, world::reply_deadline(now.at, world::clock_of(*terms))});
    }
  }
  const Reason refusal = call.plane.execute(command, {{"by", call.token.name}});
  if (refusal != Reason::kNone) {
    throw Problem(409, "refused", fmt::format("the proposal is refused: {}", name_of(refusal)));
  }
  Json offers = Json::array();
  for (const agreement::Offer& offer : agreement::offers(book_of(call), now)) {
    if (offer.order == order) offers.push_back(offer_json(call, offer.name));
  }
  const std::string next =
      offers.empty()
          ? fmt::format("it may be signed: `stargate orders sign {}`", wish.order.name)
          : fmt::format("{} may reply by {}; it may be signed when it declines or the offer lapses",
                        offers[0]["holder"].get<std::string>(),
                        offers[0]["reply_by"].get<std::string>());
  return json_answer({{"order", order_json(call, order)}, {"offers", offers}, {"next", next}}, 201);
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
          fmt::format("the offer {} is {}: it is to be declined, to lapse or to be waived first",
                      offer.name, name_of(offer.state));
    }
  }
  for (const auto& [clause, why] : held) {
    if (!released_under.contains(clause)) throw Problem(409, "needs_offer", why);
  }
  Act act;
  act.kind = ActKind::kSign;
  act.order = order;
  act.terms = terms_in(call, terms);
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

std::uint64_t gpus_of(const agreement::Offer& offer) {
  return offer.terms.amount.unit == CapacityUnit::kGpus
             ? static_cast<std::uint64_t>(std::max<std::int64_t>(offer.terms.amount.value, 0))
             : UINT64_MAX;
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
  Act act;
  act.kind = kind;
  act.offer = name;
  if (kind == ActKind::kWaive) {
    act.offer.clear();
    act.clause = offer.clause;
    act.order = offer.order;
  }
  if (kind == ActKind::kCounter) act.terms = terms_in(call, offer.terms);
  if (kind == ActKind::kAccept && call.body.contains("gpus")) {
    act.kind = ActKind::kAcceptPart;
    act.terms = terms_in(call, {});
  }
  act.effective = effective_in(call);
  if (!offer.is_open() && book_of(call).check(act, now.at) == Reason::kNotNow) {
    throw Problem(409, "not_now",
                  fmt::format("the offer {} is {} already", name, name_of(offer.state)));
  }
  if (kind != ActKind::kCounter && kind != ActKind::kWithdraw) {
    if (auto asked = second_person(call, operation, gpus_of(offer))) return *asked;
  }
  if (agreement::is_acceptance(act.kind)) define_tranche(call, offer, act);
  enter(call, std::move(act), "the reply");
  return json_answer(offer_json(call, name));
}

const Schema& capacity_change_schema() {
  static const Schema schema{
      "CapacityChange", "How far capacity has come.",
      with_signature({{.name = "state",
                       .description = "what it comes to",
                       .is_required = true,
                       .words = {"announced", "secured", "energised", "installed", "in_acceptance",
                                 "accepted", "suspended", "cancelled", "retired"}},
                      {.name = "nodes",
                       .type = FieldType::kInteger,
                       .description = "so many nodes (all that are left)",
                       .least = 1,
                       .most = kMaxNodes}})};
  return schema;
}

http::Answer change_capacity(Call& call) {
  const StageId stage = stage_in_path(call);
  const std::string state = call.body["state"];
  Act act;
  act.kind = ActKind::kCapacity;
  act.stage = stage;
  for (std::uint32_t i = 0; i <= static_cast<std::uint32_t>(CapacityState::kRetired); ++i) {
    if (state == name_of(static_cast<CapacityState>(i))) act.state = static_cast<CapacityState>(i);
  }
  // What a supplier delivers is accepted by the other side.
  if (call.token.role == Role::kSupplier && act.state == CapacityState::kAccepted) {
    throw Problem(403, "not_allowed", "the customer accepts what the supplier delivers");
  }
  act.nodes = call.body.value("nodes", std::uint32_t{0});
  enter(call, std::move(act), "the capacity");
  return json_answer(stage_json(call, stage));
}

const Schema& health_schema() {
  static const Schema schema{"NodeHealth",
                             "Whether nodes take work.",
                             {{.name = "order",
                               .description = "whose nodes",
                               .is_required = true,
                               .least = 1,
                               .most = 128},
                              {.name = "first",
                               .type = FieldType::kInteger,
                               .description = "the first node",
                               .is_required = true,
                               .least = 0,
                               .most = kMaxNodes},
                              {.name = "count",
                               .type = FieldType::kInteger,
                               .description = "so many (1)",
                               .least = 1,
                               .most = kMaxNodes},
                              {.name = "health",
                               .description = "drained: what runs goes on, nothing starts",
                               .is_required = true,
                               .words = {"healthy", "drained", "failed"}}}};
  return schema;
}

const Schema& done_schema() {
  static const Schema schema{
      "Done", "It was done.", {{.name = "done", .type = FieldType::kBoolean, .is_required = true}}};
  return schema;
}

http::Answer set_health(Call& call) {
  const OrderId order{index_in(book_of(call).orders(), call.body["order"], "/order")};
  const auto& market = call.plane.state().scheduling().market;
  for (std::uint32_t i = 0; i < market.places.size(); ++i) {
    if (market.places[i].order != order) continue;
    const std::string health = call.body["health"];
    const auto value = health == "healthy"   ? Health::kHealthy
                       : health == "drained" ? Health::kDrained
                                             : Health::kFailed;
    const Reason refusal =
        call.plane.execute(command::SetHealth{{i},
                                              {call.body["first"].get<std::uint32_t>()},
                                              call.body.value("count", std::uint32_t{1}),
                                              value},
                           {{"by", call.token.name}});
    if (refusal != Reason::kNone)
      throw problem_of(422, "unknown_name", {{"/first", "the order has no such nodes"}});
    return json_answer({{"done", true}});
  }
  throw Problem(409, "not_now", "the order has no capacity yet");
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
       "/v1/orders/propose",
       "proposeOrder",
       "Propose an order, and offer it where a first refusal stands in its way",
       kStaff,
       {},
       &proposal_schema(),
       {{"supplier", "borealis"}, {"gpus", 64}, {"price", "$1.95/GPU-h"}},
       201,
       &proposed_schema(),
       {409, 422},
       propose},
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
       {404, 409, 422},
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
      reply_route("/v1/offers/{offer}/withdraw", "withdrawOffer", "Take an offer back",
                  ActKind::kWithdraw, kStaff, signature_schema(), signature),
      {"POST",
       "/v1/capacity/{stage}",
       "changeCapacity",
       "Say how far capacity has come",
       kHolders,
       {},
       &capacity_change_schema(),
       {{"state", "accepted"}},
       200,
       &stage_schema(),
       {404, 409, 422},
       change_capacity},
      {"POST",
       "/v1/nodes/health",
       "setHealth",
       "Drain, fail or return nodes",
       kStaff,
       {},
       &health_schema(),
       {{"order", "northwind-order"}, {"first", 0}, {"health", "drained"}},
       200,
       &done_schema(),
       {409, 422},
       set_health},
  };
}

}  // namespace stargate::server
