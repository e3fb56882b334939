#include "cli/obligations.h"

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
#include "cli/world_option.h"
#include "explain/obligations.h"
#include "sim/world_moment.h"
#include "sim/world_player.h"
#include "sim/world_tally.h"
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
  std::string json;
  bool wants_json = false;
};

AgreementId find_agreement(const world::World& world, const std::string& name) {
  if (name.empty()) return kNo<AgreementId>;
  const world::Named* named = world.find(name);
  if (named != nullptr && named->kind == world::EntryKind::kAgreement) return {named->number};
  throw UsageError(unknown_name("--agreement", world, world::EntryKind::kAgreement, name));
}

int run(const Arguments& arguments) {
  const agreement::Moment moment = parse_moment(arguments.at, arguments.known);
  const bool json_to_output = arguments.wants_json && arguments.json == "-";
  std::optional<OutputFile> file;
  if (arguments.wants_json && !json_to_output) file.emplace("--json", arguments.json);
  try {
    world::World world = world::read_world(arguments.world, arguments.assume);
    // What was run by a day was decided by what was known until then, and no later than asked for.
    if (moment.known < moment.at) world = world::known_by(std::move(world), moment.known);
    const AgreementId agreement = find_agreement(world, arguments.agreement);
    sim::WorldTally tally(moment.at, moment.at);
    sim::WorldPlayer player(world, sim::WorldPlayer::default_policy(), &tally);
    tally.watch(player.state());
    player.play_until(moment.at);
    const explain::Obligations obligations = explain::obligations_of(
        sim::book_known(player, world, moment), tally.uses(), moment, agreement);
    if (file) {
      file->write(explain::to_json(obligations));
      file->commit();
    }
    print(json_to_output ? explain::to_json(obligations) : explain::to_text(obligations));
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
  CLI::Option* json = verb->add_option("--json", arguments->json)->expected(0, 1)->default_str("-");
  verb->callback([arguments, json, &exit_status] {
    arguments->wants_json = json->count() > 0;
    if (arguments->json.empty()) arguments->json = "-";
    exit_status = run(*arguments);
  });
}

}  // namespace stargate::cli
