#include "cli/obligations.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/json_option.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "cli/world_option.h"
#include "explain/obligations.h"
#include "sim/use_log.h"
#include "sim/world_moment.h"
#include "sim/world_player.h"
#include "world/problem.h"
#include "world/world.h"

namespace stargate::cli {
namespace {

constexpr int kWrongInput = 2;

constexpr const char* kHelp =
    R"(Say how each clause was kept by a day, what was offered and answered, and what
the parties owe each other: payments, what was not billed, credits, refunds,
shortfalls, fees, prepayments that would come back, and which of it rests on
assumptions.

Usage: stargate obligations --world FOLDER --at DATE [options]

The world is played until DATE; what its workloads used counts as used.
docs/obligations.md explains the answer.

  --world FOLDER   the YAML files of a world
  --at DATE        2026-12-31 (00:00 UTC), or an instant: 2026-12-31T10:00:00Z
  --known DATE     as it was known then; default: on the day itself
  --agreement ID   of this agreement alone; default: all
  --assume FILE    change the world as this file says; may be repeated
  --json [FILE]    the same for programs, to FILE or, without it, to standard
                   output instead of the text
)";

struct Arguments {
  std::string world;
  std::string at;
  std::string known;
  std::string agreement;
  std::vector<std::string> assume;
  JsonOption json;
};

AgreementId find_agreement(const world::World& world, const std::string& name) {
  if (name.empty()) return kNo<AgreementId>;
  const world::Named* named = world.find(name);
  if (named != nullptr && named->kind == world::EntryKind::kAgreement) return {named->number};
  throw UsageError(unknown_name("--agreement", world, world::EntryKind::kAgreement, name));
}

int run(Arguments& arguments) {
  const agreement::Moment moment = parse_moment(arguments.at, arguments.known);
  arguments.json.open();
  try {
    const world::World world = read_world_at(moment, arguments.world, arguments.assume);
    const AgreementId agreement = find_agreement(world, arguments.agreement);
    sim::UseLog uses;
    sim::WorldPlayer player(world, sim::WorldPlayer::default_policy(), &uses);
    uses.watch(player.state());
    player.play_until(moment.at);
    const explain::Obligations obligations = explain::obligations_of(
        sim::book_known(player, world, moment), uses.records(), moment, agreement);
    if (arguments.json.is_wanted()) arguments.json.write(explain::to_json(obligations));
    if (!arguments.json.replaces_text()) print(explain::to_text(obligations));
    return 0;
  } catch (const world::WorldError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  }
}

}  // namespace

void add_obligations(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("obligations");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  verb->add_option("--world", arguments->world)->required();
  verb->add_option("--at", arguments->at)->required();
  verb->add_option("--known", arguments->known);
  verb->add_option("--agreement", arguments->agreement);
  verb->add_option("--assume", arguments->assume)->expected(1)->take_all();
  arguments->json.add_to(*verb);
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
