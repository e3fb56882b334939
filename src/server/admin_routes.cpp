// Who may ask, what happened, and how the control plane is.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "event/describe.h"
#include "server/api.h"
#include "server/job_log.h"
#include "server/stream_route.h"
#include "server/tokens.h"

namespace stargate::server {
namespace {

constexpr std::uint64_t kEventsMost = 1'000;

http::Answer text_answer(std::string body, const char* type) {
  http::Answer answer;
  answer.content_type = type;
  answer.body = std::move(body);
  return answer;
}

http::Answer health(Call&) { return json_answer({{"status", "ok"}}); }

http::Answer ready(Call& call) {
  return json_answer({{"status", "ok"}, {"last_index", call.plane.store().durable_index()}});
}

http::Answer openapi(Call&) { return text_answer(openapi_document(), "application/json"); }

http::Answer metrics(Call& call) {
  const Plane& plane = call.plane;
  std::string text;
  const auto add = [&](const char* name, const char* type, const char* help, const auto& value) {
    text += fmt::format("# HELP stargate_{} {}\n# TYPE stargate_{} {}\nstargate_{} {}\n", name,
                        help, name, type, name, value);
  };
  const Committer::Counts commits = plane.commits();
  add("ledger_index", "counter", "Entries that are durable.", call.plane.store().durable_index());
  add("commits_total", "counter", "Syncs of the ledger.", commits.batches);
  add("commit_seconds_total", "counter", "Time spent in them.",
      static_cast<double>(commits.commit_us_sum) / 1e6);
  add("commit_seconds_max", "gauge", "The longest of them.",
      static_cast<double>(commits.commit_us_max) / 1e6);
  add("requests_total", "counter", "Requests that came to the plane.", plane.requests());
  add("event_streams", "gauge", "Streams of events that are open.", call.plane.feed().streams());
  text += "# HELP stargate_jobs Jobs by state.\n# TYPE stargate_jobs gauge\n";
  for (std::uint32_t i = 0; i < kJobStateCount; ++i) {
    const auto state = static_cast<JobState>(i);
    text += fmt::format("stargate_jobs{{state=\"{}\"}} {}\n", name_of(state),
                        plane.tables().count_of(state));
  }
  const auto& market = plane.state().scheduling().market;
  std::string used;
  std::string accepted;
  std::string unavailable;
  for (std::uint32_t queue = 0; queue < market.places.size(); ++queue) {
    const auto& place = market.places[queue];
    if (!is_set(place.order)) continue;
    std::uint64_t held = 0;
    for (const std::uint64_t gpus : place.held_gpus) held += gpus;
    const std::string labels =
        fmt::format("{{supplier=\"{}\",order=\"{}\"}}",
                    market.book.parties()[market.book.supplier_of(place.order).value].name,
                    market.book.orders()[place.order.value].name);
    used += fmt::format("stargate_gpus_used{} {}\n", labels, held);
    accepted += fmt::format("stargate_gpus_accepted{} {}\n", labels, place.accepted_gpus);
    unavailable += fmt::format("stargate_gpus_unavailable{} {}\n", labels,
                               plane.state().scheduling().queues[queue].unavailable_gpus());
  }
  text += "# HELP stargate_gpus_used GPUs that are held.\n# TYPE stargate_gpus_used gauge\n" + used;
  text +=
      "# HELP stargate_gpus_accepted GPUs that are accepted.\n# TYPE stargate_gpus_accepted "
      "gauge\n" +
      accepted;
  text +=
      "# HELP stargate_gpus_unavailable GPUs that others use, that are not healthy or not "
      "there.\n# "
      "TYPE stargate_gpus_unavailable gauge\n" +
      unavailable;
  text +=
      "# HELP stargate_in_contact Whether what runs a supplier's capacity can be reached.\n# TYPE "
      "stargate_in_contact gauge\n";
  for (const Runner& runner : plane.runners()) {
    text += fmt::format("stargate_in_contact{{supplier=\"{}\"}} {}\n", runner.id,
                        plane.tables().lost_contact(runner.id) == nullptr ? 1 : 0);
  }
  return text_answer(std::move(text), "text/plain; version=0.0.4");
}

const Schema& status_schema() {
  static const Schema schema{"Status",
                             "",
                             {{.name = "status", .is_required = true},
                              {.name = "last_index",
                               .type = FieldType::kInteger,
                               .description = "of the ledger",
                               .most = INT64_MAX}}};
  return schema;
}

const Schema& identity_schema() {
  static const Schema schema{
      "Identity",
      "Whose token it is.",
      {{.name = "id", .type = FieldType::kInteger, .is_required = true},
       {.name = "name", .is_required = true},
       {.name = "role",
        .is_required = true,
        .words = {"admin", "operator", "tenant", "supplier", "auditor"}},
       {.name = "tenant", .is_required = true, .may_be_null = true},
       {.name = "supplier", .is_required = true, .may_be_null = true},
       {.name = "made", .type = FieldType::kInstant, .is_required = true},
       {.name = "revoked", .type = FieldType::kInstant, .is_required = true, .may_be_null = true}}};
  return schema;
}

Json identity_json(const Plane& plane, const Token& token) {
  const auto& parties = plane.state().scheduling().market.book.parties();
  return {{"id", token.id},
          {"name", token.name},
          {"role", name_of(token.role)},
          {"tenant", token.role == Role::kTenant
                         ? Json(plane.tables().tenants()[token.tenant.value].name)
                         : Json()},
          {"supplier",
           token.role == Role::kSupplier ? Json(parties[token.supplier.value].name) : Json()},
          {"made", text_of(token.made)},
          {"revoked", token.revoked == kNever ? Json() : Json(text_of(token.revoked))}};
}

http::Answer who_am_i(Call& call) { return json_answer(identity_json(call.plane, call.token)); }

const Schema& token_spec_schema() {
  static const Schema schema{
      "TokenSpec",
      "A token for someone.",
      {{.name = "name", .description = "whose it is", .is_required = true, .least = 1, .most = 128},
       {.name = "role",
        .description = "what its holder may do",
        .is_required = true,
        .words = {"admin", "operator", "tenant", "supplier", "auditor"}},
       {.name = "tenant", .description = "of the role tenant: whose work", .most = 128},
       {.name = "supplier", .description = "of the role supplier: which one", .most = 128}}};
  return schema;
}

const Schema& new_token_schema() {
  static const Schema schema{"NewToken",
                             "The token is told this once.",
                             {{.name = "identity",
                               .type = FieldType::kObject,
                               .is_required = true,
                               .schema = &identity_schema()},
                              {.name = "token", .is_required = true}}};
  return schema;
}

http::Answer add_token(Call& call) {
  TokenSpec spec;
  spec.name = call.body["name"];
  spec.made_by = call.token.id;
  spec.role = *role_of(call.body["role"].get_ref<const std::string&>());
  const auto needs = [&](const char* member, Role role) {
    if (call.body.contains(member) != (spec.role == role)) {
      const std::string detail =
          spec.role == role ? "missing, expected for this role" : "found for another role";
      throw problem_of(422, "invalid", {{fmt::format("/{}", member), detail}});
    }
  };
  needs("tenant", Role::kTenant);
  needs("supplier", Role::kSupplier);
  if (spec.role == Role::kTenant) {
    const auto tenant = call.plane.tables().tenant_named(call.body["tenant"].get<std::string>());
    if (!tenant) throw problem_of(422, "unknown_name", {{"/tenant", "there is none of that name"}});
    spec.tenant = *tenant;
  }
  if (spec.role == Role::kSupplier) {
    const auto& parties = call.plane.state().scheduling().market.book.parties();
    const auto party = std::ranges::find_if(parties, [&](const Party& known) {
      return known.is_supplier && known.name == call.body["supplier"].get_ref<const std::string&>();
    });
    if (party == parties.end())
      throw problem_of(422, "unknown_name", {{"/supplier", "there is none of that name"}});
    spec.supplier = {static_cast<std::uint32_t>(party - parties.begin())};
  }
  const std::string token = make_token(call.plane.store(), call.plane.now(), spec);
  return json_answer({{"identity", identity_json(call.plane, call.plane.tables().tokens().back())},
                      {"token", token}},
                     201);
}

http::Answer list_tokens(Call& call) {
  Json list = Json::array();
  for (const Token& token : call.plane.tables().tokens())
    list.push_back(identity_json(call.plane, token));
  return json_answer({{"tokens", list}});
}

http::Answer revoke_token(Call& call) {
  const std::uint64_t id = call.number_in_path("token");
  const auto& tokens = call.plane.tables().tokens();
  if (id >= tokens.size()) throw Problem(404, "not_found", fmt::format("there is no token {}", id));
  if (id == call.token.id) throw Problem(409, "own_token", "a token does not revoke itself");
  if (tokens[id].revoked == kNever) call.plane.note({{"revoke", id}, {"by", call.token.name}});
  call.plane.feed().end_streams_of(id);
  call.plane.logs().end_streams_of(id);
  return json_answer(identity_json(call.plane, call.plane.tables().tokens()[id]));
}

const Schema& event_schema() {
  static const Schema schema{"Event",
                             "Something that happened. Beside these it has members of its kind.",
                             {{.name = "index",
                               .type = FieldType::kInteger,
                               .description = "of the ledger's entry",
                               .is_required = true,
                               .most = INT64_MAX},
                              {.name = "at", .type = FieldType::kInstant, .is_required = true},
                              {.name = "kind", .is_required = true}}};
  return schema;
}

const Schema& events_schema() {
  static const Schema schema{"Events",
                             "A page of events, in order.",
                             {{.name = "events",
                               .type = FieldType::kObjectList,
                               .is_required = true,
                               .schema = &event_schema()},
                              {.name = "next",
                               .type = FieldType::kInteger,
                               .description = "`after` of the next page",
                               .is_required = true,
                               .most = INT64_MAX},
                              {.name = "first",
                               .type = FieldType::kInteger,
                               .description = "the first index that is kept for this",
                               .is_required = true,
                               .most = INT64_MAX}}};
  return schema;
}

http::Answer list_events(Call& call) {
  const std::uint64_t after = call.number_of("after", 0);
  expect_told(after, call.plane.store().durable_index());
  const auto page = call.plane.feed().page(call.token, after, call.number_of("limit", 100));
  Json list = Json::array();
  for (const Told* told : page) list.push_back(data_for(call.token, *told));
  return json_answer({{"events", list},
                      {"next", page.empty() ? after : page.back()->index},
                      {"first", call.plane.feed().first_index()}});
}

}  // namespace

std::vector<Route> admin_routes() {
  constexpr RoleMask admins = only(Role::kAdmin);
  static const Schema tokens = list_schema("Tokens", "tokens", identity_schema());
  const std::vector<Field> page = {
      {.name = "after",
       .type = FieldType::kInteger,
       .description = "events of later entries",
       .least = 0,
       .most = INT64_MAX},
      {.name = "limit",
       .type = FieldType::kInteger,
       .description = "so many (100); what was done as one is not parted",
       .least = 1,
       .most = kEventsMost}};
  return {
      {"GET",
       "/healthz",
       "health",
       "Say whether the process is alive",
       kAllRoles,
       {},
       nullptr,
       nullptr,
       200,
       &status_schema(),
       {},
       health,
       true},
      {"GET",
       "/readyz",
       "ready",
       "Say whether requests are answered",
       kAllRoles,
       {},
       nullptr,
       nullptr,
       200,
       &status_schema(),
       {},
       ready,
       true},
      {"GET",
       "/openapi.json",
       "openapi",
       "This document",
       kAllRoles,
       {},
       nullptr,
       nullptr,
       200,
       nullptr,
       {},
       openapi,
       true},
      {"GET",
       "/metrics",
       "metrics",
       "Figures for Prometheus",
       kReaders,
       {},
       nullptr,
       nullptr,
       200,
       nullptr,
       {},
       metrics},
      {"GET",
       "/v1/whoami",
       "whoAmI",
       "Say whose token this is",
       kAllRoles,
       {},
       nullptr,
       nullptr,
       200,
       &identity_schema(),
       {},
       who_am_i},
      {"GET",
       "/v1/tokens",
       "listTokens",
       "List tokens",
       admins,
       {},
       nullptr,
       nullptr,
       200,
       &tokens,
       {},
       list_tokens},
      {"POST",
       "/v1/tokens",
       "addToken",
       "Make a token; it is told this once",
       admins,
       {},
       &token_spec_schema(),
       {{"name", "ci"}, {"role", "auditor"}},
       201,
       &new_token_schema(),
       {409, 422},
       add_token,
       false,
       true},
      {"POST",
       "/v1/tokens/{token}/revoke",
       "revokeToken",
       "Revoke a token",
       admins,
       {},
       nullptr,
       nullptr,
       200,
       &identity_schema(),
       {404, 409},
       revoke_token},
      {"GET",
       "/v1/events",
       "listEvents",
       "Read events; with Accept: text/event-stream, follow them",
       kAllRoles,
       page,
       nullptr,
       nullptr,
       200,
       &events_schema(),
       {409},
       list_events,
       false,
       false,
       nullptr,
       follow_events},
  };
}

}  // namespace stargate::server
