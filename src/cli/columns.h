#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

// Text for terminals, from the answers of a control plane.

namespace stargate::cli {

/// How wide lines may be: COLUMNS, else the terminal's width; 0: standard output is no terminal, and
/// they may be as wide as they are.
std::size_t columns_of_output();
bool output_is_terminal();

/// Without control characters, which could change what a terminal shows.
std::string printable(std::string_view text);

/// Printable, in quotes where a shell would read it otherwise without: 'a b'.
std::string shell_word(std::string_view word);

struct Column {
  std::string title;
  int rank =
      0;  ///< where there is no room, those of the highest rank are left out first; 0: none is
  bool is_right = false;
};

/// A table with a line of titles and a line for each row; `width` 0: as wide as it is. Cells of the last
/// column are cut where they do not fit, then the widest ones.
class Columns {
 public:
  explicit Columns(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// REQUIRES: a cell for each column.
  void add(std::vector<std::string> cells);
  std::string text(std::size_t width) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// The member as text: numbers and words as they are, texts of a list behind each other; "-" for what is
/// null or not there. Printable.
std::string text_at(const nlohmann::ordered_json& object, const char* member);
/// A member that is an instant: "2026-03-02 14:05Z".
std::string instant_at(const nlohmann::ordered_json& object, const char* member);
/// The list that a member is; an empty one where it is none.
const nlohmann::ordered_json& list_at(const nlohmann::ordered_json& object, const char* member);

/// Lines of "name  value", the values under each other, wrapped to the width.
std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields,
                        std::size_t width);

}  // namespace stargate::cli
