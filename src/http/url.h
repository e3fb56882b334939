#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stargate::http {

struct Target {
  std::string path;                                        ///< decoded; starts with '/'
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order; '+' is a space
};

/// What a request line asks for: "/path?query" or "http://host/path?query" (RFC 9112, 3.2). None where a
/// character or an escape is not allowed there, or where an escape stands for NUL.
std::optional<Target> parse_target(std::string_view text);

/// As a segment of a path or a value of a query: all but letters, digits and "-._~" is escaped.
std::string percent_encode(std::string_view text);
/// None where an escape is cut short or no hexadecimal number, or stands for NUL. '+' stays.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace stargate::http
