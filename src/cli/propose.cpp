#include "cli/propose.h"

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/json_option.h"
#include "cli/option_text.h"
#include "cli/output_file.h"
#include "cli/propose_order.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "cli/world_option.h"
#include "propose/proposal.h"
#include "server/job_spec.h"
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
       stargate propose --supplier NAME (--job JOB | --gpus N) [options]

Without a world, the control plane is asked, and makes the order and its offers. A
world is played until DATE. What comes out says what is to be done before
the order may be signed, and is an assumption file that adds it to the world.

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
  --job JOB           control plane: the job whose demand it is
  --gpus N            control plane: how many (what the job asks for)
  --use USE           control plane, instead of a job: what for (research)
  --tenant NAME       control plane, instead of a job: for whom
  --gpus-per-node N   control plane: GPUs of a node (8)
  --json [FILE]       the same for programs, to FILE or, without it, to standard
                      output instead of the text

Exit status: 0 proposed, 1 a clause forbids it or it is refused, 2 wrong options or
files, 3 the control plane cannot be reached.
)";

struct Arguments {
  propose::Wish wish;
  std::string world;
  std::string at;
  std::vector<std::string> assume;
  std::string write;
  std::string job;
  std::string gpus;
  std::string use;
  std::string tenant;
  std::string gpus_per_node;
  JsonOption json;
};

struct Given {
  const char* option;
  const std::string& value;
};

void check_none(std::initializer_list<Given> options, const char* why) {
  for (const Given& given : options) {
    if (!given.value.empty()) throw UsageError(std::string(given.option) + ": " + why);
  }
}

/// The control plane makes the order.
int propose_live(Arguments& arguments) {
  const propose::Wish& wish = arguments.wish;
  check_none({{"--workload", wish.workload},
              {"--at", arguments.at},
              {"--amount", wish.amount},
              {"--basis", wish.basis},
              {"--agreement", wish.agreement},
              {"--write", arguments.write}},
             "is for a world, expected --world FOLDER beside it");
  if (!arguments.assume.empty()) {
    throw UsageError("--assume: is for a world, expected --world FOLDER beside it");
  }
  if (!arguments.use.empty()) {
    const std::vector<const char*> uses = server::use_words();
    check_word("--use", arguments.use, {uses.begin(), uses.end()});
  }
  Json body = Json::object();
  const auto put = [&](const char* member, const std::string& value) {
    if (!value.empty()) body[member] = value;
  };
  const auto put_number = [&](const char* option, const char* member, const std::string& value) {
    if (!value.empty()) body[member] = parse_count(option, value, 1, INT64_MAX);
  };
  put("supplier", wish.supplier);
  put_number("--job", "job", arguments.job);
  put("use", arguments.use);
  put("tenant", arguments.tenant);
  put("site", wish.site);
  put("accelerator", wish.accelerator);
  put_number("--gpus", "gpus", arguments.gpus);
  put_number("--gpus-per-node", "gpus_per_node", arguments.gpus_per_node);
  put("order", wish.order);
  put("price", wish.price);
  put("delivery", wish.delivery);
  put("until", wish.until);
  if (arguments.job.empty() && arguments.gpus.empty()) {
    throw UsageError("--job or --gpus is missing: expected a job that waits, or an amount");
  }
  arguments.json.open();
  const Reply reply = propose_order(body);
  if (arguments.json.is_wanted()) arguments.json.write(reply.body);
  if (!arguments.json.replaces_text()) print(proposed_text(reply.json));
  return 0;
}

int run(Arguments& arguments) {
  if (arguments.world.empty()) return propose_live(arguments);
  check_none({{"--job", arguments.job},
              {"--gpus", arguments.gpus},
              {"--use", arguments.use},
              {"--tenant", arguments.tenant},
              {"--gpus-per-node", arguments.gpus_per_node}},
             "is for the control plane, expected no --world beside it");
  if (arguments.wish.workload.empty())
    throw UsageError("--workload is missing: expected whose demand it is");
  if (arguments.at.empty()) throw UsageError("--at is missing: expected a date");
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
  verb->add_option("--world", arguments->world);
  verb->add_option("--workload", wish.workload);
  verb->add_option("--supplier", wish.supplier)->required();
  verb->add_option("--at", arguments->at);
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
  verb->add_option("--job", arguments->job);
  verb->add_option("--gpus", arguments->gpus);
  verb->add_option("--use", arguments->use)
      ->type_name(
          "research|training|first_party_product|api|co_developed_api|national_security_api");
  verb->add_option("--tenant", arguments->tenant);
  verb->add_option("--gpus-per-node", arguments->gpus_per_node);
  verb->add_option("--write", arguments->write);
  arguments->json.add_to(*verb);
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
