#include "cli/explain.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/explain_job.h"
#include "cli/json_option.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "cli/world_option.h"
#include "explain/explain.h"
#include "sim/world_moment.h"
#include "sim/world_player.h"
#include "world/problem.h"
#include "world/world.h"

namespace stargate::cli {
namespace {

constexpr int kWrongInput = 2;

constexpr const char* kHelp =
    R"(Say why a workload runs where it runs on a day, and what stands against each
other place: the clause, its agreement and its source, and what would change it.

Usage: stargate explain --world FOLDER --workload NAME --at DATE [options]
       stargate explain JOB [--json [FILE]]

A job is one of the control plane, which is asked: why it waits or runs where it
does, who holds what it waits for, and what comes next. A world is played until DATE;
docs/worlds.md tells how it is written. Each supplier is looked at as if the workload
(or the job) ran nowhere, for one of its jobs.

  --world FOLDER   the YAML files of a world
  --workload NAME  a workload of the world
  --at DATE        2025-03-02 (00:00 UTC), or an instant: 2025-03-02T10:00:00Z
  --known DATE     as it was known then; default: on the day itself
  --assume FILE    change the world as this file says; may be repeated
  --json [FILE]    the same for programs, to FILE or, without it, to standard
                   output instead of the text

Exit status: 0 fine, 1 refused or failed, 2 wrong options or files, 3 the control
plane cannot be reached.
)";

struct Arguments {
  std::string job;
  std::string world;
  std::string workload;
  std::string at;
  std::string known;
  std::vector<std::string> assume;
  JsonOption json;
};

/// Throws UsageError where the options belong to no one of the two.
void check(const Arguments& arguments) {
  const bool is_of_world =
      !(arguments.world + arguments.workload + arguments.at + arguments.known).empty() ||
      !arguments.assume.empty();
  if (!arguments.job.empty()) {
    if (is_of_world)
      throw UsageError("JOB: found beside options of a world, expected one of the two");
    return;
  }
  const auto need = [](const char* option, const std::string& value) {
    if (value.empty()) {
      throw UsageError(std::string(option) +
                       " is missing: expected --world FOLDER --workload NAME --at DATE, or the "
                       "number of a job");
    }
  };
  need("--world", arguments.world);
  need("--workload", arguments.workload);
  need("--at", arguments.at);
}

int explain_job(Arguments& arguments) {
  arguments.json.open();
  const Reply reply = explanation_of(arguments.job);
  if (arguments.json.is_wanted()) arguments.json.write(reply.body);
  if (!arguments.json.replaces_text()) print(explanation_text(reply.json));
  return 0;
}

int run(Arguments& arguments) {
  check(arguments);
  if (!arguments.job.empty()) return explain_job(arguments);
  const agreement::Moment moment = parse_moment(arguments.at, arguments.known);
  arguments.json.open();
  try {
    const world::World world = read_world_at(moment, arguments.world, arguments.assume);
    const WorkloadId workload = parse_workload("--workload", world, arguments.workload);
    sim::WorldPlayer player(world);
    player.play_until(moment.at);
    const agreement::Book book = sim::book_known(player, world, moment);
    const world::WorkloadPlan& plan = world.plans[workload.value];
    const explain::Asked asked{plan.request, plan.submitted};
    const explain::Explanation explanation =
        explain::explain(player.state(), book, workload, moment, &asked);
    if (arguments.json.is_wanted()) arguments.json.write(explain::to_json(explanation));
    if (!arguments.json.replaces_text()) print(explain::to_text(explanation));
    return 0;
  } catch (const world::WorldError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  }
}

}  // namespace

void add_explain(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("explain");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  verb->add_option("JOB", arguments->job);
  verb->add_option("--world", arguments->world);
  verb->add_option("--workload", arguments->workload);
  verb->add_option("--at", arguments->at);
  verb->add_option("--known", arguments->known);
  verb->add_option("--assume", arguments->assume)->expected(1)->take_all();
  arguments->json.add_to(*verb);
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
