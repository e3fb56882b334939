#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/server.h"
#include "server/documents.h"
#include "server/plane.h"
#include "server/schema.h"

// The routes of the API: a table that requests are dispatched by, and that the OpenAPI document is
// written from.

namespace stargate::server {

using Json = nlohmann::ordered_json;

/// Bit i is set where Role{i} may ask.
using RoleMask = std::uint8_t;
constexpr RoleMask only(Role role) {
  return static_cast<RoleMask>(1U << static_cast<unsigned>(role));
}
inline constexpr RoleMask kAllRoles = (1U << kRoleCount) - 1;
inline constexpr RoleMask kStaff = only(Role::kAdmin) | only(Role::kOperator);
inline constexpr RoleMask kReaders = kStaff | only(Role::kAuditor);
inline constexpr RoleMask kJobSubmitters = kStaff | only(Role::kTenant);
inline constexpr RoleMask kJobReaders = kReaders | only(Role::kTenant);

/// A request that may be carried out, on the plane's thread.
struct Call {
  Plane& plane;
  Token token;
  std::map<std::string, std::string, std::less<>> path;   ///< {"job": "7"}
  std::map<std::string, std::string, std::less<>> query;  ///< checked against the route's
  nlohmann::json body;
  bool is_approved = false;  ///< by a second person
  std::any read = {};        ///< what the route's `read` made of the body

  /// The number in a path; throws Problem (404) where it is none.
  std::uint64_t number_in_path(std::string_view name) const;
  std::string text_of(std::string_view name) const;  ///< of the query; empty: not there
  std::uint64_t number_of(std::string_view name, std::uint64_t otherwise) const;
};

/// Begins a stream, once all that was done before it was asked for is durable.
using Follow = std::function<void(Plane&, http::Responder&)>;

struct Route {
  const char* method;
  const char* path;  ///< "/v1/jobs/{job}"
  const char* id;    ///< operationId
  const char* summary;
  RoleMask roles;
  std::vector<Field> query = {};
  const Schema* body = nullptr;
  Json example = nullptr;  ///< of the body
  int status = 200;        ///< of success
  const Schema* answer = nullptr;
  std::vector<int> refusals = {};  ///< beside those that follow from the rest
  std::function<Outcome(Call&)> handle;
  bool is_public = false;     ///< without a token
  bool tells_secret = false;  ///< the answer is not kept for one who asks again
  /// What can be made of the body without the plane, on any thread; the call has no body then. What it
  /// throws is thrown where `handle` would be called.
  std::function<std::any(const JsonView& body)> read = nullptr;
  /// What is done where text/event-stream is asked for, from after the event that was seen last on
  /// (empty: none was): it may throw Problem; what it gives begins the stream. Null: it never does.
  std::function<Follow(Call&, std::string_view last_event_id)> follow = nullptr;
};

std::vector<Route> submission_routes();
std::vector<Route> job_routes();
std::vector<Route> market_routes();
std::vector<Route> propose_routes();
std::vector<Route> offer_routes();
std::vector<Route> capacity_routes();
std::vector<Route> approval_routes();
std::vector<Route> admin_routes();
/// All of them.
const std::vector<Route>& routes();

/// Whose token that is. Throws Problem: 401 where there is none or it was revoked, 403 where its role is
/// not one of these.
const Token& allowed_token(const Plane& plane, const std::string& sha256, RoleMask roles);

/// null for what never comes, and for what was from ever.
Json instant_or_null(Instant at);

http::Answer json_answer(const Json& body, int status = 200);
/// The same, of a body that is made when it is sent.
Outcome json_outcome(std::function<Json()> body, int status);

/// Answers requests for a plane. Its handler is for the HTTP server's threads.
class Api {
 public:
  explicit Api(Plane& plane) : plane_(plane) {}

  void handle(http::Request request, std::shared_ptr<http::Responder> responder);
  static http::Answer refuse(int status, std::string_view detail);

 private:
  Plane& plane_;
};

}  // namespace stargate::server
