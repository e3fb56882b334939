#pragma once

#include <string>

#include "sim/report.h"

namespace stargate::sim {

/// The runs as text for a terminal: a name and a value a line for one run, a row a run for several,
/// and below what was skipped and how fast it went. No line is wider than `width`: of the columns
/// that do not fit, those that matter least are left out.
std::string report_table(const Report& report, std::size_t width);

}  // namespace stargate::sim
