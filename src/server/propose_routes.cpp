// Orders that are proposed, and offered where a first refusal stands in their way.

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agreement/offers.h"
#include "agreement/permit.h"
#include "base/check.h"
#include "core/proposal.h"
#include "server/acts.h"
#include "server/market_view.h"
#include "server/submit.h"
#include "world/binder.h"
#include "world/deadline.h"

namespace stargate::server {
namespace {

const agreement::Book& book_of(const Call& call) {
  return call.plane.state().scheduling().market.book;
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

/// The supplier of that name; throws Problem (422), which names those with an agreement with the lab.
PartyId supplier_in(const agreement::Book& book, PartyId lab, const std::string& name) {
  const auto found = std::ranges::find_if(
      book.parties(), [&](const Party& party) { return party.is_supplier && party.name == name; });
  if (found != book.parties().end()) {
    return {static_cast<std::uint32_t>(found - book.parties().begin())};
  }
  std::set<std::string> names;
  for (const Agreement& agreement : book.agreements()) {
    if (agreement.customer == lab) names.insert(book.parties()[agreement.supplier.value].name);
  }
  throw problem_of(
      422, "unknown_name",
      {{"/supplier", fmt::format("found {}, expected one of {}", name, fmt::join(names, ", "))}});
}

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
  const PartyId supplier = supplier_in(book, wish.workload.lab, body["supplier"]);
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

/// What a refusal says of a proposal, with the terms that an offer of it would have to state.
std::string words_of_refusal(const agreement::Book& book, const command::Propose& command,
                             agreement::Moment now, Reason refusal) {
  std::string missing;
  for (const ClauseId clause :
       agreement::obstacles_to(book, command.workload, command.order, now).to_offer) {
    const auto& terms = std::get<clause::FirstRefusal>(book.clause(clause).terms);
    const TermMask mask = agreement::missing_terms(terms, command.terms);
    const auto add = [&](TermMask term, const char* name) {
      if ((mask & term) == 0) return;
      missing +=
          fmt::format("{}{} (of {})", missing.empty() ? "" : ", ", name, book.clause(clause).name);
    };
    add(kStatesPrice, "price");
    add(kStatesDelivery, "delivery");
    add(kStatesUntil, "until");
  }
  if (refusal != Reason::kInvalid || missing.empty()) return name_of(refusal);
  return "an offer is to state " + missing;
}

/// The proposal as a command. Throws Problem where the core would refuse any part of it: it is tried on a copy
/// of the book first, so that nothing of what is refused is left behind. O(the book).
command::Propose proposal_of(const Call& call, const Wish& wish) {
  agreement::Book book = book_of(call);
  const agreement::Moment now{call.plane.now(), call.plane.now()};
  const auto try_to_define = [&](const Definition& definition) {
    const Reason reason = book.check(definition);
    if (reason != Reason::kNone) {
      throw Problem(422, "invalid",
                    fmt::format("what is proposed is refused: {}", name_of(reason)));
    }
    book.define(definition);
  };
  command::Propose command;
  command.workload = wish.known;
  if (!is_set(wish.known)) {
    command.workload = {static_cast<std::uint32_t>(book.workloads().size())};
    try_to_define(wish.workload);
  }
  const PartyId supplier = book.agreements()[wish.order.agreement.value].supplier;
  const agreement::Permission fresh = agreement::permit_new(book, command.workload, supplier, now);
  if (fresh.verdict == agreement::Verdict::kForbidden) {
    throw Problem(409, "forbidden_by_contract",
                  fmt::format("the clause {} forbids it{}", book.clause(fresh.clause).name,
                              is_set(fresh.against)
                                  ? fmt::format(" (against {})", book.clause(fresh.against).name)
                                  : ""));
  }
  command.order = {static_cast<std::uint32_t>(book.orders().size())};
  command.terms = wish.terms;
  command.offer = free_offer_name(book, now);
  for (std::uint32_t i = 0; i < book.clauses().size(); ++i) {
    const auto* terms = std::get_if<clause::FirstRefusal>(&book.clauses()[i].terms);
    if (terms != nullptr) {
      command.replies.push_back({{i}, world::reply_deadline(now.at, world::clock_of(*terms))});
    }
  }
  try_to_define(wish.order);
  try_to_define(wish.stage);
  std::vector<Act> offers;
  const Reason refusal = core::offers_of(book, command, now.at, offers);
  if (refusal != Reason::kNone) {
    throw Problem(409, "refused",
                  fmt::format("the proposal is refused: {}; nothing of it was kept",
                              words_of_refusal(book, command, now, refusal)));
  }
  return command;
}

http::Answer propose(Call& call) {
  const Wish wish = wish_of(call);
  const agreement::Moment now{call.plane.now(), call.plane.now()};
  const command::Propose command = proposal_of(call, wish);
  const OrderId order = command.order;
  define_workload(call.plane, {TenantId{}, wish.workload, wish.known});
  define(call, wish.order);
  define(call, wish.stage);
  const Reason refusal = call.plane.execute(command, {{"by", call.token.name}});
  STARGATE_CHECK(refusal == Reason::kNone, "what was tried on the book is not refused");
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

}  // namespace

std::vector<Route> propose_routes() {
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
  };
}

}  // namespace stargate::server
