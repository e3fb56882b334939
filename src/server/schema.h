#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "server/json_view.h"
#include "server/problem.h"

// What requests and answers look like: one table says what is accepted, what is refused and how, and
// what the OpenAPI document tells of it.

namespace stargate::server {

enum class FieldType : std::uint8_t {
  kText,
  kInteger,
  kBoolean,
  kDuration,  ///< "90 seconds", "2 hours": text (world/quantity.h)
  kInstant,   ///< "2025-01-21", "2025-01-21T18:00:00Z"
  kTextList,
  kTextMap,
  kObject,      ///< `schema` says of what
  kObjectList,  ///< the same
  kAny,         ///< any JSON
};

struct Schema;

/// A member of an object. Only what its type needs is set.
struct Field {
  const char* name = "";
  FieldType type = FieldType::kText;
  const char* description = "";
  bool is_required = false;
  bool may_be_null = false;
  std::int64_t least = 0;  ///< of an integer; of text, its least length
  std::int64_t most = 0;  ///< of an integer; of text and lists, the greatest length; 0: of its type
  std::vector<const char*> words = {};  ///< the only ones allowed; empty: any
  const Schema* schema = nullptr;
};

struct Schema {
  const char* name = "";
  const char* description = "";
  std::vector<Field> fields;
};

/// Whether members that the schema does not name are faults.
enum class Unknown : std::uint8_t { kRefused, kAllowed };

/// {"MEMBER": [...]}, each as `of` says, which outlives it.
Schema list_schema(const char* name, const char* member, const Schema& of);

/// What is wrong with an object: unknown members, missing ones, values that do not fit. The first twenty
/// are told.
std::vector<Fault> faults_of(const Schema& schema, const JsonView& value,
                             Unknown unknown = Unknown::kRefused);

/// The object in the body, until the next call on this thread; nullopt where anything is wrong with it,
/// which read_body() would tell, or where it is very long.
std::optional<JsonView> read_faultless(const Schema& schema, const std::string& body);

/// The object in the body. Throws Problem: 400 (no JSON, with line and column), 422.
nlohmann::json read_body(const Schema& schema, const std::string& body);

/// JSON Schema of it; others are referred to as "#/components/schemas/NAME". `is_closed`: members that
/// are not named are refused.
nlohmann::ordered_json json_schema_of(const Schema& schema, bool is_closed);

}  // namespace stargate::server
