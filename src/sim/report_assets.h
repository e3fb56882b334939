#pragma once

#include <string_view>

namespace stargate::sim {

// The files that the report's page is made of, built into the program.

std::string_view report_template();  ///< report.html, with {{name}} where something goes in
std::string_view report_style();
std::string_view report_script();
std::string_view report_page_script();  ///< for the scripts of all pages, before them
std::string_view world_report_template();
std::string_view world_report_script();
std::string_view uplot_style();
std::string_view uplot_script();

}  // namespace stargate::sim
