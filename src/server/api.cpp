#include "server/api.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "base/hex.h"
#include "core/sha256.h"
#include "event/describe.h"
#include "world/quantity.h"

namespace stargate::server {
namespace {

constexpr std::size_t kKeyMost = 200;

std::string hex_sha256(std::string_view bytes) {
  const core::Sha256 hash = core::sha256(bytes);
  return hex_of({hash.data(), hash.size()});
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t start = 1; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    segments.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return segments;
}

/// A route and the segments of its path.
struct Pattern {
  const Route* route;
  std::vector<std::string_view> segments;
};

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all = [] {
    std::vector<Pattern> split;
    for (const Route& route : routes()) split.push_back({&route, segments_of(route.path)});
    return split;
  }();
  return all;
}

/// The parts of the path that the pattern names; nullopt: it is another one.
std::optional<std::map<std::string, std::string, std::less<>>> match(
    const std::vector<std::string_view>& wanted, const std::vector<std::string_view>& found) {
  if (wanted.size() != found.size()) return std::nullopt;
  std::map<std::string, std::string, std::less<>> names;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{')) {
      if (found[i].empty()) return std::nullopt;
      names.emplace(wanted[i].substr(1, wanted[i].size() - 2), found[i]);
    } else if (wanted[i] != found[i]) {
      return std::nullopt;
    }
  }
  return names;
}

std::optional<std::uint64_t> whole(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// The query as JSON of the fields' types, so that it is checked by the same rules as a body.
nlohmann::json query_json(const Route& route, const http::Request& request) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [name, value] : request.query) {
    const auto field =
        std::ranges::find_if(route.query, [&](const Field& known) { return name == known.name; });
    const bool is_number = field != route.query.end() && field->type == FieldType::kInteger;
    const bool is_flag = field != route.query.end() && field->type == FieldType::kBoolean;
    if (object.contains(name)) {
      throw Problem(400, "bad_query", name + ": found twice, expected once",
                    {{name, "found twice, expected once"}});
    }
    if (const auto number = whole(value); is_number && number) {
      object[name] = *number;
    } else if (is_flag && (value == "true" || value == "false")) {
      object[name] = value == "true";
    } else {
      object[name] = value;
    }
  }
  return object;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

bool is_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return same_letters(type, "application/json");
}

/// What can be checked of a request without asking anyone.
struct Checked {
  const Route* route = nullptr;
  std::map<std::string, std::string, std::less<>> path;
  std::map<std::string, std::string, std::less<>> query;
  nlohmann::json body;
  std::any read;
  std::exception_ptr unread;  ///< what the route's `read` threw
  std::string key;
  std::string digest;
  std::string token_sha256;
  std::optional<Problem> problem;  ///< told to those who may know
};

void read_by_route(const Route& route, const JsonView& body, Checked& checked) {
  try {
    checked.read = route.read(body);
  } catch (const Problem&) {
    checked.unread = std::current_exception();
  } catch (const nlohmann::json::exception&) {
    checked.unread = std::current_exception();
  }
}

