#include "cli/replay_world.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "cli/version.h"
#include "cli/world_option.h"
#include "sim/world_player.h"
#include "sim/world_report.h"
#include "sim/world_tally.h"
#include "world/commands.h"
#include "world/world.h"

namespace stargate::cli {
namespace {

constexpr int kWrongInput = 2;
constexpr int kInterrupted = 128 + 2;
/// In the order of how much they let.
constexpr const char* kOwnAssumptions[] = {"exclusive", "first-refusal", "open"};

/// A run: its name, and the assumption files that it is of.
struct WorldRun {
  std::string name;
  std::vector<std::string> assume;
};

std::vector<WorldRun> plan_runs(const ReplayWorldArguments& arguments) {
  const std::string stem_of_all = arguments.assume.empty() ? "as signed" : "as assumed";
  if (!arguments.compare) {
    const bool one = arguments.assume.size() == 1;
    return {{one ? std::filesystem::path(arguments.assume.front()).stem().string() : stem_of_all,
             arguments.assume}};
  }
  std::vector<WorldRun> runs;
  for (const std::string& file : arguments.assume) {
    runs.push_back({std::filesystem::path(file).stem().string(), {file}});
  }
  if (!runs.empty()) return runs;
  for (const char* name : kOwnAssumptions) {
    const auto file =
        std::filesystem::path(arguments.world) / "assume" / (std::string(name) + ".yaml");
    if (std::filesystem::exists(file)) runs.push_back({name, {file.string()}});
  }
  runs.push_back({"as signed", {}});
  return runs;
}

void keep_workloads(world::World& world, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::vector<bool> wanted(world.plans.size());
  for (const std::string& name : names) {
    wanted[parse_workload("--workload", world, name).value] = true;
  }
  std::vector<world::WorkloadPlan> kept;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) kept.push_back(world.plans[i]);
  }
  world.plans = std::move(kept);
}

std::vector<std::string> workload_names(const world::World& world) {
  std::vector<std::string> by_number;
  for (const auto& [name, named] : world.names) {
    if (named.kind != world::EntryKind::kWorkload) continue;
    by_number.resize(std::max<std::size_t>(by_number.size(), named.number + 1));
    by_number[named.number] = name;
  }
  std::vector<std::string> names;
  for (const world::WorkloadPlan& plan : world.plans) {
    names.push_back(by_number[plan.workload.value]);
  }
  return names;
}

/// From when on there is something to show: the first submission or the first capacity.
Instant first_shown(const world::World& world, Instant end) {
  Instant first = end;
  for (const world::WorkloadPlan& plan : world.plans) first = std::min(first, plan.submitted);
  for (const world::DatedAct& act : world.acts) {
    if (act.act.kind == ActKind::kCapacity) first = std::min(first, act.entered);
  }
  return first;
}

struct LoadedRun {
  WorldRun run;
  world::World world;
  Instant end;
};

LoadedRun load(const WorldRun& run, const ReplayWorldArguments& arguments,
               std::optional<Instant> until) {
  LoadedRun loaded{run, world::read_world(arguments.world, run.assume), {}};
  keep_workloads(loaded.world, arguments.workloads);
  if (!until && loaded.world.acts.empty()) {
    throw UsageError("the world has no act to end at: expected --until DATE");
  }
  loaded.end = until ? *until : loaded.world.acts.back().entered;
  const Instant begin = world::first_instant(loaded.world);
  if (loaded.end < begin) {
    throw UsageError(fmt::format("--until: found {}, expected {}, when the world begins, or later",
                                 arguments.until, sim::date_text(begin)));
  }
  return loaded;
}

/// Jobs that are submitted after the instant, and all of them.
std::pair<std::uint64_t, std::uint64_t> jobs_after(const world::World& world, Instant end) {
  std::uint64_t after = 0;
  std::uint64_t all = 0;
  for (const world::WorkloadPlan& plan : world.plans) {
    for (std::uint32_t i = 0; i < plan.repeats; ++i) {
      all += plan.replicas;
      const Duration apart{plan.every.us * static_cast<std::int64_t>(i)};
      if (plan.submitted + apart > end) after += plan.replicas;
    }
  }
  return {after, all};
}

