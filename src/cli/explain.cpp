#include "cli/explain.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/output_file.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "explain/explain.h"
#include "sim/world_moment.h"
#include "sim/world_player.h"
#include "world/problem.h"
#include "world/quantity.h"
#include "world/world.h"

namespace stargate::cli {
namespace {

constexpr int kWrongInput = 2;

constexpr const char* kHelp =
    R"(Say why a workload runs where it runs on a day, and what stands against each
other place: the clause, its agreement and its source, and what would change it.

Usage: stargate explain --world FOLDER --workload NAME --at DATE [options]

The world is played until DATE; docs/worlds.md tells how it is written. Each
supplier is looked at as if the workload ran nowhere, for one of its jobs.

  --world FOLDER   the YAML files of a world
  --workload NAME  a workload of the world
  --at DATE        2025-03-02 (00:00 UTC), or an instant: 2025-03-02T10:00:00Z
  --known DATE     as it was known then; default: on the day itself
  --assume FILE    change the world as this file says; may be repeated
  --json [FILE]    the same for programs, to FILE or, without it, to standard
                   output instead of the text
)";

struct Arguments {
  std::string world;
  std::string workload;
  std::string at;
  std::string known;
  std::vector<std::string> assume;
  std::string json;
  bool wants_json = false;
};

Instant parse_date(const std::string& option, const std::string& text) {
  try {
    return world::parse_instant(text);
  } catch (const world::QuantityError& error) {
    throw UsageError(fmt::format(
        "{}: found '{}', expected a date such as 2025-03-02 or 2025-03-02T10:00:00Z ({})", option,
        text, error.what()));
  }
}

WorkloadId find_workload(const world::World& world, const std::string& name) {
  const world::Named* named = world.find(name);
  if (named != nullptr && named->kind == world::EntryKind::kWorkload) return {named->number};
  std::string known;
  for (const auto& [id, entry] : world.names) {
    if (entry.kind != world::EntryKind::kWorkload) continue;
    known += (known.empty() ? "" : ", ") + id;
  }
  throw UsageError(fmt::format("--workload: unknown workload '{}': expected one of {}", name,
                               known.empty() ? "none: the world has no workloads" : known));
}

int run(const Arguments& arguments) {
  agreement::Moment moment;
  moment.at = parse_date("--at", arguments.at);
  moment.known = arguments.known.empty() ? moment.at : parse_date("--known", arguments.known);
  const bool json_to_output = arguments.wants_json && arguments.json == "-";
  std::optional<OutputFile> file;
  if (arguments.wants_json && !json_to_output) file.emplace("--json", arguments.json);
  try {
    world::World world = world::read_world(arguments.world, arguments.assume);
    // What runs on a day was decided by what was known until then, and no later than asked for.
    if (moment.known < moment.at) world = world::known_by(std::move(world), moment.known);
    const WorkloadId workload = find_workload(world, arguments.workload);
    sim::WorldPlayer player(world);
    player.play_until(moment.at);
    const agreement::Book book = sim::book_known(player, world, moment);
    const explain::Explanation explanation = explain::explain(
        player.state(), book, workload, moment, &world.plans[workload.value].request);
    if (file) {
      file->write(explain::to_json(explanation));
      file->commit();
    }
    print(json_to_output ? explain::to_json(explanation) : explain::to_text(explanation));
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
  verb->add_option("--world", arguments->world)->required();
  verb->add_option("--workload", arguments->workload)->required();
  verb->add_option("--at", arguments->at)->required();
  verb->add_option("--known", arguments->known);
  verb->add_option("--assume", arguments->assume)->expected(1)->take_all();
  CLI::Option* json = verb->add_option("--json", arguments->json)->expected(0, 1)->default_str("-");
  verb->callback([arguments, json, &exit_status] {
    arguments->wants_json = json->count() > 0;
    if (arguments->json.empty()) arguments->json = "-";
    exit_status = run(*arguments);
  });
}

}  // namespace stargate::cli
