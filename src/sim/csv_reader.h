#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/line_reader.h"

namespace stargate::sim {

/// Records of separated values under a header line. Blank lines are passed over; any other line must
/// have as many fields as the header, and be UTF-8. With `quotes` (RFC 4180, but a record is one
/// line): a field that begins with a double quote ends with one, and holds two for one.
class CsvReader {
 public:
  struct Style {
    char separator = ',';
    bool quotes = true;
    /// Where a separator ends the header, one ends every line.
    bool trailing_separator = false;
  };

  /// Reads the header: the current line of `lines` where one was read, else the first that is not
  /// blank. Throws InputError; a column that is named twice is an error.
  CsvReader(LineReader lines, Style style);
  explicit CsvReader(LineReader lines);

  /// The number of a column, if there is one of that name.
  std::optional<std::size_t> column(std::string_view name) const;
  /// Throws InputError where there is none.
  std::size_t required_column(std::string_view name) const;
  /// Throws InputError at the first column that is none of `known`.
  void refuse_columns_except(std::span<const std::string_view> known) const;

  /// Goes to the next record; false at the end. Throws InputError.
  bool next();
  /// A field of the current record; an empty one for a column that there is not.
  const Field& operator[](std::size_t column) const { return fields_[column]; }
  const Field& operator[](std::optional<std::size_t> column) const {
    return column ? fields_[*column] : none_;
  }
  std::size_t column_count() const { return names_.size(); }

  const LineReader& lines() const { return lines_; }
  /// To the header again; the next record is the first. REQUIRES: LineReader::rewind()'s.
  void rewind();

 private:
  void split();
  std::size_t split_quoted(std::string_view line, std::size_t begin, std::size_t index);
  void put(std::size_t index, std::string_view text, std::size_t begin);
  void check_text() const;

  LineReader lines_;
  Style style_;
  std::vector<std::string> names_;
  std::vector<std::size_t> name_columns_;
  std::vector<Field> fields_;
  std::deque<std::string> unquoted_;  // a deque, so that views into short strings stay good
  std::size_t count_ = 0;
  std::uint64_t header_line_ = 0;
  Field none_;
};

}  // namespace stargate::sim
