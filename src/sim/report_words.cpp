#include "sim/report_words.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/report_text.h"

namespace stargate::sim {
namespace {

/// The log's name without its format and folder.
std::string log_name(const RunResult& run) {
  const std::size_t slash = run.trace.rfind('/');
  if (slash != std::string::npos) return run.trace.substr(slash + 1);
  const std::size_t colon = run.trace.find(':');
  const std::string name = colon == std::string::npos ? run.trace : run.trace.substr(colon + 1);
  return name == "-" ? "standard input" : name;
}

std::string plural(std::uint64_t count, const char* noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string from_words(const RunResult& run) {
  if (run.usage.empty() || !is_date(run.usage.front().at_s)) return "";
  const std::string from = instant_text(run.usage.front().at_s).substr(0, 10);
  const std::string until = instant_text(run.usage.back().at_s).substr(0, 10);
  return from == until ? " of " + from : " of " + from + " to " + until;
}

/// How much longer, where that says something.
std::string ratio_words(double more, double less) {
  if (less <= 0) return "";
  const double ratio = more / less;
  if (ratio < 1.005) return "";
  if (ratio < 2) return fmt::format(" ({:.1f}% more)", 100 * (ratio - 1));
  return fmt::format(" ({} times as long)",
                     ratio < 9.95 ? fmt::format("{:.1f}", ratio)
                                  : count_text(static_cast<std::uint64_t>(std::llround(ratio))));
}

std::string one_run_words(const RunResult& run) {
  return fmt::format(
      "A job waited {} on average; half of them at most {}, one in a hundred longer than {}. From "
      "submission to end it took {} on average. Utilisation was {}.",
      duration_text(run.mean_wait_s), duration_text(run.median_wait_s),
      duration_text(run.p99_wait_s), duration_text(run.mean_turnaround_s),
      percent_text(run.utilisation));
}

std::string several_runs_words(const Report& report) {
  const auto by_wait = [](const RunResult& a, const RunResult& b) {
    return a.mean_wait_s < b.mean_wait_s;
  };
  const auto by_use = [](const RunResult& a, const RunResult& b) {
    return a.utilisation < b.utilisation;
  };
  const auto [best, worst] = std::minmax_element(report.runs.begin(), report.runs.end(), by_wait);
  const auto [idle, busy] = std::minmax_element(report.runs.begin(), report.runs.end(), by_use);
  const std::vector<Variant> which = varying(report.runs);
  std::string text;
  if (duration_text(best->mean_wait_s) == duration_text(worst->mean_wait_s)) {
    text = fmt::format("Jobs waited {} on average under each of them.",
                       duration_text(best->mean_wait_s));
  } else {
    text = fmt::format(
        "Jobs waited least under \u201c{}\u201d: {} on average. They waited most under "
        "\u201c{}\u201d: {}{}.",
        run_label(*best, which), duration_text(best->mean_wait_s), run_label(*worst, which),
        duration_text(worst->mean_wait_s), ratio_words(worst->mean_wait_s, best->mean_wait_s));
  }
  const std::string least = percent_text(idle->utilisation);
  const std::string most = percent_text(busy->utilisation);
  text += least == most ? fmt::format(" Utilisation was {}.", most)
                        : fmt::format(" Utilisation was between {} and {}.", least, most);
  return text;
}

}  // namespace

std::string report_title(const Report& report) {
  const RunResult& run = report.runs.front();
  return log_name(run) + " on " + plural(run.gpus, "GPU");
}

std::string report_headline(const Report& report) {
  const RunResult& run = report.runs.front();
  std::string text = plural(run.jobs, "job") + from_words(run) + " " +
                     (run.jobs == 1 ? "was" : "were") + " replayed on " +
                     plural(run.nodes, "node") + " with " + plural(run.gpus, "GPU") + " in all";
  if (report.runs.size() == 1) {
    return text + ": " + policy_words(run) + ". " + one_run_words(run);
  }
  return text + ", under " + count_text(report.runs.size()) + " policies" + ". " +
         several_runs_words(report);
}

std::string policy_words(const RunResult& run) {
  std::string text = run.order + " order, ";
  text +=
      run.backfill == "none" ? "no backfill" : run.backfill + " backfill by " + run.backfill_order;
  text += run.estimate == "exact" ? ", run times known" : ", run times as requested";
  return text + ", " + run.place + " placement";
}

}  // namespace stargate::sim
