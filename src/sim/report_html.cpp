#include "sim/report_html.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/report_assets.h"
#include "sim/report_text.h"
#include "sim/report_words.h"

namespace stargate::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTenantsShown = 12;
/// Rows of the table that says what the plots over time show.
constexpr std::size_t kSpans = 24;

/// A value as the plots need it: thousandths are finer than any of them shows.
double rounded(double value) { return std::round(value * 1'000) / 1'000; }

Json waits_data(const std::vector<WaitRow>& rows) {
  Json array = Json::array();
  for (const WaitRow& row : rows) {
    array.push_back({{"label", row.label},
                     {"jobs", row.jobs},
                     {"mean", rounded(row.mean_wait_s)},
                     {"p50", rounded(row.p50_wait_s)},
                     {"p90", rounded(row.p90_wait_s)},
                     {"p99", rounded(row.p99_wait_s)}});
  }
  return array;
}

Json run_data(const RunResult& run, const std::string& label) {
  Json usage{{"at", Json::array()},
             {"used", Json::array()},
             {"capacity", Json::array()},
             {"jobs", Json::array()},
             {"gpus", Json::array()}};
  for (const UsageSample& sample : run.usage) {
    usage["at"].push_back(std::round(sample.at_s));
    usage["used"].push_back(rounded(sample.gpus_used));
    usage["capacity"].push_back(rounded(sample.gpus_capacity));
    usage["jobs"].push_back(rounded(sample.jobs_queued));
    usage["gpus"].push_back(rounded(sample.gpus_queued));
  }
  std::vector<StartSample> sorted = run.starts;
  std::sort(sorted.begin(), sorted.end(),
            [](const StartSample& a, const StartSample& b) { return a.submit_s < b.submit_s; });
  Json starts{{"submit", Json::array()}, {"wait", Json::array()}, {"gpus", Json::array()}};
  for (const StartSample& start : sorted) {
    starts["submit"].push_back(std::round(start.submit_s));
    starts["wait"].push_back(rounded(start.wait_s));
    starts["gpus"].push_back(start.gpus);
  }
  std::vector<WaitRow> tenants = run.waits_by_tenant;
  std::stable_sort(tenants.begin(), tenants.end(),
                   [](const WaitRow& a, const WaitRow& b) { return a.gpu_hours > b.gpu_hours; });
  if (tenants.size() > kTenantsShown) tenants.resize(kTenantsShown);
  return {{"label", label},
          {"usage", std::move(usage)},
          {"sizes", waits_data(run.waits_by_size)},
          {"tenants", waits_data(tenants)},
          {"starts", std::move(starts)}};
}

bool has_dates(const RunResult& run) {
  return !run.usage.empty() && is_date(run.usage.front().at_s);
}

std::string page_data(const Report& report) {
  const std::vector<Variant> which = varying(report.runs);
  Json runs = Json::array();
  for (const RunResult& run : report.runs) {
    runs.push_back(run_data(run, run_label(run, which)));
  }
  const Json data{{"dates", has_dates(report.runs.front())}, {"runs", std::move(runs)}};
  return script_safe(data.dump(-1, ' ', false, Json::error_handler_t::replace));
}

struct Figure {
  const char* title;
  const char* hint;
  double (*value)(const RunResult&);
  std::string (*text)(double);
  int better;  ///< -1: the least is best; 1: the greatest; 0: neither
};

std::string whole_text(double count) { return count_text(static_cast<std::uint64_t>(count)); }

const std::vector<Figure>& figures() {
  static const std::vector<Figure> kFigures{
      {"mean wait", "from submission to start",
       [](const RunResult& run) { return run.mean_wait_s; }, duration_text, -1},
      {"median wait", "half of the jobs waited less",
       [](const RunResult& run) { return run.median_wait_s; }, duration_text, -1},
      {"p99 wait", "one job in a hundred waited longer",
       [](const RunResult& run) { return run.p99_wait_s; }, duration_text, -1},
      {"longest wait", "of any job", [](const RunResult& run) { return run.max_wait_s; },
       duration_text, -1},
      {"mean turnaround", "from submission to end",
       [](const RunResult& run) { return run.mean_turnaround_s; }, duration_text, -1},
      {"bounded slowdown", "mean of turnaround over run time, counted as 10 s at least",
       [](const RunResult& run) { return run.mean_bounded_slowdown; }, number_text, -1},
      {"utilisation", "GPU time used of GPU time there was",
       [](const RunResult& run) { return run.utilisation; }, percent_text, 1},
      {"makespan", "from the first submission to the last end",
       [](const RunResult& run) { return run.makespan_s; }, duration_text, -1},
      {"preemptions", "jobs stopped to let others run",
       [](const RunResult& run) { return static_cast<double>(run.preemptions); }, whole_text, 0},
      {"jobs", "that ran to their end",
       [](const RunResult& run) { return static_cast<double>(run.jobs); }, whole_text, 0},
  };
  return kFigures;
}

/// One run: a tile a figure.
std::string tiles(const RunResult& run) {
  std::string html = "<dl class=\"tiles\">\n";
  for (const Figure& figure : figures()) {
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd><dd class=\"hint\">{}</dd></div>\n",
                        figure.title, html_escaped(figure.text(figure.value(run))), figure.hint);
  }
  return html + "</dl>\n";
}

