// How capacity comes, and which of its nodes take work.

#include <utility>

#include <fmt/format.h>

#include "agreement/signing.h"
#include "agreement/stages.h"
#include "event/describe.h"
#include "server/acts.h"
#include "server/approvals.h"
#include "server/market_view.h"

namespace stargate::server {
namespace {

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

/// Nothing is accepted of an order before it is signed: throws Problem (409).
void expect_signed(const Call& call, const Act& acceptance) {
  const agreement::Book& book = call.plane.state().scheduling().market.book;
  const OrderId order = book.stages()[acceptance.stage.value].order;
  const std::string& name = book.orders()[order.value].name;
  const Instant now = call.plane.now();
  const Instant signed_at = agreement::signing_of(book, order, {now, now});
  if (signed_at == kNever) {
    throw Problem(409, "not_signed",
                  fmt::format("{} is not signed: what nobody ordered is not accepted", name));
  }
  if (acceptance.effective < signed_at) {
    throw Problem(
        409, "not_signed",
        fmt::format("{} is signed since {}: what nobody ordered is not accepted, found an "
                    "acceptance of {}",
                    name, text_of(signed_at), text_of(acceptance.effective)));
  }
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
  const agreement::Book& book = call.plane.state().scheduling().market.book;
  if (act.state == CapacityState::kAccepted) {
    // The whole of the stage counts, so that parts of it are no way around.
    act.effective = effective_in(call);
    expect_signed(call, act);
    const std::uint64_t gpus = book.stages()[stage.value].fleet.gpus();
    const bool can_be = book.check(act, call.plane.now()) == Reason::kNone;
    if (can_be) {
      if (auto asked = second_person(call, "changeCapacity", gpus)) return *asked;
    }
  }
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
  const OrderId order{
      index_in(call.plane.state().scheduling().market.book.orders(), call.body["order"], "/order")};
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
                           {{"by", call.token.name}, {"nodes_by_hand", true}});
    if (refusal != Reason::kNone)
      throw problem_of(422, "unknown_name", {{"/first", "the order has no such nodes"}});
    return json_answer({{"done", true}});
  }
  throw Problem(409, "not_now", "the order has no capacity yet");
}

}  // namespace

std::vector<Route> capacity_routes() {
  constexpr RoleMask holders = kStaff | only(Role::kSupplier);
  return {
      {"POST",
       "/v1/capacity/{stage}",
       "changeCapacity",
       "Say how far capacity has come",
       holders,
       {},
       &capacity_change_schema(),
       {{"state", "accepted"}},
       200,
       &stage_schema(),
       {202, 404, 409, 422},
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
