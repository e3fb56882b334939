#include "cli/validate.h"

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/usage_error.h"
#include "world/schema.h"
#include "world/summary.h"
#include "world/world.h"

namespace stargate::cli {
namespace {

constexpr int kWrongInput = 2;

constexpr const char* kHelp = R"(Read a world and say everything that is wrong with it.

Usage: stargate validate FOLDER [--assume FILE]...
       stargate validate --schema

FOLDER has the YAML files of a world; docs/worlds.md tells what is in them. Each
mistake is a line on standard error: FILE:LINE:COLUMN: found ..., expected ...

  --assume FILE  change the world as this file says; may be repeated
  --schema       print the JSON Schema of a file of a world, for editors
)";

struct Arguments {
  std::string folder;
  std::vector<std::string> assume;
  bool schema = false;
};

int run(const Arguments& arguments) {
  if (arguments.schema) {
    if (!arguments.folder.empty()) throw UsageError("--schema is alone: it needs no folder");
    fmt::print("{}", world::world_schema());
    return 0;
  }
  if (arguments.folder.empty()) throw UsageError("FOLDER is missing: expected that of a world");
  try {
    fmt::print("{}", world::summary_of(world::read_world(arguments.folder, arguments.assume)));
    return 0;
  } catch (const world::WorldError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kWrongInput;
  }
}

}  // namespace

void add_validate(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("validate");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  verb->add_option("FOLDER", arguments->folder);
  verb->add_option("--assume", arguments->assume)->expected(1)->take_all();
  verb->add_flag("--schema", arguments->schema);
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
