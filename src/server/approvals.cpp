// What waits for a second person, and how it is decided.

#include "server/approvals.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agreement/offers.h"
#include "agreement/signing.h"
#include "agreement/stages.h"
#include "event/describe.h"

namespace stargate::server {
namespace {

agreement::Moment moment_of(const Plane& plane) { return {plane.now(), plane.now()}; }

std::string why_signature_moot(const Plane& plane, const std::string& name) {
  const agreement::Book& book = plane.state().scheduling().market.book;
  const auto order = std::ranges::find(book.orders(), name, &Order::name);
  if (order == book.orders().end()) return fmt::format("there is no order {}", name);
  const OrderId id{static_cast<std::uint32_t>(order - book.orders().begin())};
  const Instant signed_at = agreement::signing_of(book, id, moment_of(plane));
  return signed_at == kNever ? "" : fmt::format("{} is signed since {}", name, text_of(signed_at));
}

std::string why_capacity_moot(const Plane& plane, const std::string& name) {
  const agreement::Book& book = plane.state().scheduling().market.book;
  const auto stage = std::ranges::find(book.stages(), name, &Stage::name);
  if (stage == book.stages().end()) return fmt::format("there is no stage {}", name);
  Act act;
  act.kind = ActKind::kCapacity;
  act.stage = {static_cast<std::uint32_t>(stage - book.stages().begin())};
  act.state = CapacityState::kAccepted;
  act.effective = plane.now();
  return book.check(act, plane.now()) == Reason::kNone
             ? ""
             : fmt::format("nothing of {} is left to be accepted", name);
}

const Schema& approval_schema() {
  static const Schema schema{
      "Approval",
      "A request that waits for a second person.",
      {{.name = "id", .type = FieldType::kInteger, .is_required = true},
       {.name = "operation", .is_required = true},
       {.name = "on", .description = "what it is about", .is_required = true},
       {.name = "asked_by", .is_required = true},
       {.name = "asked", .type = FieldType::kInstant, .is_required = true},
       {.name = "state",
        .description =
            "moot: what it is about was settled otherwise, and it is not decided any more",
        .is_required = true,
        .words = {"waiting", "approved", "refused", "moot"}},
       {.name = "decided_by", .is_required = true, .may_be_null = true},
       {.name = "why", .description = "why it is moot", .is_required = true, .may_be_null = true}}};
  return schema;
}

Json approval_json(const Plane& plane, const Approval& approval) {
  const auto& tokens = plane.tables().tokens();
  const bool is_decided = approval.decided != kNever;
  const std::string moot = why_moot(plane, approval);
  return {{"id", approval.id},
          {"operation", approval.operation},
          {"on", approval.path.empty() ? std::string() : approval.path.begin()->second},
          {"asked_by", tokens[approval.by].name},
          {"asked", text_of(approval.asked)},
          {"state", is_decided     ? (approval.approved ? "approved" : "refused")
                    : moot.empty() ? "waiting"
                                   : "moot"},
          {"decided_by", is_decided ? Json(tokens[approval.decided_by].name) : Json()},
          {"why", moot.empty() ? Json() : Json(moot)}};
}

/// Suppliers see their own.
bool may_see(const Call& call, const Approval& approval) {
  if (call.token.role != Role::kSupplier) return true;
  const Token& by = call.plane.tables().tokens()[approval.by];
  return by.role == Role::kSupplier && by.supplier == call.token.supplier;
}

http::Answer list_approvals(Call& call) {
  Json list = Json::array();
  for (const Approval& approval : call.plane.tables().approvals()) {
    if (may_see(call, approval)) list.push_back(approval_json(call.plane, approval));
  }
  return json_answer({{"approvals", list}});
}

const Schema& decision_schema() {
  static const Schema schema{"Decision",
                             "",
                             {{.name = "approve",
                               .type = FieldType::kBoolean,
                               .description = "or refuse",
                               .is_required = true}}};
  return schema;
}

/// Whether the token was made with the other, directly or with tokens that were.
bool is_made_with(const std::vector<Token>& tokens, std::uint64_t token, std::uint64_t maker) {
  for (auto by = tokens[token].made_by; by; by = tokens[*by].made_by) {
    if (*by == maker) return true;
  }
  return false;
}

/// A person may have more than one token: throws Problem (403) where the one that decides is the asker's,
/// made with it, or newer than the request.
void expect_second_person(const Call& call, const Approval& approval) {
  const auto& tokens = call.plane.tables().tokens();
  if (approval.by == call.token.id)
    throw Problem(403, "not_allowed", "whoever asks does not approve: it takes a second person");
  const auto refuse = [&](const char* why) {
    throw Problem(403, "not_allowed",
                  fmt::format("token {} ({}) {}: it takes a second person, whose token is neither "
                              "newer than the request nor made by the one that asked",
                              call.token.id, call.token.name, why));
  };
  if (is_made_with(tokens, call.token.id, approval.by))
    refuse("was made with the token that asked");
  if (call.token.id >= approval.tokens_then) refuse("was made after the request was asked");
}

http::Answer decide_approval(Call& call) {
  const std::uint64_t id = call.number_in_path("approval");
  const auto& approvals = call.plane.tables().approvals();
  if (id >= approvals.size() || !may_see(call, approvals[id])) {
    throw Problem(404, "not_found", fmt::format("there is no approval {}", id));
  }
  const Approval approval = approvals[id];
  if (approval.decided != kNever) throw Problem(409, "not_now", "it was decided already");
  expect_second_person(call, approval);
  if (const std::string moot = why_moot(call.plane, approval); !moot.empty()) {
    throw Problem(
        409, "moot",
        fmt::format("approval {} is moot: {}, so that there is nothing left to decide", id, moot));
  }
  const bool approve = call.body["approve"];
  const Token asker = call.plane.tables().tokens()[approval.by];
  // The decision stands only where what it allows can be done.
  if (approve) {
    for (const Route& route : routes()) {
      if (route.id != approval.operation) continue;
      Call again{call.plane, asker, approval.path, {}, nlohmann::json::parse(approval.body), true};
      route.handle(again);
    }
  }
  call.plane.note({{"decision", {{"approval", id}, {"by", call.token.id}, {"approved", approve}}}});
  return json_answer(approval_json(call.plane, call.plane.tables().approvals()[id]));
}

}  // namespace

std::string why_settled(const Plane& plane, const agreement::Offer& offer, bool clears) {
  using agreement::OfferState;
  const bool is_refused = offer.state == OfferState::kDeclined ||
                          offer.state == OfferState::kLapsed ||
                          (offer.state == OfferState::kAcceptedInPart && offer.rest_declined);
  if (!offer.is_open() && !(clears && is_refused)) {
    return fmt::format(
        "the offer {} is {} since {}", offer.name,
        offer.state == OfferState::kAcceptedInPart ? "accepted in part" : name_of(offer.state),
        text_of(offer.decided_at));
  }
  if (offer.is_open()) return "";
  // Its holder is told of the order no more than that.
  const agreement::Book& book = plane.state().scheduling().market.book;
  const Instant signed_at = agreement::signing_of(book, offer.order, moment_of(plane));
  return signed_at == kNever ? "" : fmt::format("its order is signed since {}", text_of(signed_at));
}

std::uint64_t gpus_of(const CapacityAmount& amount) {
  return amount.unit == CapacityUnit::kGpus
             ? static_cast<std::uint64_t>(std::max<std::int64_t>(amount.value, 0))
             : UINT64_MAX;
}

std::string why_moot(const Plane& plane, const Approval& approval) {
  if (approval.decided != kNever) return "";
  if (plane.tables().tokens()[approval.by].revoked != kNever)
    return "the token that asked was revoked";
  const std::string name = approval.path.empty() ? "" : approval.path.begin()->second;
  if (approval.operation == "signOrder") return why_signature_moot(plane, name);
  if (approval.operation == "changeCapacity") return why_capacity_moot(plane, name);
  const agreement::Book& book = plane.state().scheduling().market.book;
  const auto offer = agreement::find_offer(book, name, moment_of(plane));
  if (!offer) return fmt::format("there is no offer {}", name);
  const bool clears = approval.operation == "waiveOffer" || approval.operation == "consentOffer";
  return why_settled(plane, *offer, clears);
}

std::optional<http::Answer> second_person(Call& call, const char* operation, std::uint64_t gpus) {
  if (call.is_approved || gpus < call.plane.two_people_gpus()) return std::nullopt;
  const auto& approvals = call.plane.tables().approvals();
  const std::string body = call.body.dump();
  const auto same = std::ranges::find_if(approvals, [&](const Approval& approval) {
    return approval.decided == kNever && approval.by == call.token.id &&
           approval.operation == operation && approval.path == call.path && approval.body == body &&
           why_moot(call.plane, approval).empty();
  });
  const std::size_t id = same == approvals.end() ? approvals.size() : same->id;
  if (same == approvals.end()) {
    nlohmann::json path = nlohmann::json::object();
    for (const auto& [name, value] : call.path) path[name] = value;
    call.plane.note(
        {{"approval",
          {{"operation", operation}, {"path", path}, {"body", body}, {"by", call.token.id}}}});
  }
  return json_answer({{"approval", id}, {"state", "waiting"}}, 202);
}

std::vector<Route> approval_routes() {
  static const Schema approvals = list_schema("Approvals", "approvals", approval_schema());
  constexpr RoleMask deciders = kStaff | only(Role::kSupplier);
  return {
      {"GET",
       "/v1/approvals",
       "listApprovals",
       "List requests that wait for a second person",
       kReaders | only(Role::kSupplier),
       {},
       nullptr,
       nullptr,
       200,
       &approvals,
       {},
       list_approvals},
      {"POST",
       "/v1/approvals/{approval}",
       "decideApproval",
       "Approve or refuse a request",
       deciders,
       {},
       &decision_schema(),
       {{"approve", true}},
       200,
       &approval_schema(),
       {404, 409, 422},
       decide_approval},
  };
}

}  // namespace stargate::server
