#include "explain/json_values.h"

#include <nlohmann/json.hpp>

namespace stargate::explain {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json date_or_null(Instant at) { return at == kNever ? Json() : Json(date_text(at)); }

Json json_of(const std::vector<AssumptionText>& assumptions) {
  Json array = Json::array();
  for (const AssumptionText& assumption : assumptions) {
    array.push_back({{"id", assumption.id}, {"statement", assumption.statement}});
  }
  return array;
}

std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace stargate::explain
