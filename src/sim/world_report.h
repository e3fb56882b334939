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

/// For a terminal: a figure a row, a run a column, at most 80 columns wide. Where there are more runs
/// than fit, one block below the other.
std::string world_report_table(const WorldReport& report);

/// An object a run; an array of them where `as_array`. Keys end with their unit.
std::string world_report_json(const WorldReport& report, bool as_array);

/// A page for a browser, with all that it needs in itself. REQUIRES: at least one run.
std::string world_report_html(const WorldReport& report);

// Shared by the table and the page.

/// "12.3 M" of GPU-hours: three or four digits and a unit.
std::string gpu_hours_text(GpuTime time);
/// "USD 12.3B".
std::string amount_text(const Amount& amount);
/// Names of all suppliers of any run, those that were used most first.
std::vector<std::string> supplier_names(const WorldReport& report);
/// nullptr: the run has no such supplier.
const SupplierResult* find_supplier(const WorldResult& run, const std::string& name);
/// "2026-10-09".
std::string date_text(Instant at);

/// A figure of every run, as words; rows with an empty `values` are headings.
struct WorldRow {
  std::string label;
  std::vector<std::string> values;
};
std::vector<WorldRow> world_rows(const WorldReport& report);
/// What does not fit a column: lists of clauses and orders, and the names of the runs that they are of.
std::vector<std::string> world_notes(const WorldReport& report);

}  // namespace stargate::sim
