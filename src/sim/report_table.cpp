#include "sim/report_table.h"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "sim/report_text.h"

namespace stargate::sim {
namespace {

constexpr std::size_t kGap = 2;

/// How many columns of a terminal the text takes: its code points.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// Without control characters, which a file's name may have.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7f'; }, '?');
  return text;
}

/// Cut to `width`, with ".." where something was cut off.
std::string clipped(const std::string& text, std::size_t width) {
  if (columns_of(text) <= width) return text;
  const std::size_t kept = width < 2 ? width : width - 2;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U && seen++ == kept) break;
  }
  return text.substr(0, end) + (width < 2 ? "" : "..");
}

struct Column {
  std::string title;
  int importance;  ///< the least important go first; 0 never goes
  bool right;
  std::vector<std::string> cells;

  std::size_t width() const {
    std::size_t widest = columns_of(title);
    for (const std::string& cell : cells) widest = std::max(widest, columns_of(cell));
    return widest;
  }
};

std::size_t total_width(const std::vector<Column>& columns) {
  return std::accumulate(columns.begin(), columns.end(), std::size_t{0},
                         [](std::size_t sum, const Column& c) { return sum + kGap + c.width(); });
}

void drop_until_it_fits(std::vector<Column>& columns, std::size_t width) {
  while (total_width(columns) > width) {
    auto least = columns.end();
    for (auto it = columns.begin(); it != columns.end(); ++it) {
      if (it->importance == 0) continue;
      if (least == columns.end() || it->importance < least->importance) least = it;
    }
    if (least == columns.end()) return;
    columns.erase(least);
  }
}

std::string line_of(const std::vector<Column>& columns, std::size_t width,
                    const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string pad(columns[i].width() - columns_of(cells[i]), ' ');
    line += std::string(kGap, ' ') + (columns[i].right ? pad + cells[i] : cells[i] + pad);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return clipped(line, width) + "\n";
}

std::string drawn(const std::vector<Column>& columns, std::size_t width, bool with_titles) {
  std::string text;
  std::vector<std::string> cells(columns.size());
  if (with_titles) {
    std::transform(columns.begin(), columns.end(), cells.begin(),
                   [](const Column& column) { return column.title; });
    text += line_of(columns, width, cells);
    std::transform(columns.begin(), columns.end(), cells.begin(),
                   [](const Column& column) { return std::string(column.width(), '-'); });
    text += line_of(columns, width, cells);
  }
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
    std::transform(columns.begin(), columns.end(), cells.begin(),
                   [row](const Column& column) { return column.cells[row]; });
    text += line_of(columns, width, cells);
  }
  return text;
}