void check(const http::Request& request, Checked& checked) {
  const Route& route = *checked.route;
  Schema query_schema{"", "", route.query};
  const nlohmann::json query = query_json(route, request);
  if (std::vector<Fault> faults = faults_of(query_schema, query); !faults.empty()) {
    for (Fault& fault : faults) fault.pointer.erase(0, 1);
    throw problem_of(400, "bad_query", std::move(faults));
  }
  for (const auto& [name, value] : query.items()) {
    checked.query[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  // What changes nothing needs no key.
  if (std::string_view(route.method) != "GET") checked.key = request.header("idempotency-key");
  const bool is_printable =
      std::ranges::all_of(checked.key, [](char c) { return c > ' ' && c < 127; });
  if (checked.key.size() > kKeyMost || !is_printable) {
    checked.key.clear();
    throw Problem(
        400, "bad_header",
        fmt::format("Idempotency-Key: expected at most {} printable characters without spaces",
                    kKeyMost));
  }
  if (route.body == nullptr) return;
  const std::string_view type = request.header("content-type");
  if (!type.empty() && !is_json(type)) {
    throw Problem(415, "unsupported_media_type",
                  fmt::format("found {}, expected application/json", type));
  }
  if (request.body.empty() && !route.body->fields.empty()) {
    throw Problem(400, "bad_json", "the body is empty, expected an object");
  }
  if (route.read && !request.body.empty()) {
    if (const auto body = read_faultless(*route.body, request.body)) {
      read_by_route(route, *body, checked);
      return;
    }
  }
  checked.body =
      request.body.empty() ? nlohmann::json::object() : read_body(*route.body, request.body);
  if (!route.read) return;
  read_by_route(route, checked.body, checked);
  checked.body = nullptr;
}

Outcome carry_out(Plane& plane, Checked& checked) {
  const Route& route = *checked.route;
  Call call{plane,
            {},
            std::move(checked.path),
            std::move(checked.query),
            std::move(checked.body),
            false,
            std::move(checked.read)};
  const auto handle = [&] {
    if (checked.unread) std::rethrow_exception(checked.unread);
    return route.handle(call);
  };
  if (!route.is_public) {
    call.token = allowed_token(plane, checked.token_sha256, route.roles);
  }
  if (checked.problem) throw *checked.problem;
  if (checked.key.empty()) return handle();

  const std::string key = fmt::format("{}:{}", call.token.id, checked.key);
  if (const Answered* answered = plane.tables().answered(key)) {
    if (answered->digest != checked.digest) {
      throw Problem(422, "key_reused",
                    "this Idempotency-Key came with another request before, expected a new key");
    }
    if (route.tells_secret) {
      throw Problem(409, "told_once", "it was done, and what came of it is told once");
    }
    http::Answer again;
    again.status = answered->status;
    again.body = answered->body;
    again.headers.push_back({"Idempotency-Replayed", "true"});
    return again;
  }
  http::Answer answer = handle().whole();
  plane.note({{"answered",
               {{"key", key},
                {"digest", checked.digest},
                {"status", answer.status},
                {"body", route.tells_secret ? std::string() : answer.body}}}});
  return answer;
}

void follow(Plane& plane, std::shared_ptr<Checked> checked, std::string last_event_id,
            std::shared_ptr<http::Responder> responder) {
  const auto work = [checked = std::move(checked), last = std::move(last_event_id),
                     responder](Plane& now) {
    Call call{now,
              allowed_token(now, checked->token_sha256, checked->route->roles),
              std::move(checked->path),
              std::move(checked->query),
              {}};
    if (checked->problem) throw Problem(*checked->problem);
    Outcome outcome;
    outcome.then = [begin = checked->route->follow(call, last), checked,
                    responder](Plane& durable) {
      try {
        // It may have been revoked since.
        allowed_token(durable, checked->token_sha256, checked->route->roles);
        begin(durable, *responder);
      } catch (const Problem& problem) {
        responder->answer(answer_of(problem));
      }
    };
    return outcome;
  };
  plane.post(work, responder);
}

}  // namespace

std::uint64_t Call::number_in_path(std::string_view name) const {
  const std::string& text = path.find(name)->second;
  if (const auto number = whole(text)) return *number;
  throw Problem(404, "not_found", fmt::format("there is no {} {}", name, text));
}

std::string Call::text_of(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

std::uint64_t Call::number_of(std::string_view name, std::uint64_t otherwise) const {
  const auto found = query.find(name);
  return found == query.end() ? otherwise : whole(found->second).value_or(otherwise);
}

const Token& allowed_token(const Plane& plane, const std::string& sha256, RoleMask roles) {
  const Token* token = plane.tables().token_with(sha256);
  if (token == nullptr) {
    throw Problem(401, "no_token",
                  "the token is missing, unknown or revoked, expected "
                  "'Authorization: Bearer TOKEN'");
  }
  if ((roles & only(token->role)) == 0) {
    throw Problem(403, "not_allowed",
                  fmt::format("the role {} may not do this", name_of(token->role)));
  }
  return *token;
}

const std::vector<Route>& routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> joined;
    for (auto part : {submission_routes(), job_routes(), market_routes(), propose_routes(),
                      offer_routes(), capacity_routes(), approval_routes(), admin_routes()}) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
  }();
  return all;
}

Json instant_or_null(Instant at) {
  return at == kNever || at.us == INT64_MIN ? Json() : Json(stargate::text_of(at));
}

namespace {

std::string text_of(const Json& body) {
  return body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

http::Answer json_answer(const Json& body, int status) {
  http::Answer answer;
  answer.status = status;
  answer.body = text_of(body);
  return answer;
}

Outcome json_outcome(std::function<Json()> body, int status) {
  Outcome outcome;
  outcome.answer.status = status;
  outcome.body = [body = std::move(body)] { return text_of(body()); };
  return outcome;
}

http::Answer Api::refuse(int status, std::string_view detail) {
  std::string type = "bad_request";
  if (status == 408) type = "too_slow";
  if (status == 413) type = "too_large";
  if (status == 431) type = "headers_too_large";
  if (status == 500) type = "internal";
  if (status == 503) type = "too_busy";
  return answer_of(Problem(status, type, std::string(detail)));
}

void Api::handle(http::Request request, std::shared_ptr<http::Responder> responder) {
  try {
    Checked checked;
    bool is_known = false;
    std::string allowed;
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    const std::vector<std::string_view> segments = segments_of(request.path);
    for (const Pattern& pattern : patterns()) {
      auto names = match(pattern.segments, segments);
      if (!names) continue;
      const Route& route = *pattern.route;
      is_known = true;
      allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
      if (std::string_view(route.method) == "GET") allowed += ", HEAD";
      if (method != route.method) continue;
      checked.route = &route;
      checked.path = std::move(*names);
    }
    if (!is_known) throw Problem(404, "not_found", "there is nothing at " + request.path);
    if (checked.route == nullptr) {
      http::Answer answer = answer_of(Problem(
          405, "wrong_method", fmt::format("found {}, expected {}", request.method, allowed)));
      answer.headers.push_back({"Allow", allowed});
      responder->answer(std::move(answer));
      return;
    }
    const std::string_view authorization = request.header("authorization");
    if (same_letters(authorization.substr(0, 7), "Bearer ")) {
      checked.token_sha256 = hex_sha256(authorization.substr(7));
    }
    try {
      check(request, checked);
    } catch (const Problem& problem) {
      checked.problem = problem;
    }
    if (!checked.key.empty()) {
      checked.digest =
          hex_sha256(fmt::format("{} {}\n{}", request.method, request.path, request.body));
    }
    const bool follows =
        checked.route->follow &&
        request.header("accept").find("text/event-stream") != std::string_view::npos;
    auto shared = std::make_shared<Checked>(std::move(checked));
    if (follows) {
      follow(plane_, std::move(shared), std::string(request.header("last-event-id")), responder);
      return;
    }
    plane_.post([shared](Plane& plane) { return carry_out(plane, *shared); }, responder);
  } catch (const Problem& problem) {
    responder->answer(answer_of(problem));
  }
}

}  // namespace stargate::server
