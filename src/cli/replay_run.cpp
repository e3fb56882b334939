#include "cli/replay_run.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/input_error.h"
#include "cli/interrupt.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "cli/version.h"
#include "sim/jobs_writer.h"
#include "sim/report.h"
#include "sim/report_html.h"
#include "sim/report_json.h"
#include "sim/report_table.h"

namespace stargate::cli {
namespace {

using sim::ReplayControl;
using sim::ReplayOptions;
using sim::RunResult;

constexpr int kInterrupted = 128 + 2;

std::uint64_t peak_rss_bytes() {
  struct rusage usage {};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1'024;
}

/// What one run writes, beside what all write together.
struct RunFiles {
  std::optional<OutputFile> jobs_out;
};

/// Opens what the runs write, and sets their options to it.
std::deque<RunFiles> open_run_files(const ReplayArguments& arguments, ReplayPlan& plan) {
  std::deque<RunFiles> files;
  const bool several = plan.runs.size() > 1;
  for (ReplayOptions& run : plan.runs) {
    const auto own = [&](const std::string& path) {
      return several ? with_suffix(path, file_suffix(plan, run)) : path;
    };
    RunFiles& own_files = files.emplace_back();
    if (!arguments.jobs_out.empty()) {
      own_files.jobs_out.emplace("--jobs-out", own(arguments.jobs_out));
      run.jobs_out_path = own_files.jobs_out->working_path();
    }
    if (!arguments.ledger.empty()) {
      run.ledger_path = own(arguments.ledger);
      check_writable("--ledger", run.ledger_path);
    }
  }
  return files;
}

/// Runs them all, one a thread; entries of runs that were never begun stay empty.
std::vector<std::optional<RunResult>> run_all(const ReplayPlan& plan, const sim::JobSource& jobs,
                                              bool quiet) {
  const std::size_t count = plan.runs.size();
  std::vector<ReplayControl> controls(count);
  std::vector<std::optional<RunResult>> results(count);
  std::exception_ptr failure;
  std::mutex failure_mutex;
  std::atomic<std::size_t> next{0};

  std::vector<std::atomic<bool>*> stops;
  std::vector<const Progress::Counter*> ended;
  for (ReplayControl& control : controls) {
    stops.push_back(&control.stop);
    ended.push_back(&control.jobs_ended);
  }
  const StopOnSignal stop(std::move(stops));
  const Progress progress(std::move(ended), jobs.job_count() * count, "jobs", !quiet);

  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      if (controls[i].stop.load()) return;
      try {
        results[i] = sim::replay(plan.runs[i], jobs, controls[i]);
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        for (ReplayControl& control : controls) control.stop.store(true);
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < plan.threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return results;
}

}  // namespace

int run_replay(const ReplayArguments& arguments) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  ReplayPlan plan = plan_replay(arguments);

  std::optional<OutputFile> json;
  std::optional<OutputFile> page;
  std::optional<OutputFile> saved_trace;
  if (!arguments.json.empty() && arguments.json != "-") json.emplace("--json", arguments.json);
  if (!arguments.report.empty()) page.emplace("--report", arguments.report);
  if (!arguments.save_trace.empty()) saved_trace.emplace("--save-trace", arguments.save_trace);
  std::deque<RunFiles> run_files = open_run_files(arguments, plan);

  const std::unique_ptr<sim::JobSource> jobs = sim::load_jobs(plan.trace);
  const std::chrono::duration<double> load = Clock::now() - start;
  if (jobs->job_count() == 0) {
    throw InputError(plan.trace.path, 0, 0, "no job to replay is in it");
  }
  if (saved_trace) {
    sim::write_jobs(*jobs, saved_trace->working_path());
    saved_trace->commit();
  }

  sim::Report report;
  report.version = version();
  report.options = plan.common;
  report.queue_scale = plan.queue_scale;
  report.skips = jobs->skips();
  report.notes = jobs->notes();
  bool interrupted = false;
  const auto results = run_all(plan, *jobs, arguments.quiet);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const ReplayOptions& options = plan.runs[i];
    const bool begun = results[i].has_value();
    RunResult& run =
        begun ? report.runs.emplace_back(*results[i]) : report.not_begun.emplace_back();
    if (!begun) run.interrupted = true;
    run.trace = plan.trace.format + ":" + plan.trace.path;
    run.fleet = plan.fleet_name;
    run.order = options.order;
    run.backfill = options.backfill;
    run.backfill_order = options.backfill_order;
    run.estimate = options.estimate;
    run.place = options.place;
    run.load_s = load.count();
    if (run.peak_rss_bytes == 0) run.peak_rss_bytes = peak_rss_bytes();
    interrupted = interrupted || run.interrupted;
    if (begun && run_files[i].jobs_out) run_files[i].jobs_out->commit();
  }

  if (interrupted) {
    fmt::print(stderr, "stargate: interrupted: the results are of what was done until then\n");
    if (!report.not_begun.empty()) {
      fmt::print(stderr, "stargate: {} of {} runs were not begun\n", report.not_begun.size(),
                 results.size());
    }
  }
  const std::string json_text =
      arguments.json.empty() ? std::string() : sim::report_json(report, plan.runs.size() > 1);
  if (json) {
    json->write(json_text);
    json->commit();
  }
  if (page && !report.runs.empty()) {
    page->write(sim::report_html(report));
    page->commit();
  }
  if (arguments.json == "-") {
    print(json_text);
  } else if (!arguments.quiet) {
    print(sim::report_table(report, terminal_width(STDOUT_FILENO, 80)));
  }
  return interrupted ? kInterrupted : 0;
}

}  // namespace stargate::cli
