#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "explain/explain.h"

// Values that the JSON of several answers has.

namespace stargate::explain {

/// null where it is empty.
nlohmann::ordered_json text_or_null(const std::string& text);
/// null where it is kNever.
nlohmann::ordered_json date_or_null(Instant at);
/// [{"id": ..., "statement": ...}, ...]
nlohmann::ordered_json json_of(const std::vector<AssumptionText>& assumptions);
/// Indented by two, with a line end; what is no UTF-8 is replaced.
std::string dumped(const nlohmann::ordered_json& json);

}  // namespace stargate::explain
