#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace stargate::sim {

/// Which arrays of an object have a line for each row.
enum class JsonRows : std::uint8_t { kOfAllArrays, kOfArraysOfObjects };

/// Objects as text with one key a line, and one row a line of their arrays: short to page through, easy
/// to compare. `as_array`: as the members of an array; otherwise there must be one object.
std::string json_lines(const std::vector<nlohmann::ordered_json>& objects, bool as_array,
                       JsonRows rows);

}  // namespace stargate::sim
