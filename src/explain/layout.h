#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

// Text that fits a terminal of 80 columns. A character of UTF-8 is taken to be a column wide.

namespace stargate::explain {

inline constexpr std::size_t kColumns = 80;

/// "in_cure" as "in cure".
std::string spaced(std::string_view name);

/// Lines no wider than `width`, cut at spaces, else after hyphens, else anywhere. REQUIRES: width > 0.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Appends the text in lines; the first begins with `first`, the others with `others`.
void put_text(std::string_view text, std::string_view first, std::string_view others,
              std::string& out);

using TableRow = std::vector<std::string>;

/// Appends rows in columns as wide as their widest cell, at most as `widest` says; the last column has
/// what is left. What is wider goes on in the next line. REQUIRES: all rows have one cell more than
/// `widest`.
void put_table(std::span<const TableRow> rows, std::span<const std::size_t> widest,
               std::string& out);

}  // namespace stargate::explain
