#include "cli/outlook.h"

#include <algorithm>
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
#include "explain/capacity.h"
#include "sim/world_moment.h"
#include "sim/world_player.h"
#include "world/problem.h"
#include "world/quantity.h"
#include "world/world.h"

namespace stargate::cli {
namespace {

constexpr int kWrongInput = 2;

constexpr const char* kHelp =
    R"(Say what can really run by a day: the GPUs of each site that are accepted, those
that are promised by then, and those that come if promises are kept as late as
10, 50 and 90 % of them were.

Usage: stargate outlook --world FOLDER --at DATE --by DATE [options]

The world is played until --at; docs/outlook.md explains the answer.

  --world FOLDER   the YAML files of a world
  --at DATE        2026-04-29 (00:00 UTC), or an instant: 2026-04-29T10:00:00Z
  --by DATE        the day that is asked about, after it
  --known DATE     as it was known then; default: on the day itself
  --slip LENGTH    how late a promise was kept: "60 days"; may be repeated.
                   Default: those of the world's own tranches until then
  --assume FILE    change the world as this file says; may be repeated
  --json [FILE]    the same for programs, to FILE or, without it, to standard
                   output instead of the text
)";

struct Arguments {
  std::string world;
  std::string at;
  std::string by;
  std::string known;
  std::vector<std::string> slips;
  std::vector<std::string> assume;
  JsonOption json;
};

std::vector<Duration> parse_slips(const std::vector<std::string>& texts) {
  std::vector<Duration> slips;
  for (const std::string& text : texts) {
    try {
      slips.push_back(world::parse_duration(text));
    } catch (const world::QuantityError& error) {
      throw UsageError(
          fmt::format("--slip: found '{}' ({}), expected a length of time such as "
                      "60 days",
                      text, error.what()));
    }
  }
  std::ranges::sort(slips);
  return slips;
}

int run(Arguments& arguments) {
  const agreement::Moment moment = parse_moment(arguments.at, arguments.known);
  const Instant by = parse_date("--by", arguments.by);
  if (by <= moment.at) {
    throw UsageError(
        fmt::format("--by: found {}, expected a day after --at, {}", arguments.by, arguments.at));
  }
  std::vector<Duration> slips = parse_slips(arguments.slips);
  arguments.json.open();
  try {
    const world::World world = read_world_at(moment, arguments.world, arguments.assume);
    sim::WorldPlayer player(world);
    player.play_until(moment.at);
    const agreement::Book book = sim::book_known(player, world, moment);
    const bool is_observed = slips.empty();
    if (is_observed) slips = explain::observed_slips(book, moment);
    if (slips.empty()) {
      throw UsageError(fmt::format(
          "no tranche of the world was delivered or put off by {}: expected --slip LENGTH",
          arguments.at));
    }
    explain::Capacity capacity = explain::capacity_by(book, moment, by, std::move(slips));
    capacity.is_observed = is_observed;
    if (arguments.json.is_wanted()) arguments.json.write(explain::to_json(capacity));
    if (!arguments.json.replaces_text()) print(explain::to_text(capacity));
    return 0;
  } catch (const world::WorldError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  }
}

}  // namespace

void add_outlook(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("outlook");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  verb->add_option("--world", arguments->world)->required();
  verb->add_option("--at", arguments->at)->required();
  verb->add_option("--by", arguments->by)->required();
  verb->add_option("--known", arguments->known);
  verb->add_option("--slip", arguments->slips)->expected(1)->take_all();
  verb->add_option("--assume", arguments->assume)->expected(1)->take_all();
  arguments->json.add_to(*verb);
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