std::string plural(std::uint64_t count, const char* noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string fleet_words(const RunResult& run) {
  return printable(run.fleet) + " (" + plural(run.nodes, "node") + ", " + plural(run.gpus, "GPU") +
         ")";
}

std::string speed_words(const RunResult& run) {
  if (run.wall_s <= 0) return "-";
  return count_text(static_cast<std::uint64_t>(static_cast<double>(run.jobs) / run.wall_s)) +
         " jobs/s";
}

/// Name, value as one says it, value in seconds.
class Summary {
 public:
  void add(const std::string& name, const std::string& value, const std::string& exact = "") {
    columns_[0].cells.push_back(name);
    columns_[1].cells.push_back(value);
    columns_[2].cells.push_back(exact);
  }
  void add_duration(const std::string& name, double seconds) {
    add(name, duration_text(seconds), seconds_text(seconds) + " s");
  }
  std::string text(std::size_t width) {
    drop_until_it_fits(columns_, width);
    return drawn(columns_, width, false);
  }

 private:
  std::vector<Column> columns_{{"", 0, false, {}}, {"", 0, false, {}}, {"", 1, true, {}}};
};

void add_log_and_fleet(Summary& summary, const RunResult& run, std::size_t width) {
  std::string log = printable(run.trace);
  // The file's name says more than the start of a long path.
  const std::size_t slash = log.rfind('/');
  const std::size_t colon = log.find(':');
  if (columns_of(log) + 14 > width && slash != std::string::npos && colon < slash) {
    log.replace(colon + 1, slash - colon, "");
  }
  summary.add("log", log);
  summary.add("fleet", fleet_words(run));
}

/// What does not differ between the runs.
std::string common_words(const std::vector<RunResult>& runs) {
  const std::vector<Variant> differ = varying(runs);
  const auto same = [&](std::string RunResult::*value) {
    return std::none_of(differ.begin(), differ.end(),
                        [&](const Variant& variant) { return variant.value == value; });
  };
  const RunResult& run = runs.front();
  std::vector<std::string> words;
  if (same(&RunResult::order)) words.push_back(run.order);
  if (same(&RunResult::backfill)) {
    words.push_back(run.backfill == "none" ? "no backfill" : run.backfill + " backfill");
  }
  if (same(&RunResult::backfill_order) && !(same(&RunResult::backfill) && run.backfill == "none")) {
    words.push_back("backfilled by " + run.backfill_order);
  }
  if (same(&RunResult::estimate)) {
    words.emplace_back(run.estimate == "exact" ? "run times known" : "run times as requested");
  }
  if (same(&RunResult::place)) words.push_back("placed " + run.place);
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string one_run(const RunResult& run, std::size_t width) {
  Summary what;
  add_log_and_fleet(what, run, width);
  std::string policy = run.order;
  policy += run.backfill == "none" ? ", no backfill" : ", " + run.backfill + " backfill";
  if (run.backfill != "none") policy += " in " + run.backfill_order + " order";
  what.add("order", policy);
  what.add("run times", run.estimate == "exact" ? "known exactly" : "as requested");
  what.add("placement", run.place);
  std::string text = what.text(width) + "\n";

  Summary out;
  out.add("jobs ended", count_text(run.jobs));
  if (run.interrupted) {
    out.add("still running", count_text(run.running_at_end));
    out.add("still queued", count_text(run.queued_at_end));
  }
  out.add_duration("wait, mean", run.mean_wait_s);
  // Differs only where jobs were held or had dependencies.
  if (run.mean_wait_eligible_s != run.mean_wait_s) {
    out.add_duration("wait, mean from eligible", run.mean_wait_eligible_s);
  }
  out.add_duration("wait, median", run.median_wait_s);
  out.add_duration("wait, 99%", run.p99_wait_s);
  out.add_duration("wait, max", run.max_wait_s);
  out.add_duration("turnaround, mean", run.mean_turnaround_s);
  out.add_duration("turnaround, median", run.median_turnaround_s);
  out.add_duration("turnaround, 99%", run.p99_turnaround_s);
  out.add_duration("turnaround, max", run.max_turnaround_s);
  out.add("bounded slowdown", number_text(run.mean_bounded_slowdown));
  out.add("utilisation", percent_text(run.utilisation));
  out.add_duration("makespan", run.makespan_s);
  out.add("preemptions", count_text(run.preemptions));
  if (run.lost_gpu_hours > 0) {
    out.add("work lost", number_text(run.lost_gpu_hours) + " GPU-hours");
  }
  return text + out.text(width);
}

std::string several_runs(const Report& report, std::size_t width) {
  Summary what;
  add_log_and_fleet(what, report.runs.front(), width);
  const std::string common = common_words(report.runs);
  if (!common.empty()) what.add("all runs", common);
  std::string text = what.text(width) + "\n";

  std::vector<Column> columns;
  const auto add = [&](const std::string& title, int importance, auto cell) {
    Column column{title, importance, importance != 0, {}};
    for (const RunResult& run : report.runs) column.cells.push_back(cell(run));
    columns.push_back(std::move(column));
  };
  for (const Variant& variant : varying(report.runs)) {
    add(variant.name, 0, [&](const RunResult& run) { return run.*variant.value; });
  }
  add("jobs", 4, [](const RunResult& run) { return count_text(run.jobs); });
  add("wait mean", 12, [](const RunResult& run) { return duration_text(run.mean_wait_s); });
  add("wait p99", 9, [](const RunResult& run) { return duration_text(run.p99_wait_s); });
  add("wait max", 5, [](const RunResult& run) { return duration_text(run.max_wait_s); });
  add("turnaround", 11, [](const RunResult& run) { return duration_text(run.mean_turnaround_s); });
  add("slowdown", 8, [](const RunResult& run) { return number_text(run.mean_bounded_slowdown); });
  add("util.", 10, [](const RunResult& run) { return percent_text(run.utilisation); });
  add("preempt.", 6, [](const RunResult& run) { return count_text(run.preemptions); });
  add("makespan", 7, [](const RunResult& run) { return duration_text(run.makespan_s); });
  add("wall", 3, [](const RunResult& run) { return duration_text(run.wall_s); });
  add("speed", 2, [](const RunResult& run) { return speed_words(run); });
  drop_until_it_fits(columns, width);
  return text + drawn(columns, width, true);
}

std::string skipped_lines(const Report& report, std::size_t width) {
  const RunResult& run = report.runs.front();
  if (run.skipped == 0) return "";
  std::string text = clipped("  skipped " + plural(run.skipped, "record") + ":", width) + "\n";
  for (const auto& [reason, count] : run.skipped_by_reason) {
    std::string line = "    " + count_text(count) + "  " + printable(reason);
    const auto skip = report.skips.find(reason);
    if (skip != report.skips.end() && !skip->second.first.empty()) {
      const std::string first = " (first: " + printable(skip->second.first) + ")";
      if (columns_of(line + first) <= width) line += first;
    }
    text += clipped(line, width) + "\n";
  }
  return text;
}

/// Each note on lines of its own, broken between words.
std::string note_lines(const Report& report, std::size_t width) {
  std::string text;
  for (const std::string& note : report.notes) {
    std::istringstream words("note: " + printable(note));
    std::string line = " ";
    for (std::string word; words >> word;) {
      if (line.size() > 4 && columns_of(line) + 1 + columns_of(word) > width) {
        text += clipped(line, width) + "\n";
        line = "   ";
      }
      line += " " + word;
    }
    text += clipped(line, width) + "\n";
  }
  return text;
}

std::string cost_line(const Report& report, std::size_t width) {
  double wall_s = 0;
  std::uint64_t jobs = 0;
  std::uint64_t peak = 0;
  for (const RunResult& run : report.runs) {
    wall_s += run.wall_s;
    jobs += run.jobs;
    peak = std::max(peak, run.peak_rss_bytes);
  }
  std::string line = "  read in " + duration_text(report.runs.front().load_s) + ", replayed in " +
                     duration_text(wall_s);
  if (report.runs.size() > 1) line += " of computing";
  if (wall_s > 0) {
    const double speed = static_cast<double>(jobs) / wall_s;
    line += " (" + count_text(static_cast<std::uint64_t>(speed)) + " jobs/s)";
  }
  if (peak != 0) line += ", " + bytes_text(peak);
  return clipped(line, width) + "\n";
}

}  // namespace

std::string report_table(const Report& report, std::size_t width) {
  if (report.runs.empty()) return "";
  const bool one = report.runs.size() == 1;
  std::string text = one ? one_run(report.runs.front(), width) : several_runs(report, width);
  const bool interrupted = std::any_of(report.runs.begin(), report.runs.end(),
                                       [](const RunResult& run) { return run.interrupted; });
  text += "\n" + skipped_lines(report, width);
  if (interrupted)
    text += clipped("  interrupted: the figures are of the jobs ended", width) + "\n";
  return text + note_lines(report, width) + cost_line(report, width);
}

}  // namespace stargate::sim