/// Those figures in which runs are better or worse, or at least differ.
std::vector<Figure> telling_figures(const std::vector<RunResult>& runs) {
  std::vector<Figure> telling;
  for (const Figure& figure : figures()) {
    const bool differs = std::any_of(runs.begin(), runs.end(), [&](const RunResult& run) {
      return figure.text(figure.value(run)) != figure.text(figure.value(runs.front()));
    });
    if (figure.better != 0 || differs) telling.push_back(figure);
  }
  return telling;
}

/// Several runs: a row a run, the best of each column marked.
std::string comparison_table(const Report& report) {
  const std::vector<Variant> which = varying(report.runs);
  const std::vector<Figure> figures = telling_figures(report.runs);
  std::string html =
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"runs\">\n<caption>The runs side by "
      "side; the best of "
      "each column is <b class=\"best\">marked</b>.</caption>\n<thead><tr>";
  for (const Variant& variant : which)
    html += fmt::format("<th scope=\"col\">{}</th>", variant.name);
  for (const Figure& figure : figures) {
    html += fmt::format("<th scope=\"col\" class=\"num\" title=\"{}\">{}</th>", figure.hint,
                        figure.title);
  }
  html += "</tr></thead>\n<tbody>\n";
  std::vector<std::string> best;
  for (const Figure& figure : figures) {
    std::vector<double> values;
    values.reserve(report.runs.size());
    for (const RunResult& run : report.runs) values.push_back(figure.value(run));
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    const bool told_apart = figure.better != 0 && figure.text(*least) != figure.text(*most);
    best.push_back(told_apart ? figure.text(figure.better < 0 ? *least : *most) : std::string());
  }
  for (std::size_t row = 0; row < report.runs.size(); ++row) {
    const RunResult& run = report.runs[row];
    html += "<tr>";
    for (std::size_t i = 0; i < which.size(); ++i) {
      const std::string key =
          i != 0 ? "" : fmt::format("<i class=\"key\" data-run=\"{}\"></i>", row);
      html += fmt::format("<{0}>{1}{2}</{0}>", i == 0 ? "th scope=\"row\"" : "td", key,
                          html_escaped(run.*which[i].value));
    }
    for (std::size_t i = 0; i < figures.size(); ++i) {
      const std::string text = figures[i].text(figures[i].value(run));
      const bool is_best = !best[i].empty() && text == best[i];
      html += fmt::format("<td class=\"num\">{}{}{}</td>", is_best ? "<b class=\"best\">" : "",
                          html_escaped(text), is_best ? "</b>" : "");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string waits_table(const Report& report, const char* what,
                        std::vector<WaitRow> RunResult::*rows) {
  const std::vector<Variant> which = varying(report.runs);
  const bool several = report.runs.size() > 1;
  std::string html = "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>";
  html += fmt::format("<th scope=\"col\">{}</th>", what);
  if (several) html += "<th scope=\"col\">run</th>";
  for (const char* title : {"jobs", "GPU-hours", "mean", "p50", "p90", "p99", "max"}) {
    html += fmt::format("<th scope=\"col\" class=\"num\">{}</th>", title);
  }
  html += "</tr></thead>\n<tbody>\n";
  // All runs of one label together, labels in the order of the first run that has them.
  std::vector<std::string> labels;
  std::map<std::string, std::vector<std::pair<const RunResult*, const WaitRow*>>> groups;
  for (const RunResult& run : report.runs) {
    for (const WaitRow& row : run.*rows) {
      auto& group = groups[row.label];
      if (group.empty()) labels.push_back(row.label);
      group.emplace_back(&run, &row);
    }
  }
  for (const std::string& label : labels) {
    for (const auto& [run, row] : groups[label]) {
      html += fmt::format("<tr><th scope=\"row\">{}</th>", html_escaped(label));
      if (several) html += fmt::format("<td>{}</td>", html_escaped(run_label(*run, which)));
      html += fmt::format("<td class=\"num\">{}</td><td class=\"num\">{}</td>",
                          count_text(row->jobs), whole_text(std::round(row->gpu_hours)));
      for (const double wait :
           {row->mean_wait_s, row->p50_wait_s, row->p90_wait_s, row->p99_wait_s, row->max_wait_s}) {
        html += fmt::format("<td class=\"num\">{}</td>", duration_text(wait));
      }
      html += "</tr>\n";
    }
  }
  return html + "</tbody></table></div>\n";
}

/// What the plots over time show, as averages over a few spans.
std::string usage_table(const Report& report) {
  const std::vector<Variant> which = varying(report.runs);
  std::string html =
      "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">until</th>";
  if (report.runs.size() > 1) html += "<th scope=\"col\">run</th>";
  for (const char* title : {"GPUs used", "GPUs there", "jobs queued", "GPUs queued"}) {
    html += fmt::format("<th scope=\"col\" class=\"num\">{}</th>", title);
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const RunResult& run : report.runs) {
    const std::size_t count = run.usage.size();
    const std::size_t spans = std::min(count, kSpans);
    for (std::size_t span = 0; span < spans; ++span) {
      const std::size_t begin = span * count / spans;
      const std::size_t end = (span + 1) * count / spans;
      UsageSample mean;
      for (std::size_t i = begin; i < end; ++i) {
        const double share = 1 / static_cast<double>(end - begin);
        mean.gpus_used += run.usage[i].gpus_used * share;
        mean.gpus_capacity += run.usage[i].gpus_capacity * share;
        mean.jobs_queued += run.usage[i].jobs_queued * share;
        mean.gpus_queued += run.usage[i].gpus_queued * share;
      }
      const double at = run.usage[end - 1].at_s;
      html += fmt::format("<tr><th scope=\"row\">{}</th>",
                          has_dates(run) ? instant_text(at) : duration_text(at));
      if (report.runs.size() > 1) {
        html += fmt::format("<td>{}</td>", html_escaped(run_label(run, which)));
      }
      for (const double value :
           {mean.gpus_used, mean.gpus_capacity, mean.jobs_queued, mean.gpus_queued}) {
        html += fmt::format("<td class=\"num\">{}</td>", number_text(rounded(value)));
      }
      html += "</tr>\n";
    }
  }
  return html + "</tbody></table></div>\n";
}

std::string notices(const Report& report) {
  std::string html;
  const bool interrupted = std::any_of(report.runs.begin(), report.runs.end(),
                                       [](const RunResult& run) { return run.interrupted; });
  if (interrupted) {
    html +=
        "<p class=\"notice\"><b>Interrupted.</b> The replay was ended early: all figures are of "
        "the jobs that had ended until then.</p>\n";
  }
  return html;
}

std::string details(const Report& report) {
  const RunResult& run = report.runs.front();
  std::string html = "<dl class=\"facts\">\n";
  const auto fact = [&html](const std::string& name, const std::string& value) {
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html_escaped(value));
  };
  fact("log", run.trace);
  fact("fleet", fmt::format("{}: {} nodes, {} GPUs", run.fleet, count_text(run.nodes),
                            count_text(run.gpus)));
  if (report.options.queues.size() > 1) {
    fact("queues", fmt::format("{}, each with nodes of its own", report.options.queues.size()));
  }
  if (report.runs.size() == 1) fact("policy", policy_words(run));
  const auto in_seconds = [](Duration length) { return static_cast<double>(length.us) / 1e6; };
  fact("restarts", fmt::format("overhead as {}, and {} each", report.options.overhead,
                               duration_text(in_seconds(report.options.restart_overhead))));
  for (const auto& [reason, count] : run.skipped_by_reason) {
    std::string text = fmt::format("{} left out: {}", count_text(count), reason);
    const auto skip = report.skips.find(reason);
    if (skip != report.skips.end() && !skip->second.first.empty()) {
      text += fmt::format(" (first: {})", skip->second.first);
    }
    fact("records", text);
  }
  for (const std::string& note : report.notes) fact("note", note);
  double wall_s = 0;
  double jobs = 0;
  for (const RunResult& each : report.runs) {
    wall_s += each.wall_s;
    jobs += static_cast<double>(each.jobs);
  }
  std::string speed =
      fmt::format("read in {}, replayed in {}", duration_text(run.load_s), duration_text(wall_s));
  if (wall_s > 0) speed += fmt::format(", {} jobs a second", whole_text(jobs / wall_s));
  fact("computing", speed);
  if (!run.event_hash.empty()) fact("hash of events", run.event_hash);
  fact("made by", "stargate " + report.version);
  return html + "</dl>\n";
}

}  // namespace

std::string report_html(const Report& report) {
  const bool one = report.runs.size() == 1;
  return filled_page(report_template(),
                     {{"title", html_escaped(report_title(report))},
                      {"headline", html_escaped(report_headline(report))},
                      {"notices", notices(report)},
                      {"summary", one ? tiles(report.runs.front()) : comparison_table(report)},
                      {"usage_table", usage_table(report)},
                      {"sizes_table", waits_table(report, "size", &RunResult::waits_by_size)},
                      {"tenants_table", waits_table(report, "tenant", &RunResult::waits_by_tenant)},
                      {"details", details(report)},
                      {"data", page_data(report)},
                      {"style", std::string(report_style())},
                      {"page_script", std::string(report_page_script())},
                      {"script", std::string(report_script())},
                      {"uplot_style", std::string(uplot_style())},
                      {"uplot_script", std::string(uplot_script())}});
}

std::string filled_page(std::string_view page, const std::map<std::string, std::string>& parts) {
  std::string html;
  while (true) {
    const std::size_t begin = page.find("{{");
    const std::size_t end = begin == std::string_view::npos ? begin : page.find("}}", begin);
    if (end == std::string_view::npos) return html.append(page);
    html.append(page.substr(0, begin));
    html += parts.at(std::string(page.substr(begin + 2, end - begin - 2)));
    page.remove_prefix(end + 2);
  }
}

std::string script_safe(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string html_escaped(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  }
  return html;
}

}  // namespace stargate::sim
