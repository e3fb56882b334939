#include "cli/scenario.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/json_option.h"
#include "cli/standard_output.h"
#include "cli/usage_error.h"
#include "scenario/scenario.h"
#include "world/problem.h"

namespace stargate::cli {
namespace {

constexpr int kNotMet = 1;
constexpr int kWrongInput = 2;

constexpr const char* kHelp =
    R"(Play scenarios: what was done in a world, and what must follow.

Usage: stargate scenario PATH... [options]

PATH is a NAME.scn, or a folder whose *.scn are all played, by name;
docs/scenarios.md tells how they are written. Each expectation that is not met is
told with its line and what was found instead.

  --json [FILE]  the same for programs, to FILE or, without it, to standard
                 output instead of the text

Exit status: 0 all met, 1 some not, 2 a scenario or its world cannot be read.
)";

struct Arguments {
  std::vector<std::string> paths;
  JsonOption json;
};

/// What came of one file.
struct Played {
  std::string file;
  std::string error;  ///< why it could not be played; empty: it was
  std::vector<scenario::Expectation> expectations;
  std::vector<scenario::Outcome> outcomes;

  std::size_t not_met() const {
    return static_cast<std::size_t>(std::ranges::count(outcomes, false, &scenario::Outcome::met));
  }
};

std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    const std::size_t before = files.size();
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      if (file.path().extension() == ".scn") files.push_back(file.path().string());
    }
    if (files.size() == before) {
      throw UsageError(path + ": found no *.scn, expected a folder of scenarios");
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
  }
  return files;
}

Played play(const std::string& file) {
  Played played;
  played.file = file;
  try {
    const scenario::Scenario scenario = scenario::read_scenario(file);
    played.outcomes = scenario::play(scenario);
    played.expectations = scenario.expectations;
  } catch (const world::WorldError& error) {
    played.error = error.what();
  }
  return played;
}

std::string text_of(const Played& played) {
  if (!played.error.empty()) return fmt::format("ERROR   {}\n", played.file);
  const std::size_t not_met = played.not_met();
  std::string text =
      fmt::format("{}  {} ({})\n", not_met == 0 ? "ok    " : "FAILED", played.file,
                  not_met == 0 ? fmt::format("{} met", played.outcomes.size())
                               : fmt::format("{} of {} not met", not_met, played.outcomes.size()));
  for (std::size_t i = 0; i < played.outcomes.size(); ++i) {
    if (played.outcomes[i].met) continue;
    text += fmt::format("        {}:{}: {}\n          found: {}\n", played.file,
                        played.expectations[i].line, played.expectations[i].text,
                        played.outcomes[i].found.text());
  }
  return text;
}

nlohmann::ordered_json json_of(const Played& played) {
  nlohmann::ordered_json json;
  json["file"] = played.file;
  json["error"] = nullptr;
  if (!played.error.empty()) json["error"] = played.error;
  json["expectations"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < played.outcomes.size(); ++i) {
    json["expectations"].push_back({{"line", played.expectations[i].line},
                                    {"text", played.expectations[i].text},
                                    {"met", played.outcomes[i].met},
                                    {"found", played.outcomes[i].found.text()}});
  }
  return json;
}

int run(Arguments& arguments) {
  arguments.json.open();
  auto json = nlohmann::ordered_json::array();
  std::size_t scenarios = 0;
  std::size_t expectations = 0;
  std::size_t not_met = 0;
  std::size_t errors = 0;
  for (const std::string& path : files_of(arguments.paths)) {
    const Played played = play(path);
    ++scenarios;
    expectations += played.outcomes.size();
    not_met += played.not_met();
    if (!played.error.empty()) ++errors;
    if (!arguments.json.replaces_text()) print(text_of(played));
    if (!played.error.empty()) fmt::print(stderr, "{}\n", played.error);
    if (arguments.json.is_wanted()) json.push_back(json_of(played));
  }
  arguments.json.write(json.dump(2) + "\n");
  if (!arguments.json.replaces_text()) {
    print(fmt::format("{} {}, {} expectations: {}{}\n", scenarios,
                      scenarios == 1 ? "scenario" : "scenarios", expectations,
                      not_met == 0 ? "all met" : fmt::format("{} not met", not_met),
                      errors == 0 ? "" : fmt::format("; {} cannot be played", errors)));
  }
  return errors > 0 ? kWrongInput : not_met > 0 ? kNotMet : 0;
}

}  // namespace

void add_scenario(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("scenario");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  verb->add_option("PATH", arguments->paths)->required();
  arguments->json.add_to(*verb);
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
