#pragma once

#include <string>
#include <vector>

#include "sim/world_result.h"

namespace stargate::sim {

/// The runs of a world, side by side.
struct WorldReport {
  std::string version;
  std::vector<WorldResult> runs;
};

/// For a terminal of so many columns (at least 80): a section a lab, a figure a row, a run a column.
/// Where there are more runs than fit, one block below the other.
std::string world_report_table(const WorldReport& report, std::size_t width);

/// An object a run; an array of them where `as_array`. Keys end with their unit.
std::string world_report_json(const WorldReport& report, bool as_array);

/// A page for a browser, with all that it needs in itself. REQUIRES: at least one run.
std::string world_report_html(const WorldReport& report);

// Shared by the table and the page.

/// "12.3 M" of GPU-hours: three or four digits and a unit.
std::string gpu_hours_text(GpuTime time);
/// "USD 12.3B".
std::string amount_text(const Amount& amount);
/// "2026-10-09".
std::string date_text(Instant at);

/// A figure of every column, as words; rows with an empty `values` are headings.
struct WorldRow {
  std::string label;
  std::vector<std::string> values;
};
/// What the runs came to for one lab, or for all where the world has no two. Runs that do not differ
/// in any figure are one column.
struct WorldSection {
  std::string lab;  ///< empty: all
  struct Column {
    std::string name;               ///< the runs': "open", "open, as signed", "every run"
    std::vector<std::size_t> runs;  ///< places in the report
  };
  std::vector<Column> columns;
  std::vector<WorldRow> rows;
};
std::vector<WorldSection> world_sections(const WorldReport& report);
/// Of a run, what a section of that lab is about.
const WorldFigures& figures_of(const WorldResult& run, const std::string& lab);
/// Names of all suppliers of any run, those that were used most first.
std::vector<std::string> supplier_names(const std::vector<const WorldFigures*>& runs);
/// nullptr: the run has no such supplier.
const SupplierResult* find_supplier(const WorldFigures& run, const std::string& name);
/// What does not fit a column: lists of clauses and orders, and the names of the runs that they are of.
std::vector<std::string> world_notes(const WorldReport& report);

}  // namespace stargate::sim
