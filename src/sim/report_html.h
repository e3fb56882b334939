#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sim/report.h"

namespace stargate::sim {

/// The runs as one page for a browser: in words, in tables and in plots, with all that it needs in
/// itself. REQUIRES: at least one run.
std::string report_html(const Report& report);

/// Text for between tags and for attributes in double quotes.
std::string html_escaped(std::string_view text);

/// JSON that may stand within a script element: nothing in it ends the element or begins a comment.
std::string script_safe(std::string_view json);

/// The template with each {{name}} replaced; what goes in is not looked into again.
std::string filled_page(std::string_view page, const std::map<std::string, std::string>& parts);

}  // namespace stargate::sim
