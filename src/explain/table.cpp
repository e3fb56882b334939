#include "explain/table.h"

#include <algorithm>

#include "explain/paragraph.h"

namespace stargate::explain {
namespace {

constexpr std::size_t kGap = 2;

}  // namespace

std::string spaced(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
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
