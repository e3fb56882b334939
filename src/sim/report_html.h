#pragma once

#include <string>
#include <string_view>

#include "sim/report.h"

namespace stargate::sim {

/// The runs as one page for a browser: in words, in tables and in plots, with all that it needs in
/// itself. REQUIRES: at least one run.
std::string report_html(const Report& report);

/// Text for between tags and for attributes in double quotes.
std::string html_escaped(std::string_view text);

}  // namespace stargate::sim