void tell_what_comes_later(const LoadedRun& loaded) {
  const auto [after, all] = jobs_after(loaded.world, loaded.end);
  if (after == 0) return;
  fmt::print(stderr,
             "stargate: it ends on {}, with the last act; {} of {} jobs are submitted later "
             "(--until DATE plays them)\n",
             sim::date_text(loaded.end), after, all);
}

sim::WorldResult play(const LoadedRun& loaded, const std::string& folder,
                      sim::WorldControl& control) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  sim::WorldTally tally(first_shown(loaded.world, loaded.end), loaded.end);
  sim::WorldPlayer player(loaded.world, sim::WorldPlayer::default_policy(), &tally);
  tally.watch(player.state());
  const bool came_to_end = player.play_until(loaded.end, &control);
  sim::WorldResult result = tally.finish(came_to_end ? loaded.end : player.state().now());
  result.interrupted = !came_to_end;
  result.name = loaded.run.name;
  result.world = folder;
  for (const std::string& file : loaded.run.assume) result.assumed.push_back(file);
  result.workloads = workload_names(loaded.world);
  result.begin = player.begin();
  result.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

std::uint64_t days_of(const LoadedRun& loaded) {
  const Duration length = loaded.end - world::first_instant(loaded.world);
  return static_cast<std::uint64_t>(length.us / days(1).us);
}

/// Plays them one after the other. Runs that a signal left no time for are not there.
std::vector<sim::WorldResult> play_all(const std::vector<LoadedRun>& loaded,
                                       const ReplayWorldArguments& arguments) {
  std::vector<sim::WorldControl> controls(loaded.size());
  std::vector<std::atomic<bool>*> stops;
  std::vector<const Progress::Counter*> played;
  std::uint64_t days = 0;
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    stops.push_back(&controls[i].stop);
    played.push_back(&controls[i].days_played);
    days += days_of(loaded[i]);
  }
  const StopOnSignal stop(std::move(stops));
  const Progress progress(std::move(played), days, "days", !arguments.quiet);
  std::vector<sim::WorldResult> results;
  for (std::size_t i = 0; i < loaded.size() && !controls[i].stop.load(); ++i) {
    results.push_back(play(loaded[i], arguments.world, controls[i]));
    controls[i].days_played.store(days_of(loaded[i]));
  }
  return results;
}

}  // namespace

int run_replay_world(const ReplayWorldArguments& arguments) {
  std::optional<Instant> until;
  if (!arguments.until.empty()) until = parse_date("--until", arguments.until);
  std::optional<OutputFile> json;
  std::optional<OutputFile> page;
  if (!arguments.json.empty() && arguments.json != "-") json.emplace("--json", arguments.json);
  if (!arguments.report.empty()) page.emplace("--report", arguments.report);

  std::vector<LoadedRun> loaded;
  try {
    for (const WorldRun& run : plan_runs(arguments)) {
      loaded.push_back(load(run, arguments, until));
    }
  } catch (const world::WorldError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  }
  if (!until && !arguments.quiet) tell_what_comes_later(loaded.front());
  sim::WorldReport report;
  report.version = version();
  report.runs = play_all(loaded, arguments);
  const std::size_t left_out = loaded.size() - report.runs.size();
  const bool interrupted = left_out > 0 || (!report.runs.empty() && report.runs.back().interrupted);
  if (interrupted) {
    fmt::print(stderr, "stargate: interrupted: the results are of what was done until then\n");
    if (!report.runs.empty() && report.runs.back().interrupted) {
      fmt::print(stderr, "stargate: {} came to {} of {}\n", report.runs.back().name,
                 sim::date_text(report.runs.back().end), sim::date_text(loaded.back().end));
    }
    if (left_out > 0) {
      fmt::print(stderr, "stargate: {} of {} runs were not begun\n", left_out, loaded.size());
    }
    if (report.runs.empty()) return kInterrupted;
  }
  const std::string json_text =
      arguments.json.empty() ? std::string() : sim::world_report_json(report, arguments.compare);
  if (json) {
    json->write(json_text);
    json->commit();
  }
  if (page) {
    page->write(sim::world_report_html(report));
    page->commit();
  }
  if (arguments.json == "-") {
    print(json_text);
  } else if (!arguments.quiet) {
    print(sim::world_report_table(report, terminal_width(STDOUT_FILENO, 80)));
  }
  return interrupted ? kInterrupted : 0;
}

}  // namespace stargate::cli
