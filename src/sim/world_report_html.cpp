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

Json run_data(const WorldResult& run, const std::vector<std::string>& suppliers) {
  Json json{{"name", run.name}};
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
  for (const std::string& name : suppliers) {
    std::size_t place = 0;
    while (place < run.suppliers.size() && run.suppliers[place].name != name) ++place;
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

std::string page_data(const WorldReport& report) {
  const std::vector<std::string> suppliers = supplier_names(report);
  Json runs = Json::array();
  for (const WorldResult& run : report.runs) runs.push_back(run_data(run, suppliers));
  const Json data{{"suppliers", suppliers}, {"runs", std::move(runs)}};
  return script_safe(data.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string table(const WorldReport& report) {
  std::string html =
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"worlds\">\n<thead><tr><th "
      "scope=\"col\"></th>";
  for (const WorldResult& run : report.runs) {
    html += fmt::format("<th scope=\"col\" class=\"num\">{}</th>", html_escaped(run.name));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const WorldRow& row : world_rows(report)) {
    if (row.values.empty()) {
      html +=
          fmt::format("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n",
                      report.runs.size() + 1, html_escaped(row.label));
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

std::string notes(const WorldReport& report) {
  std::string html;
  for (const std::string& note : world_notes(report)) {
    html += fmt::format("<p class=\"note\">{}</p>\n", html_escaped(note));
  }
  return html;
}

std::string headline(const WorldReport& report) {
  const WorldResult& first = report.runs.front();
  std::string text = fmt::format("{} to {}.", date_text(first.begin), date_text(first.end));
  for (const WorldResult& run : report.runs) {
    text += fmt::format(" {}: {} GPU-hours used, {} queued for, {} unmet.", run.name,
                        gpu_hours_text(run.used), gpu_hours_text(run.queued),
                        gpu_hours_text(run.unmet));
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
  fact("concentration",
       "the sum of the squares of all shares (Herfindahl), 10,000 where there is one");
  fact("made by", "stargate " + report.version);
  return html + "</dl>\n";
}

}  // namespace

std::string world_report_html(const WorldReport& report) {
  return filled_page(world_report_template(), {{"title", html_escaped(report.runs.front().world)},
                                               {"headline", html_escaped(headline(report))},
                                               {"table", table(report)},
                                               {"notes", notes(report)},
                                               {"details", details(report)},
                                               {"data", page_data(report)},
                                               {"style", std::string(report_style())},
                                               {"page_script", std::string(report_page_script())},
                                               {"script", std::string(world_report_script())},
                                               {"uplot_style", std::string(uplot_style())},
                                               {"uplot_script", std::string(uplot_script())}});
}

}  // namespace stargate::sim
