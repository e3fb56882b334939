#include "sim/field.h"

#include <charconv>
#include <chrono>
#include <limits>

namespace stargate::sim {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Exactly `digits` digits.
std::optional<int> fixed_digits(std::string_view text, std::size_t digits) {
  if (text.size() != digits) return std::nullopt;
  int value = 0;
  for (char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "SS" or "SS.ffffff" in microseconds, below a minute.
std::optional<std::int64_t> seconds_of_minute(std::string_view text) {
  if (text.size() < 2 || (text.size() > 2 && text[2] != '.')) return std::nullopt;
  const auto value = parse_millionths(text);
  return value && *value < 60 * kMicrosPerSecond ? value : std::nullopt;
}

}  // namespace

std::int64_t parse_integer(const LineReader& lines, Field field, const char* expected,
                           std::int64_t least, std::int64_t greatest) {
  std::int64_t value = 0;
  const char* end = field.text.data() + field.text.size();
  const auto result = std::from_chars(field.text.data(), end, value);
  if (result.ec != std::errc{} || result.ptr != end || value < least || value > greatest) {
    lines.fail(field, std::string(expected) + ", a whole number from " + std::to_string(least) +
                          " to " + std::to_string(greatest));
  }
  return value;
}

std::uint32_t parse_count(const LineReader& lines, Field field, const char* expected,
                          std::uint32_t greatest) {
  return static_cast<std::uint32_t>(parse_integer(lines, field, expected, 0, greatest));
}

std::optional<std::int64_t> parse_millionths(std::string_view text, int decimals_max) {
  constexpr std::int64_t kWholeMax = std::numeric_limits<std::int64_t>::max() / kMicrosPerSecond;
  std::int64_t whole = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    whole = whole * 10 + (text[i] - '0');
    if (whole >= kWholeMax) return std::nullopt;
  }
  if (i == 0) return std::nullopt;
  std::int64_t value = whole * kMicrosPerSecond;
  if (i == text.size()) return value;
  if (text[i] != '.' || i + 1 == text.size()) return std::nullopt;
  std::int64_t unit = kMicrosPerSecond;
  for (++i; i < text.size(); ++i) {
    if (!is_digit(text[i]) || decimals_max-- == 0) return std::nullopt;
    unit /= 10;
    value += unit * (text[i] - '0');
  }
  return value;
}

Duration parse_seconds(const LineReader& lines, Field field, const char* expected) {
  const auto value = parse_millionths(field.text);
  if (!value || *value > kLongest.us) {
    lines.fail(field, std::string(expected) + ", seconds from 0 to " +
                          std::to_string(kLongest.us / kMicrosPerSecond) +
                          " with at most six decimals");
  }
  return {*value};
}

Instant parse_instant(const LineReader& lines, Field field, const char* expected) {
  if (const auto value = parse_millionths(field.text); value && *value <= kLatest.us) {
    return {*value};
  }
  if (field.text.ends_with('Z')) {
    if (const auto civil = parse_civil_time(field.text.substr(0, field.text.size() - 1), 'T')) {
      return Instant{civil->us_of_day} + days(civil->day);
    }
  }
  lines.fail(field, std::string(expected) + ", seconds from 0 to " +
                        std::to_string(kLatest.us / kMicrosPerSecond) +
                        " with at most six decimals or YYYY-MM-DDTHH:MM:SSZ");
}

std::optional<CivilTime> parse_civil_time(std::string_view text, char between) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[10] != between ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto year = fixed_digits(text.substr(0, 4), 4);
  const auto month = fixed_digits(text.substr(5, 2), 2);
  const auto day = fixed_digits(text.substr(8, 2), 2);
  const auto hour = fixed_digits(text.substr(11, 2), 2);
  const auto minute = fixed_digits(text.substr(14, 2), 2);
  const auto second = seconds_of_minute(text.substr(17));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (*year < 1970 || *hour > 23 || *minute > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  CivilTime civil;
  civil.day = std::chrono::sys_days{date}.time_since_epoch().count();
  civil.us_of_day = (hours(*hour) + minutes(*minute)).us + *second;
  return civil;
}

std::optional<Duration> parse_clock_length(std::string_view text) {
  std::int64_t day_count = 0;
  std::int64_t hour_count = 0;
  bool with_hours = false;
  const auto read_number = [](std::string_view digits) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    if (digits.empty() || digits.size() > 7) return std::nullopt;
    for (char c : digits) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto value = read_number(text.substr(0, dash));
    if (!value) return std::nullopt;
    day_count = *value;
    with_hours = true;
    text.remove_prefix(dash + 1);
  }
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  if (const std::size_t second = text.find(':', first + 1); second != std::string_view::npos) {
    const auto value = read_number(text.substr(0, first));
    if (!value) return std::nullopt;
    hour_count = *value;
    text.remove_prefix(first + 1);
  } else if (with_hours) {
    return std::nullopt;
  }
  const std::size_t colon = text.find(':');
  const auto minute_count = read_number(text.substr(0, colon));
  const auto rest = seconds_of_minute(text.substr(colon + 1));
  if (!minute_count || !rest) return std::nullopt;
  return days(day_count) + hours(hour_count) + minutes(*minute_count) + Duration{*rest};
}

bool is_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - start;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  std::size_t count = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    count += digits();
  }
  if (count == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::optional<std::uint64_t> parse_plain_number(std::string_view text) {
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return value;
}

}  // namespace stargate::sim
