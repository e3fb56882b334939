// The OpenAPI document, from the table of routes.

#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

#include "server/api.h"

namespace stargate::server {
namespace {

/// The schema and all that it refers to.
void collect(const Schema& schema, bool is_closed, std::map<std::string, Json>& schemas) {
  if (!schemas.emplace(schema.name, json_schema_of(schema, is_closed)).second) return;
  for (const Field& field : schema.fields) {
    if (field.schema != nullptr) collect(*field.schema, is_closed, schemas);
  }
}

Json reference(const char* name) { return {{"$ref", std::string("#/components/schemas/") + name}}; }

Json problem_answer(int status) {
  return {{"description", title_of_status(status)},
          {"content", {{"application/problem+json", {{"schema", reference("Problem")}}}}}};
}

/// Every status that the route can answer with, beside success.
std::set<int> refusals_of(const Route& route) {
  std::set<int> statuses{400, 408, 413, 431, 500, 503};
  for (const int status : route.refusals) {
    if (status >= 400) statuses.insert(status);
  }
  if (!route.is_public) statuses.insert({401, 403});
  if (route.body != nullptr) statuses.insert({415, 422});
  if (std::string_view(route.method) != "GET") statuses.insert(422);
  return statuses;
}

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  const std::string path = route.path;
  for (std::size_t start = path.find('{'); start != std::string::npos;
       start = path.find('{', start)) {
    const std::size_t end = path.find('}', start);
    parameters.push_back({{"name", path.substr(start + 1, end - start - 1)},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}, {"minLength", 1}}}});
    start = end;
  }
  if (!route.query.empty()) {
    const Json query = json_schema_of({"", "", route.query}, true);
    for (const auto& [name, schema] : query["properties"].items()) {
      parameters.push_back({{"name", name}, {"in", "query"}, {"schema", schema}});
    }
  }
  if (std::string_view(route.method) != "GET") {
    parameters.push_back(
        {{"name", "Idempotency-Key"},
         {"in", "header"},
         {"description", "the same request with the same key is carried out once"},
         {"schema",
          {{"type", "string"}, {"minLength", 1}, {"maxLength", 200}, {"pattern", "^[!-~]+$"}}}});
  }
  return parameters;
}

Json operation_of(const Route& route, std::map<std::string, Json>& schemas) {
  Json operation;
  operation["operationId"] = route.id;
  operation["summary"] = route.summary;
  std::string roles;
  for (std::uint32_t i = 0; i < kRoleCount; ++i) {
    if ((route.roles >> i & 1) != 0)
      roles += (roles.empty() ? "" : ", ") + std::string(name_of(static_cast<Role>(i)));
  }
  operation["description"] = route.is_public ? "For anyone." : "For the roles " + roles + ".";
  if (route.is_public) operation["security"] = Json::array();
  const Json parameters = parameters_of(route);
  if (!parameters.empty()) operation["parameters"] = parameters;
  if (route.body != nullptr) {
    collect(*route.body, true, schemas);
    Json content;
    content["schema"] = reference(route.body->name);
    if (!route.example.is_null()) content["example"] = route.example;
    bool needs_body = false;
    for (const Field& field : route.body->fields) needs_body |= field.is_required;
    operation["requestBody"] = {{"required", needs_body || !route.body->fields.empty()},
                                {"content", {{"application/json", content}}}};
  }
  Json success = {{"description", title_of_status(route.status)}};
  if (route.answer != nullptr) {
    collect(*route.answer, false, schemas);
    success["content"] = {{"application/json", {{"schema", reference(route.answer->name)}}}};
    if (route.follow) {
      success["content"]["text/event-stream"] = {{"schema", {{"type", "string"}}}};
    }
  } else if (std::string_view(route.id) == "metrics") {
    success["content"] = {{"text/plain", {{"schema", {{"type", "string"}}}}}};
  } else {
    success["content"] = {{"application/json", {{"schema", {{"type", "object"}}}}}};
  }
  Json answers = Json::object();
  answers[std::to_string(route.status)] = success;
  for (const int status : route.refusals) {
    if (status == 202) {
      answers["202"] = {
          {"description", "It waits for a second person"},
          {"content", {{"application/json", {{"schema", reference("ApprovalAsked")}}}}}};
    }
  }
  for (const int status : refusals_of(route))
    answers[std::to_string(status)] = problem_answer(status);
  operation["responses"] = answers;
  return operation;
}

Json document() {
  std::map<std::string, Json> schemas;
  Json api;
  api["openapi"] = "3.1.0";
  api["info"] = {
      {"title", "Stargate"},
      {"version", "1"},
      {"description", "AI compute from many suppliers, under the contracts that were signed."},
      {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
  api["security"] = Json::array({{{"token", Json::array()}}});
  api["paths"] = Json::object();
  for (const Route& route : routes()) {
    std::string method = route.method;
    for (char& letter : method) letter = static_cast<char>(letter | 0x20);
    api["paths"][route.path][method] = operation_of(route, schemas);
  }
  schemas["Problem"] = {
      {"type", "object"},
      {"description", "Why a request was not carried out (RFC 9457)."},
      {"required", {"type", "title", "status", "detail"}},
      {"properties",
       {{"type", {{"type", "string"}}},
        {"title", {{"type", "string"}}},
        {"status", {{"type", "integer"}}},
        {"detail", {{"type", "string"}}},
        {"errors",
         {{"type", "array"},
          {"items",
           {{"type", "object"},
            {"required", {"pointer", "detail"}},
            {"properties",
             {{"pointer", {{"type", "string"}}}, {"detail", {{"type", "string"}}}}}}}}}}}};
  schemas["ApprovalAsked"] = {
      {"type", "object"},
      {"required", {"approval", "state"}},
      {"properties", {{"approval", {{"type", "integer"}}}, {"state", {{"type", "string"}}}}}};
  api["components"]["schemas"] = Json::object();
  for (const auto& [name, schema] : schemas) api["components"]["schemas"][name] = schema;
  api["components"]["securitySchemes"]["token"] = {{"type", "http"}, {"scheme", "bearer"}};
  return api;
}

}  // namespace

const std::string& openapi_document() {
  static const std::string text = document().dump(2) + "\n";
  return text;
}

}  // namespace stargate::server
