#include "sim/json_lines.h"

#include <nlohmann/json.hpp>

#include "base/check.h"

namespace stargate::sim {
namespace {

using Json = nlohmann::ordered_json;

std::string object_text(const Json& object, const std::string& indent, JsonRows rows) {
  const auto compact = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string text = indent + "{";
  const char* separator = "\n";
  for (const auto& [key, value] : object.items()) {
    text += separator + indent + "  " + compact(key) + ": ";
    separator = ",\n";
    const bool has_rows = value.is_array() && !value.empty() &&
                          (rows == JsonRows::kOfAllArrays || value.front().is_object());
    if (!has_rows) {
      text += compact(value);
      continue;
    }
    text += "[";
    const char* row_separator = "\n";
    for (const Json& row : value) {
      text += row_separator + indent + "    " + compact(row);
      row_separator = ",\n";
    }
    text += "\n" + indent + "  ]";
  }
  return text + "\n" + indent + "}";
}

}  // namespace

std::string json_lines(const std::vector<Json>& objects, bool as_array, JsonRows rows) {
  if (!as_array) {
    STARGATE_CHECK(objects.size() == 1, "what is no array is one object");
    return object_text(objects.front(), "", rows) + "\n";
  }
  std::string text = "[";
  const char* separator = "\n";
  for (const Json& object : objects) {
    text += separator + object_text(object, "  ", rows);
    separator = ",\n";
  }
  return text + "\n]\n";
}

}  // namespace stargate::sim
