#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stargate::explain {

/// "in_cure" as "in cure".
std::string spaced(std::string_view name);

using TableRow = std::vector<std::string>;

/// Appends rows of kColumns in columns as wide as their widest cell, at most as `widest` says; the last
/// column has what is left. What is wider goes on in the next line. REQUIRES: all rows have one cell
/// more than `widest`.
void put_table(std::span<const TableRow> rows, std::span<const std::size_t> widest,
               std::string& out);

}  // namespace stargate::explain
