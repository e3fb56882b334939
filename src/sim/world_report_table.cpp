#include <algorithm>

#include <fmt/format.h>

#include "sim/report_text.h"
#include "sim/world_report.h"

namespace stargate::sim {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kIndent = 2;
constexpr std::size_t kLabel = 24;
constexpr std::size_t kColumn = 12;
/// Columns of kColumn with a space before each.
constexpr std::size_t kRunsAcross = (kWidth - kIndent - kLabel) / (kColumn + 1);

std::string cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 2) + "..";
}

/// A label that is longer than its column has a line of its own.
std::string row_text(const std::string& label, const std::vector<std::string>& values) {
  std::string line = std::string(kIndent, ' ');
  if (label.size() > kLabel) {
    line +=
        cut(label, kWidth - kIndent) + "\n" + std::string(kIndent, ' ') + std::string(kLabel, ' ');
  } else {
    line += fmt::format("{:<{}}", label, kLabel);
  }
  for (const std::string& value : values) {
    line += fmt::format(" {:>{}}", cut(value, kColumn), kColumn);
  }
  return line + "\n";
}

/// Words, broken between them so that no line is too wide.
std::string wrapped(const std::string& text) {
  std::string lines;
  std::string line = std::string(kIndent, ' ');
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.size() > 2 * kIndent && line.size() + 1 + word.size() > kWidth) {
      lines += line + "\n";
      line = std::string(2 * kIndent, ' ') + word;
    } else {
      line += (line.size() == kIndent ? "" : " ") + word;
    }
  }
  return lines + line + "\n";
}

}  // namespace

std::string world_report_table(const WorldReport& report) {
  const WorldResult& first = report.runs.front();
  std::string text = "\n" + wrapped(fmt::format("{}, {} to {}", first.world, date_text(first.begin),
                                                date_text(first.end)));
  const std::vector<WorldRow> rows = world_rows(report);
  for (std::size_t begin = 0; begin < report.runs.size(); begin += kRunsAcross) {
    const std::size_t end = std::min(begin + kRunsAcross, report.runs.size());
    const auto part = [&](const std::vector<std::string>& values) {
      return std::vector<std::string>(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                      values.begin() + static_cast<std::ptrdiff_t>(end));
    };
    std::vector<std::string> names;
    for (const WorldResult& run : report.runs) names.push_back(run.name);
    text += "\n" + row_text("", part(names));
    text += row_text(std::string(kLabel, '-'),
                     std::vector<std::string>(end - begin, std::string(kColumn, '-')));
    for (const WorldRow& row : rows) {
      if (row.values.empty()) {
        text += "\n" + std::string(kIndent, ' ') + row.label + "\n";
      } else {
        text += row_text(row.label, part(row.values));
      }
    }
  }
  text += "\n";
  for (const std::string& note : world_notes(report)) text += wrapped(note);
  std::uint64_t events = 0;
  double wall_s = 0;
  for (const WorldResult& run : report.runs) {
    events += run.events;
    wall_s += run.wall_s;
  }
  text +=
      wrapped(fmt::format("played in {}: {} events", duration_text(wall_s), count_text(events)));
  return text;
}

}  // namespace stargate::sim
