#include "scenario/line.h"

#include <algorithm>

#include <fmt/format.h>

#include "world/quantity.h"

namespace stargate::scenario {

std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t begin = line.find_first_not_of(" \t\r", i);
    if (begin == std::string_view::npos) break;
    std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
    // The colon that ends a question is a word of its own.
    const std::size_t colon = line.find(':', begin);
    const bool ends_question =
        colon + 1 == end || (colon < end && colon + 1 < line.size() && line[colon + 1] == ' ');
    if (ends_question && colon > begin) end = colon;
    words.push_back(
        {std::string(line.substr(begin, end - begin)), static_cast<std::uint32_t>(begin + 1)});
    i = end;
  }
  return words;
}

void LineReader::expected(const std::string& what) {
  report(at_end() ? Word{"the end of the line", end_column_} : words_[next_], what);
}

void LineReader::report(const Word& found, const std::string& what) {
  if (failed_) return;
  failed_ = true;
  problems_.add({at_.file, at_.line, found.column},
                fmt::format("found {}, expected {}", found.text, what));
}

Instant read_date(LineReader& line) {
  const Word word = line.take();
  // An instant in a zone is two words: 2025-01-21T18:00 America/New_York.
  const bool in_zone = word.text.find('T') != std::string::npos && !word.text.ends_with('Z');
  const std::string text = in_zone ? word.text + " " + line.take().text : word.text;
  try {
    return world::parse_instant(text);
  } catch (const world::QuantityError&) {
    line.report({text.empty() ? "the end of the line" : text, word.column},
                "a date such as 2025-03-05 or 2025-03-05T10:00:00Z");
    return {};
  }
}

}  // namespace stargate::scenario
