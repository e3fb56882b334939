#include <algorithm>

#include <fmt/format.h>

#include "sim/report_text.h"
#include "sim/world_report.h"

namespace stargate::sim {
namespace {

constexpr std::size_t kWidthMin = 80;
constexpr std::size_t kIndent = 2;

/// Of a label and of a run, in characters; a space stands before each run.
struct Widths {
  std::size_t all = kWidthMin;
  std::size_t label = 30;
  std::size_t column = 11;

  std::size_t across() const { return (all - kIndent - label) / (column + 1); }
};

Widths widths_of(std::size_t width) {
  Widths widths;
  widths.all = std::max(width, kWidthMin);
  if (widths.all >= 100) widths.label = 38;
  if (widths.all >= 110) widths.column = 15;
  return widths;
}

std::string cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 2) + "..";
}

/// A label that is longer than its column has a line of its own.
std::string row_text(const std::string& label, const std::vector<std::string>& values,
                     const Widths& widths) {
  std::string line = std::string(kIndent, ' ');
  if (label.size() > widths.label) {
    line += cut(label, widths.all - kIndent) + "\n" + std::string(kIndent + widths.label, ' ');
  } else {
    line += fmt::format("{:<{}}", label, widths.label);
  }
  for (const std::string& value : values) {
    line += fmt::format(" {:>{}}", cut(value, widths.column), widths.column);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

/// A name in as many lines as it needs, broken after a blank or a dash where there is one.
std::vector<std::string> name_lines(std::string name, std::size_t width) {
  std::vector<std::string> lines;
  while (name.size() > width) {
    std::size_t end = name.find_last_of(" -", width - 1);
    end = end == std::string::npos ? width : end + 1;
    std::string line = name.substr(0, end);
    if (line.back() == ' ') line.pop_back();
    lines.push_back(line);
    name.erase(0, end);
  }
  lines.push_back(name);
  return lines;
}

/// The names of the columns, their last lines beside each other, and a rule below.
std::string header_text(const std::vector<std::string>& names, const Widths& widths) {
  std::vector<std::vector<std::string>> lines;
  std::size_t height = 0;
  for (const std::string& name : names) {
    lines.push_back(name_lines(name, widths.column));
    height = std::max(height, lines.back().size());
  }
  std::string text;
  for (std::size_t i = 0; i < height; ++i) {
    std::vector<std::string> values;
    for (const auto& of : lines) {
      const std::size_t skip = height - of.size();
      values.push_back(i < skip ? "" : of[i - skip]);
    }
    text += row_text("", values, widths);
  }
  return text + row_text(std::string(widths.label, '-'),
                         std::vector<std::string>(names.size(), std::string(widths.column, '-')),
                         widths);
}

/// Words, broken between them so that no line is too wide.
std::string wrapped(const std::string& text, std::size_t width) {
  std::string lines;
  std::string line = std::string(kIndent, ' ');
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.size() > 2 * kIndent && line.size() + 1 + word.size() > width) {
      lines += line + "\n";
      line = std::string(2 * kIndent, ' ') + word;
    } else {
      line += (line.size() == kIndent ? "" : " ") + word;
    }
  }
  return lines + line + "\n";
}

std::string section_text(const WorldSection& section, const Widths& widths) {
  std::string text;
  for (std::size_t begin = 0; begin < section.columns.size(); begin += widths.across()) {
    const std::size_t end = std::min(begin + widths.across(), section.columns.size());
    std::vector<std::string> names;
    for (std::size_t i = begin; i < end; ++i) names.push_back(section.columns[i].name);
    text += "\n" + header_text(names, widths);
    for (const WorldRow& row : section.rows) {
      if (row.values.empty()) {
        text += "\n" + std::string(kIndent, ' ') + row.label + "\n";
        continue;
      }
      text += row_text(row.label,
                       {row.values.begin() + static_cast<std::ptrdiff_t>(begin),
                        row.values.begin() + static_cast<std::ptrdiff_t>(end)},
                       widths);
    }
  }
  return text;
}

}  // namespace

std::string world_report_table(const WorldReport& report, std::size_t width) {
  const Widths widths = widths_of(width);
  const WorldResult& first = report.runs.front();
  std::string text = "\n" + wrapped(fmt::format("{}, {} to {}", first.world, date_text(first.begin),
                                                date_text(first.end)),
                                    widths.all);
  for (const WorldSection& section : world_sections(report)) {
    if (!section.lab.empty()) {
      text += "\n" + std::string(kIndent, ' ') + section.lab + "\n" + std::string(kIndent, ' ') +
              std::string(section.lab.size(), '=') + "\n";
    }
    text += section_text(section, widths);
  }
  text += "\n";
  for (const std::string& note : world_notes(report)) text += wrapped(note, widths.all);
  std::uint64_t events = 0;
  double wall_s = 0;
  for (const WorldResult& run : report.runs) {
    events += run.events;
    wall_s += run.wall_s;
  }
  text += wrapped(fmt::format("played in {}: {} events", duration_text(wall_s), count_text(events)),
                  widths.all);
  return text;
}

}  // namespace stargate::sim
