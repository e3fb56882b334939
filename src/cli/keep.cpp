#include "cli/keep.h"

#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "executor/keeper.h"

namespace stargate::cli {

void add_keep(CLI::App& app, int& exit_status) {
  const auto folder = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("keep");
  verb->group("");
  verb->add_option("folder", *folder)->required();
  verb->callback([folder, &exit_status] { exit_status = executor::keep(*folder); });
}

}  // namespace stargate::cli
