#include "cli/propose.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/json_option.h"
#include "cli/output_file.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "cli/world_option.h"
#include "propose/proposal.h"
#include "world/problem.h"

namespace stargate::cli {
namespace {

constexpr int kForbidden = 1;
constexpr int kWrongInput = 2;

constexpr const char* kHelp =
    R"(Turn demand that no order meets into an order that is proposed, and into an offer
where a first refusal stands in its way.

Usage: stargate propose --world FOLDER --workload NAME --supplier NAME --at DATE
                        [options]

The world is played until DATE. What comes out says what is to be done before the
order may be signed, and is an assumption file that adds it to the world.

  --world FOLDER      the YAML files of a world
  --workload NAME     whose demand
  --supplier NAME     on whose paper
  --at DATE           2025-03-02 (00:00 UTC), or an instant
  --assume FILE       change the world as this file says; may be repeated
  --amount AMOUNT     4096 gpus, or 1.2 GW (what the jobs that wait ask for)
  --basis BASIS       whose power it is: it or facility
  --site NAME         where (the supplier's only site)
  --accelerator NAME  of what (the only kind there that the workload accepts)
  --price PRICE       offered: $2.50/GPU-h, $13.3B/GW-yr
  --delivery DATE     offered: when it is there
  --until DATE        offered: when it ends
  --agreement NAME    under which; a new id makes one (the latest that is signed)
  --order NAME        the order's id (WORKLOAD-SUPPLIER-DATE)
  --write FILE        write the assumption file, where nothing forbids the order
  --json [FILE]       the same for programs, to FILE or, without it, to standard
                      output instead of the text

Exit status: 0 proposed, 1 a clause forbids it, 2 wrong options or files.
)";

struct Arguments {
  propose::Wish wish;
  std::string world;
  std::string at;
  std::vector<std::string> assume;
  std::string write;
  JsonOption json;
};

int run(Arguments& arguments) {
  arguments.wish.at = parse_date("--at", arguments.at);
  arguments.json.open();
  std::optional<OutputFile> yaml;
  if (!arguments.write.empty()) yaml.emplace("--write", arguments.write);
  try {
    std::vector<world::WorldFile> assume;
    for (const std::string& file : arguments.assume) assume.push_back(world::read_file(file));
    const propose::Proposal proposal =
        propose::propose(world::read_folder(arguments.world), assume, arguments.wish);
    const bool is_forbidden = proposal.verdict == agreement::Verdict::kForbidden;
    if (arguments.json.is_wanted()) arguments.json.write(propose::to_json(proposal));
    if (yaml && !is_forbidden) {
      yaml->write(proposal.yaml);
      yaml->commit();
    }
    if (!arguments.json.replaces_text()) print(propose::to_text(proposal));
    return is_forbidden ? kForbidden : 0;
  } catch (const world::WorldError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  } catch (const propose::WishError& error) {
    throw UsageError(std::string("--") + error.what());
  }
}

}  // namespace

void add_propose(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("propose");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  propose::Wish& wish = arguments->wish;
  verb->add_option("--world", arguments->world)->required();
  verb->add_option("--workload", wish.workload)->required();
  verb->add_option("--supplier", wish.supplier)->required();
  verb->add_option("--at", arguments->at)->required();
  verb->add_option("--assume", arguments->assume)->expected(1)->take_all();
  verb->add_option("--amount", wish.amount);
  verb->add_option("--basis", wish.basis)->check(CLI::IsMember({"it", "facility"}));
  verb->add_option("--site", wish.site);
  verb->add_option("--accelerator", wish.accelerator);
  verb->add_option("--price", wish.price);
  verb->add_option("--delivery", wish.delivery);
  verb->add_option("--until", wish.until);
  verb->add_option("--agreement", wish.agreement);
  verb->add_option("--order", wish.order);
  verb->add_option("--write", arguments->write);
  arguments->json.add_to(*verb);
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
