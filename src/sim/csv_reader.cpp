#include "sim/csv_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <simdjson.h>

namespace stargate::sim {
namespace {

constexpr std::size_t kColumnsMax = 4096;

bool is_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  std::size_t i = 0;
  std::uint64_t seen = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    seen |= word;
  }
  for (; i < text.size(); ++i) seen |= static_cast<unsigned char>(text[i]);
  return (seen & kHighBits) == 0;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

CsvReader::CsvReader(LineReader lines, Style style) : lines_(std::move(lines)), style_(style) {
  bool found = lines_.number() != 0 && !is_blank(lines_.line());
  while (!found && lines_.next()) found = !is_blank(lines_.line());
  if (!found) lines_.fail(0, "found an empty file, expected a header line");
  header_line_ = lines_.number();
  style_.trailing_separator =
      style_.trailing_separator && lines_.line().ends_with(style_.separator);
  split();
  for (std::size_t i = 0; i < count_; ++i) {
    const std::string name(fields_[i].text);
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      lines_.fail(fields_[i], "each column once");
    }
    names_.push_back(name);
    name_columns_.push_back(fields_[i].column);
  }
}

CsvReader::CsvReader(LineReader lines) : CsvReader(std::move(lines), Style{}) {}

std::optional<std::size_t> CsvReader::column(std::string_view name) const {
  const auto place = std::find(names_.begin(), names_.end(), name);
  if (place == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(place - names_.begin());
}

std::size_t CsvReader::required_column(std::string_view name) const {
  const auto found = column(name);
  if (!found) {
    lines_.fail(1, "found no column " + quoted(name) + ", expected one in the header");
  }
  return *found;
}

void CsvReader::refuse_columns_except(std::span<const std::string_view> known) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (std::find(known.begin(), known.end(), names_[i]) != known.end()) continue;
    std::string expected;
    for (std::string_view name : known) {
      expected += (expected.empty() ? "one of the columns " : ", ") + std::string(name);
    }
    lines_.fail(Field{names_[i], name_columns_[i]}, expected);
  }
}

bool CsvReader::next() {
  do {
    if (!lines_.next()) return false;
  } while (is_blank(lines_.line()));
  split();
  if (count_ != names_.size()) {
    const std::size_t column =
        count_ < names_.size() ? lines_.line().size() + 1 : fields_[names_.size()].column;
    lines_.fail(column, "found " + std::to_string(count_) + " fields, expected " +
                            std::to_string(names_.size()) + " as in the header");
  }
  return true;
}

void CsvReader::rewind() {
  lines_.rewind();
  while (lines_.number() < header_line_ && lines_.next()) {
  }
}

void CsvReader::split() {
  const std::string_view line = lines_.line();
  check_text();
  if (style_.trailing_separator && !line.ends_with(style_.separator)) {
    lines_.fail(line.size() + 1, std::string("found the end of the line, expected ") +
                                     style_.separator + " before it as in the header");
  }
  count_ = 0;
  std::size_t begin = 0;
  const bool has_quotes = style_.quotes && line.find('"') != std::string_view::npos;
  for (;;) {
    std::size_t end = begin;
    if (has_quotes && begin < line.size() && line[begin] == '"') {
      end = split_quoted(line, begin, count_++);
    } else {
      while (end < line.size() && line[end] != style_.separator) ++end;
      const std::string_view text = line.substr(begin, end - begin);
      if (has_quotes && text.find('"') != std::string_view::npos) {
        lines_.fail(Field{text, begin + 1}, "a field with quotes to be quoted as a whole");
      }
      put(count_++, text, begin);
    }
    if (end == line.size()) break;
    begin = end + 1;
    if (begin == line.size() && style_.trailing_separator) break;
    if (count_ > kColumnsMax) {
      lines_.fail(begin + 1, "found more than 4096 fields, expected fewer");
    }
  }
}

std::size_t CsvReader::split_quoted(std::string_view line, std::size_t begin, std::size_t index) {
  std::string text;
  std::size_t i = begin + 1;
  for (;; ++i) {
    if (i == line.size()) {
      lines_.fail(begin + 1, "found no end of the quoted field, expected it on the same line");
    }
    if (line[i] != '"') {
      text += line[i];
    } else if (i + 1 < line.size() && line[i + 1] == '"') {
      text += '"';
      ++i;
    } else {
      break;
    }
  }
  ++i;
  if (i < line.size() && line[i] != style_.separator) {
    lines_.fail(Field{line.substr(i, 1), i + 1}, "the end of the field after the closing quote");
  }
  while (unquoted_.size() <= index) unquoted_.emplace_back();
  unquoted_[index] = std::move(text);
  put(index, unquoted_[index], begin);
  return i;
}

void CsvReader::put(std::size_t index, std::string_view text, std::size_t begin) {
  if (index == fields_.size()) fields_.emplace_back();
  fields_[index] = {text, begin + 1};
}

void CsvReader::check_text() const {
  const std::string_view line = lines_.line();
  if (is_ascii(line) || simdjson::validate_utf8(line.data(), line.size())) return;
  std::size_t good = 0;
  while (good < line.size()) {
    const auto lead = static_cast<unsigned char>(line[good]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (good + length > line.size() || !simdjson::validate_utf8(line.data() + good, length)) break;
    good += length;
  }
  lines_.fail(good + 1, "found bytes that are no UTF-8, expected UTF-8 text");
}

}  // namespace stargate::sim
