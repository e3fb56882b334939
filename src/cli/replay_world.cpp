#include "cli/replay_world.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "base/input_error.h"
#include "cli/option_text.h"
#include "cli/output_file.h"
#include "cli/usage_error.h"
#include "cli/version.h"
#include "sim/world_player.h"
#include "sim/world_report.h"
#include "sim/world_tally.h"
#include "world/quantity.h"
#include "world/world.h"

namespace stargate::cli {
namespace {

constexpr int kWrongInput = 2;
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
  std::vector<std::string> known;
  for (const auto& [name, named] : world.names) {
    if (named.kind == world::EntryKind::kWorkload) known.push_back(name);
  }
  std::vector<world::WorkloadPlan> kept;
  for (const world::WorkloadPlan& plan : world.plans) {
    const bool wanted = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      const world::Named* named = world.find(name);
      return named != nullptr && named->kind == world::EntryKind::kWorkload &&
             named->number == plan.workload.value;
    });
    if (wanted) kept.push_back(plan);
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw UsageError(fmt::format("--workload: unknown workload '{}': expected {}", name,
                                   known.empty() ? "none: the world has none" : one_of(known)));
    }
  }
  world.plans = std::move(kept);
}

std::vector<std::string> workload_names(const world::World& world) {
  std::vector<std::string> names;
  for (const world::WorkloadPlan& plan : world.plans) {
    for (const auto& [name, named] : world.names) {
      if (named.kind == world::EntryKind::kWorkload && named.number == plan.workload.value) {
        names.push_back(name);
      }
    }
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

sim::WorldResult play(const WorldRun& run, const ReplayWorldArguments& arguments,
                      std::optional<Instant> until) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  world::World world = world::read_world(arguments.world, run.assume);
  keep_workloads(world, arguments.workloads);
  Instant end = until.value_or(world.acts.empty() ? Instant{} : world.acts.back().entered);
  if (!until && world.acts.empty()) {
    throw UsageError("the world has no act to end at: expected --until DATE");
  }
  sim::WorldTally tally(first_shown(world, end), end);
  sim::WorldPlayer player(world, sim::WorldPlayer::default_policy(), &tally);
  if (end < player.begin()) throw UsageError("--until: the world begins later");
  tally.watch(player.state());
  player.play_until(end);
  sim::WorldResult result = tally.finish();
  result.name = run.name;
  result.world = arguments.world;
  for (const std::string& file : run.assume) result.assumed.push_back(file);
  result.workloads = workload_names(world);
  result.begin = player.begin();
  result.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) throw UsageError("cannot write standard output");
}

}  // namespace

int run_replay_world(const ReplayWorldArguments& arguments) {
  std::optional<Instant> until;
  if (!arguments.until.empty()) {
    try {
      until = world::parse_instant(arguments.until);
    } catch (const std::exception& error) {
      throw UsageError(fmt::format("--until: bad date '{}': {}", arguments.until, error.what()));
    }
  }
  std::optional<OutputFile> json;
  std::optional<OutputFile> page;
  if (!arguments.json.empty() && arguments.json != "-") json.emplace("--json", arguments.json);
  if (!arguments.report.empty()) page.emplace("--report", arguments.report);

  sim::WorldReport report;
  report.version = version();
  try {
    for (const WorldRun& run : plan_runs(arguments)) {
      report.runs.push_back(play(run, arguments, until));
    }
  } catch (const world::WorldError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
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
    print(sim::world_report_table(report));
  }
  return 0;
}

}  // namespace stargate::cli
