#pragma once

#include <string>

#include "sim/report.h"

namespace stargate::sim {

/// The runs as JSON, with a line end behind: one object for one run, an array of objects in the
/// order of the runs for several (`as_array` even where only one of them came to be). Every field of
/// RunResult has its own name, also in runs that were not begun, which come last; numbers read back exactly as they were; text that is not UTF-8 is
/// written with replacement characters.
std::string report_json(const Report& report, bool as_array);

}  // namespace stargate::sim
