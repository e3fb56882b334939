#include "explain/layout.h"

#include <algorithm>

#include <fmt/format.h>

namespace stargate::explain {
namespace {

constexpr std::size_t kGap = 2;

/// How many columns UTF-8 text takes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// The bytes of the first `width` characters.
std::size_t bytes_of(std::string_view text, std::size_t width) {
  std::size_t i = 0;
  for (std::size_t seen = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && seen++ == width) break;
  }
  return i;
}

}  // namespace

std::string spaced(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
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

void put_text(std::string_view text, std::string_view first, std::string_view others,
              std::string& out) {
  std::string_view indent = first;
  for (const std::string& line : wrap(text, kColumns - std::max(first.size(), others.size()))) {
    out += fmt::format("{}{}\n", indent, line);
    indent = others;
  }
}

void put_table(std::span<const TableRow> rows, std::span<const std::size_t> widest,
               std::string& out) {
  std::vector<std::size_t> widths;
  std::size_t rest = kColumns;
  for (std::size_t i = 0; i < widest.size(); ++i) {
    std::size_t width = 0;
    for (const TableRow& row : rows) width = std::max(width, width_of(row[i]));
    widths.push_back(std::min(width, widest[i]));
    rest -= widths.back() + kGap;
  }
  widths.push_back(rest);
  for (const TableRow& row : rows) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      cells.push_back(wrap(row[i], widths[i]));
      height = std::max(height, cells.back().size());
    }
    for (std::size_t y = 0; y < height; ++y) {
      std::string line;
      for (std::size_t i = 0; i < widths.size(); ++i) {
        const std::string cell = y < cells[i].size() ? cells[i][y] : "";
        line += cell + std::string(widths[i] - width_of(cell) + kGap, ' ');
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
  }
}

}  // namespace stargate::explain
