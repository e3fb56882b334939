#include "explain/paragraph.h"

#include <algorithm>

#include <fmt/format.h>

namespace stargate::explain {
namespace {

/// The bytes of the first `width` characters.
std::size_t bytes_of(std::string_view text, std::size_t width) {
  std::size_t i = 0;
  for (std::size_t seen = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && seen++ == width) break;
  }
  return i;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (width_of(text) > width) {
    const std::size_t limit = bytes_of(text, width);
    std::size_t cut = text.rfind(' ', limit);
    std::size_t skip = 1;
    if (cut == std::string_view::npos || cut == 0) {
      const std::size_t hyphen = text.rfind('-', limit - 1);
      cut = hyphen == std::string_view::npos || hyphen == 0 ? limit : hyphen + 1;
      skip = 0;
    }
    lines.emplace_back(text.substr(0, cut));
    text.remove_prefix(cut + skip);
  }
  lines.emplace_back(text);
  return lines;
}

void put(std::string_view text, std::string_view first, std::string_view others, std::string& out) {
  std::string_view indent = first;
  for (const std::string& line : wrap(text, kColumns - std::max(first.size(), others.size()))) {
    out += fmt::format("{}{}\n", indent, line);
    indent = others;
  }
}

void put_assumptions(const std::vector<AssumptionText>& assumptions, std::string& out) {
  if (!assumptions.empty()) out += "\nAssumptions\n";
  for (const AssumptionText& assumption : assumptions) {
    put(assumption.id + ": " + assumption.statement, "  ", "    ", out);
  }
}

std::string amount_text(const CapacityAmount& amount) {
  if (amount.unit == CapacityUnit::kGpus) return fmt::format("{} GPUs", amount.value);
  constexpr std::int64_t kMega = 1'000'000;
  const bool is_large = amount.value >= 100 * kMega;
  std::string number =
      fmt::format("{}.{:0{}}", amount.value / (is_large ? 1'000 * kMega : kMega),
                  amount.value % (is_large ? 1'000 * kMega : kMega), is_large ? 9 : 6);
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return fmt::format("{} {} {}", number, is_large ? "GW" : "MW", name_of(amount.unit));
}

std::string money_text(const Currency& currency, Int128 micros) {
  const Int128 cents = (micros + 5'000) / 10'000;
  const std::string units = std::to_string(static_cast<std::int64_t>(cents / 100));
  std::string grouped;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (i > 0 && (units.size() - i) % 3 == 0) grouped += ',';
    grouped += units[i];
  }
  return fmt::format("{} {}.{:02}", currency.text(), grouped, static_cast<int>(cents % 100));
}

std::string length_text(Duration length) {
  const bool is_short = length > Duration{} && length < days(1);
  const std::int64_t unit_us = is_short ? hours(1).us : days(1).us;
  const std::int64_t hundredths = length.us / (unit_us / 100);
  std::string text = fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + (is_short ? " hour" : " day") + (text == "1" ? "" : "s");
}

}  // namespace stargate::explain
