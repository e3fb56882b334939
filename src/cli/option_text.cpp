#include "cli/option_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

constexpr std::int64_t kDurationDaysMax = 100'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Microseconds in one of the unit, 0 for what is no unit.
std::int64_t unit_us(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, Duration>, 7> kUnits{{
      {"", seconds(1)},
      {"s", seconds(1)},
      {"m", minutes(1)},
      {"min", minutes(1)},
      {"h", hours(1)},
      {"d", days(1)},
      {"w", days(7)},
  }};
  const auto* found =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& u) { return u.first == unit; });
  return found == kUnits.end() ? 0 : found->second.us;
}

}  // namespace

std::string one_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return "expected one of " + text;
}

void check_word(const std::string& option, const std::string& text,
                const std::vector<std::string>& known) {
  if (std::ranges::find(known, text) != known.end()) return;
  throw UsageError(fmt::format("{}: found '{}', {}", option, text, one_of(known)));
}

std::vector<std::string> parse_names(const std::string& option, const std::string& noun,
                                     const std::string& text,
                                     const std::vector<std::string>& known) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    begin = end + 1;
    if (item.empty()) {
      throw UsageError(text.empty() ? fmt::format("{}: empty: {}", option, one_of(known))
                                    : fmt::format("{}: empty item in '{}'", option, text));
    }
    if (std::find(known.begin(), known.end(), item) == known.end()) {
      throw UsageError(fmt::format("{}: unknown {} '{}': {}", option, noun, item, one_of(known)));
    }
    if (std::find(items.begin(), items.end(), item) != items.end()) {
      throw UsageError(fmt::format("{}: '{}' is given twice", option, item));
    }
    items.push_back(item);
  }
  return items;
}

Duration parse_duration(const std::string& option, std::string_view text) {
  const auto bad = [&] {
    return UsageError(fmt::format(
        "{}: bad duration '{}': expected seconds, or a number with a unit as in 90s, 5m, 1.5h, 7d",
        option, text));
  };
  std::size_t at = 0;
  std::int64_t whole = 0;
  while (at < text.size() && is_digit(text[at])) {
    if (whole > 1'000'000'000'000) throw bad();
    whole = whole * 10 + (text[at++] - '0');
  }
  if (at == 0) throw bad();
  std::int64_t millionths = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    const std::size_t first = at;
    for (std::int64_t place = 100'000; at < text.size() && is_digit(text[at]); ++at, place /= 10) {
      millionths += place * (text[at] - '0');
    }
    if (at == first || at - first > 6) throw bad();
  }
  const std::int64_t unit = unit_us(text.substr(at));
  if (unit == 0) throw bad();
  // Units are whole seconds, so that the fraction comes out whole too.
  const std::int64_t unit_s = unit / kMicrosPerSecond;
  if (whole > days(kDurationDaysMax).us / unit) {
    throw UsageError(
        fmt::format("{}: '{}' is too long: at most {} days", option, text, kDurationDaysMax));
  }
  return {whole * unit + millionths * unit_s};
}

std::uint64_t parse_count(const std::string& option, std::string_view text, std::uint64_t least,
                          std::uint64_t greatest) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least ||
      value > greatest) {
    throw UsageError(fmt::format("{}: bad number '{}': expected a whole number from {} to {}",
                                 option, text, least, greatest));
  }
  return value;
}

FormatAndFile parse_trace(const std::string& option, const std::string& text,
                          const std::vector<std::string>& known) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    throw UsageError(fmt::format("{}: '{}' names no format: expected FORMAT:FILE, as in {}:{}",
                                 option, text, known.front(), text.empty() ? "FILE" : text));
  }
  FormatAndFile trace{text.substr(0, colon), text.substr(colon + 1)};
  if (std::find(known.begin(), known.end(), trace.format) == known.end()) {
    throw UsageError(
        fmt::format("{}: unknown format '{}': {}", option, trace.format, one_of(known)));
  }
  if (trace.file.empty()) {
    throw UsageError(fmt::format("{}: '{}' names no file: expected FORMAT:FILE", option, text));
  }
  return trace;
}

}  // namespace stargate::cli
