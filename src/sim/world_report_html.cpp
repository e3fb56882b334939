#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/report_assets.h"
#include "sim/report_html.h"
#include "sim/report_text.h"
#include "sim/world_report.h"

namespace stargate::sim {
namespace {

using Json = nlohmann::ordered_json;

Json column_data(const std::string& name, const WorldFigures& run,
                 const std::vector<std::string>& suppliers) {
  Json json{{"name", name}};
  Json at = Json::array();
  Json unmet = Json::array();
  Json queued = Json::array();
  for (const WorldSample& sample : run.samples) {
    at.push_back(static_cast<std::int64_t>(sample.until.us / kMicrosPerSecond));
    unmet.push_back(std::round(sample.unmet_gpus));
    queued.push_back(std::round(sample.queued_gpus));
  }
  json["at"] = std::move(at);
  json["unmet"] = std::move(unmet);
  json["queued"] = std::move(queued);
  Json accepted = Json::array();
  Json used = Json::array();
  for (const std::string& of : suppliers) {
    std::size_t place = 0;
    while (place < run.suppliers.size() && run.suppliers[place].name != of) ++place;
    Json accepted_of = Json::array();
    Json used_of = Json::array();
    for (const WorldSample& sample : run.samples) {
      const bool is_there = place < run.suppliers.size();
      accepted_of.push_back(is_there ? std::round(sample.accepted_gpus[place]) : 0.0);
      used_of.push_back(is_there ? std::round(sample.used_gpus[place]) : 0.0);
    }
    accepted.push_back(std::move(accepted_of));
    used.push_back(std::move(used_of));
  }
  json["accepted"] = std::move(accepted);
  json["used"] = std::move(used);
  return json;
}

/// A section a lab, and in it a run for each column of its table.
std::string page_data(const WorldReport& report, const std::vector<WorldSection>& sections) {
  Json labs = Json::array();
  for (const WorldSection& section : sections) {
    std::vector<const WorldFigures*> figures;
    for (const WorldResult& run : report.runs) figures.push_back(&figures_of(run, section.lab));
    const std::vector<std::string> suppliers = supplier_names(figures);
    Json runs = Json::array();
    for (const WorldSection::Column& column : section.columns) {
      runs.push_back(column_data(column.name, *figures[column.runs.front()], suppliers));
    }
    labs.push_back({{"lab", section.lab}, {"suppliers", suppliers}, {"runs", std::move(runs)}});
  }
  return script_safe(
      Json{{"labs", std::move(labs)}}.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string table(const WorldSection& section) {
  std::string html =
      section.lab.empty() ? std::string() : fmt::format("<h3>{}</h3>\n", html_escaped(section.lab));
  html +=
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"worlds\">\n<thead><tr><th "
      "scope=\"col\"></th>";
  for (const WorldSection::Column& column : section.columns) {
    html += fmt::format("<th scope=\"col\" class=\"num\">{}</th>", html_escaped(column.name));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const WorldRow& row : section.rows) {
    if (row.values.empty()) {
      html +=
          fmt::format("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n",
                      section.columns.size() + 1, html_escaped(row.label));
      continue;
    }
    html += fmt::format("<tr><th scope=\"row\">{}</th>", html_escaped(row.label));
    for (const std::string& value : row.values) {
      html += fmt::format("<td class=\"num\">{}</td>", html_escaped(value));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string tables(const std::vector<WorldSection>& sections) {
  std::string html;
  for (const WorldSection& section : sections) html += table(section);
  return html;
}

std::string notes(const WorldReport& report) {
  std::string html;
  for (const std::string& note : world_notes(report)) {
    html += fmt::format("<p class=\"note\">{}</p>\n", html_escaped(note));
  }
  return html;
}

/// What the first lab waited for in each run: the question that worlds are compared for.
std::string headline(const WorldReport& report, const std::vector<WorldSection>& sections) {
  const WorldResult& first = report.runs.front();
  const WorldSection& section = sections.front();
  std::string text =
      fmt::format("{} to {}.{}", date_text(first.begin), date_text(first.end),
                  section.lab.empty() ? "" : " Of what " + section.lab + " asked for:");
  for (const WorldSection::Column& column : section.columns) {
    const WorldFigures& run = figures_of(report.runs[column.runs.front()], section.lab);
    text += fmt::format(" {}: {} GPU-hours used, {} waited for, p95 of waits {}.", column.name,
                        gpu_hours_text(run.used), gpu_hours_text(run.queued + run.unmet),
                        duration_text(run.p95_wait_s));
  }
  return text;
}

std::string details(const WorldReport& report) {
  std::string html = "<dl class=\"facts\">\n";
  const auto fact = [&html](const std::string& name, const std::string& value) {
    html +=
        fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", html_escaped(name), html_escaped(value));
  };
  for (const WorldResult& run : report.runs) {
    std::string words;
    for (const std::string& file : run.assumed) words += (words.empty() ? "" : ", ") + file;
    fact(run.name, fmt::format("{}{}{}; {} events in {}", run.world, words.empty() ? "" : " with ",
                               words, count_text(run.events), duration_text(run.wall_s)));
  }
  fact("waits", "from submission to the first start; of jobs that never started, until the end");
  fact("not run by the end",
       "GPUs of jobs that have not ended, for as long as they waited, at most for their run time");
  fact("commitment of the time until the end",
       "the amount spread evenly over the clause's time; what is due is what is invoiced");
  fact("concentration",
       "the sum of the squares of all shares (Herfindahl), 10,000 where there is one");
  fact("made by", "stargate " + report.version);
  return html + "</dl>\n";
}

}  // namespace

std::string world_report_html(const WorldReport& report) {
  const std::vector<WorldSection> sections = world_sections(report);
  return filled_page(world_report_template(),
                     {{"title", html_escaped(report.runs.front().world)},
                      {"headline", html_escaped(headline(report, sections))},
                      {"table", tables(sections)},
                      {"notes", notes(report)},
                      {"details", details(report)},
                      {"data", page_data(report, sections)},
                      {"style", std::string(report_style())},
                      {"page_script", std::string(report_page_script())},
                      {"script", std::string(world_report_script())},
                      {"uplot_style", std::string(uplot_style())},
                      {"uplot_script", std::string(uplot_script())}});
}

}  // namespace stargate::sim
