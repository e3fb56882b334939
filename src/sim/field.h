#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "sim/line_reader.h"

namespace stargate::sim {

// Numbers and times in the fields of a log. Each function throws InputError at the field, with what
// `expected` names, for what is no such value or lies outside its bounds.

/// A whole number within [least, greatest].
std::int64_t parse_integer(const LineReader& lines, Field field, const char* expected,
                           std::int64_t least, std::int64_t greatest);

/// The most GPUs, processors or nodes that a request may name.
inline constexpr std::uint32_t kMostUnits = 1U << 30;

/// A whole number within [0, greatest].
std::uint32_t parse_count(const LineReader& lines, Field field, const char* expected,
                          std::uint32_t greatest = kMostUnits);

/// Seconds, not negative, with at most six decimals: exact to the microsecond; at most kLongest.
Duration parse_seconds(const LineReader& lines, Field field, const char* expected);

/// Seconds since the epoch as parse_seconds has them, or "YYYY-MM-DDTHH:MM:SS[.ffffff]Z" in UTC.
Instant parse_instant(const LineReader& lines, Field field, const char* expected);

/// Days since the epoch and microseconds within the day.
struct CivilTime {
  std::int64_t day = 0;
  std::int64_t us_of_day = 0;
};

/// "YYYY-MM-DD" `between` "HH:MM:SS[.f{1,6}]", years 1970 to 9999; nullopt for anything else.
std::optional<CivilTime> parse_civil_time(std::string_view text, char between);

/// "[D-]HH:MM:SS[.f{1,6}]", "MM:SS[.f{1,6}]"; nullopt for anything else.
std::optional<Duration> parse_clock_length(std::string_view text);

/// Digits, at most `decimals_max` (up to 6) of them behind a point, in millionths; nullopt for
/// anything else, and for what lies outside 64 bits.
std::optional<std::int64_t> parse_millionths(std::string_view text, int decimals_max = 6);

/// Whether the text is a number as unused columns have it: sign, digits, decimals, exponent.
bool is_number(std::string_view text);

/// A whole number without sign and without leading zeros, within 64 bits.
std::optional<std::uint64_t> parse_plain_number(std::string_view text);

}  // namespace stargate::sim
