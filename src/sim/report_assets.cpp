#include "sim/report_assets.h"

// The assembler finds the files from the root of the repository: the build passes it on as an
// include directory of the assembler, and builds this file again when one of them changes.
#define STARGATE_ASSET(name, path)               \
  asm(".pushsection .rodata\n"                   \
      ".global stargate_asset_" #name            \
      "\n"                                       \
      ".hidden stargate_asset_" #name            \
      "\n"                                       \
      "stargate_asset_" #name                    \
      ":\n"                                      \
      ".incbin \"" path                          \
      "\"\n"                                     \
      ".global stargate_asset_" #name            \
      "_end\n"                                   \
      ".hidden stargate_asset_" #name            \
      "_end\n"                                   \
      "stargate_asset_" #name                    \
      "_end:\n"                                  \
      ".byte 0\n"                                \
      ".popsection\n");                          \
  extern "C" const char stargate_asset_##name[]; \
  extern "C" const char stargate_asset_##name##_end[]

STARGATE_ASSET(report_html, "src/sim/report.html");
STARGATE_ASSET(report_css, "src/sim/report.css");
STARGATE_ASSET(report_js, "src/sim/report.js");
STARGATE_ASSET(report_page_js, "src/sim/report_page.js");
STARGATE_ASSET(world_report_html, "src/sim/world_report.html");
STARGATE_ASSET(world_report_js, "src/sim/world_report.js");
STARGATE_ASSET(uplot_css, "third_party/uplot/uPlot.min.css");
STARGATE_ASSET(uplot_js, "third_party/uplot/uPlot.iife.min.js");

namespace stargate::sim {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view report_template() {
  return between(stargate_asset_report_html, stargate_asset_report_html_end);
}
std::string_view report_style() {
  return between(stargate_asset_report_css, stargate_asset_report_css_end);
}
std::string_view report_script() {
  return between(stargate_asset_report_js, stargate_asset_report_js_end);
}
std::string_view report_page_script() {
  return between(stargate_asset_report_page_js, stargate_asset_report_page_js_end);
}
std::string_view world_report_template() {
  return between(stargate_asset_world_report_html, stargate_asset_world_report_html_end);
}
std::string_view world_report_script() {
  return between(stargate_asset_world_report_js, stargate_asset_world_report_js_end);
}
std::string_view uplot_style() {
  return between(stargate_asset_uplot_css, stargate_asset_uplot_css_end);
}
std::string_view uplot_script() {
  return between(stargate_asset_uplot_js, stargate_asset_uplot_js_end);
}

}  // namespace stargate::sim
