// The reference of the API for people, from the same table as the OpenAPI document.

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "server/api.h"

namespace stargate::server {
namespace {

const char* type_word(const Field& field) {
  switch (field.type) {
    case FieldType::kText: return "text";
    case FieldType::kInteger: return "number";
    case FieldType::kBoolean: return "true or false";
    case FieldType::kDuration: return "length of time";
    case FieldType::kInstant: return "instant";
    case FieldType::kTextList: return "list of texts";
    case FieldType::kTextMap: return "object of texts";
    case FieldType::kObject: return "object";
    case FieldType::kObjectList: return "list";
    case FieldType::kAny: return "any";
  }
  return "";
}

std::string link_to(const Schema& schema) {
  std::string anchor;
  for (const char* c = schema.name; *c != '\0'; ++c) {
    anchor += static_cast<char>(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
  }
  return fmt::format("[{}](#{})", schema.name, anchor);
}

std::string row_of(const Field& field) {
  std::string type = type_word(field);
  if (field.schema != nullptr) {
    type = (field.type == FieldType::kObjectList ? "list of " : "") + link_to(*field.schema);
  }
  if (field.may_be_null) type += ", or null";
  std::string about = field.description;
  if (!field.words.empty()) {
    about += about.empty() ? "one of " : ": one of ";
    for (std::size_t i = 0; i < field.words.size(); ++i) {
      about += fmt::format("{}`{}`", i == 0 ? "" : ", ", field.words[i]);
    }
  }
  return fmt::format("| `{}`{} | {} | {} |\n", field.name, field.is_required ? "" : " (optional)",
                     type, about);
}

std::string table_of(const std::vector<Field>& fields) {
  std::string text = "| member | type | what it says |\n|---|---|---|\n";
  for (const Field& field : fields) text += row_of(field);
  return text + "\n";
}

void collect(const Schema& schema, std::set<std::string>& known, std::vector<const Schema*>& all) {
  if (!known.insert(schema.name).second) return;
  all.push_back(&schema);
  for (const Field& field : schema.fields) {
    if (field.schema != nullptr) collect(*field.schema, known, all);
  }
}

}  // namespace

std::string api_reference() {
  std::string text =
      "# The API\n\n"
      "Made from the table of routes by `stargate openapi --markdown`; programs read the same as "
      "OpenAPI 3.1 at\n"
      "`/openapi.json`. JSON in, JSON out; a token in `Authorization: Bearer TOKEN`. What is not "
      "carried out is\n"
      "answered with `application/problem+json`: `type`, `title`, `status`, `detail`, and "
      "`errors`, each with a\n"
      "pointer to the member at fault. A request that changes something may carry an "
      "`Idempotency-Key`: the same\n"
      "request with the same key is carried out once, and answered the same again.\n\n";
  std::set<std::string> known;
  std::vector<const Schema*> schemas;
  for (const Route& route : routes()) {
    text += fmt::format("## {} {}\n\n{}. ", route.method, route.path, route.summary);
    if (route.is_public) {
      text += "For anyone.\n\n";
    } else {
      std::string roles;
      for (std::uint32_t i = 0; i < kRoleCount; ++i) {
        if ((route.roles >> i & 1) == 0) continue;
        roles += (roles.empty() ? "" : ", ") + std::string(name_of(static_cast<Role>(i)));
      }
      text += fmt::format("For the roles {}.\n\n", roles);
    }
    if (!route.query.empty()) text += "Query:\n\n" + table_of(route.query);
    if (route.body != nullptr) {
      text += fmt::format("Body: {}\n\n", link_to(*route.body));
      collect(*route.body, known, schemas);
      if (!route.example.is_null()) text += "```json\n" + route.example.dump(2) + "\n```\n\n";
    }
    if (route.answer != nullptr) {
      text += fmt::format("Answer: {}, {}\n\n", route.status, link_to(*route.answer));
      collect(*route.answer, known, schemas);
    }
  }
  text += "# Objects\n\n";
  for (const Schema* schema : schemas) {
    text += fmt::format("## {}\n\n", schema->name);
    if (*schema->description != '\0') text += fmt::format("{}\n\n", schema->description);
    text += table_of(schema->fields);
  }
  text.pop_back();
  return text;
}

}  // namespace stargate::server
