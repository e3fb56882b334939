#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/input_error.h"
#include "cli/capacity.h"
#include "cli/explain.h"
#include "cli/generate.h"
#include "cli/keep.h"
#include "cli/ledger.h"
#include "cli/obligations.h"
#include "cli/openapi.h"
#include "cli/propose.h"
#include "cli/replay.h"
#include "cli/scenario.h"
#include "cli/up.h"
#include "cli/usage_error.h"
#include "cli/validate.h"
#include "cli/version.h"

namespace {

using stargate::cli::UsageError;

constexpr int kWrongInput = 2;
constexpr int kFailed = 1;

constexpr const char* kHelp =
    R"(Stargate schedules the work of an AI lab on the capacity of many suppliers.

Usage: stargate VERB [options]

Verbs
  generate  make up a job log after published statistics
  replay    replay a job log on a virtual clock, and compare policies
  ledger    print the events of a run, or check that they are decided again
  explain   say why a workload runs where it runs, and what would change it
  obligations
            say how clauses were kept by a day, and who owes what
  capacity  say what can really run by a day
  propose   turn demand that no order meets into an order, and offers of it
  validate  read a world of suppliers and contracts, and say what is wrong
  scenario  play scenarios, and say which expectations are not met
  up        start the control plane: run work for real
  openapi   print the description of its API

  stargate VERB --help tells more; stargate --version tells the version.

Exit status: 0 fine, 1 failed, 2 wrong options or files, 130 interrupted.
)";

int complain(const std::string& message, int status) {
  std::fprintf(stderr, "stargate: %s\n", message.c_str());
  return status;
}

/// CLI11's words without its line end.
std::string words_of(const CLI::ParseError& error) {
  std::string words = error.what();
  while (!words.empty() && words.back() == '\n') words.pop_back();
  return words;
}

/// What CLI11 would not see, or not name well.
void check_words(const CLI::App& app, int argc, char** argv) {
  const std::string first = argc < 2 ? "" : argv[1];
  std::string verbs;
  bool known = first.starts_with("-");
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    verbs += (verbs.empty() ? "" : ", ") + verb->get_name();
    known = known || verb->get_name() == first;
  }
  if (argc < 2) throw UsageError("a verb is missing: expected one of " + verbs);
  if (!known) throw UsageError("unknown verb '" + first + "': expected one of " + verbs);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("--") && word.ends_with("=")) {
      throw UsageError(word.substr(0, word.size() - 1) + ": its value is missing");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  CLI::App app("", "stargate");
  app.formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  app.set_version_flag("--version", std::string("stargate ") + stargate::cli::version());
  app.require_subcommand(1);
  stargate::cli::add_generate(app, status);
  stargate::cli::add_replay(app, status);
  stargate::cli::add_ledger(app, status);
  stargate::cli::add_explain(app, status);
  stargate::cli::add_obligations(app, status);
  stargate::cli::add_capacity(app, status);
  stargate::cli::add_validate(app, status);
  stargate::cli::add_scenario(app, status);
  stargate::cli::add_propose(app, status);
  stargate::cli::add_up(app, status);
  stargate::cli::add_openapi(app, status);
  stargate::cli::add_keep(app, status);
  try {
    check_words(app, argc, argv);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come as errors with the status 0.
    if (error.get_exit_code() == 0) return app.exit(error);
    return complain(words_of(error) + " (see stargate --help)", kWrongInput);
  } catch (const UsageError& error) {
    return complain(error.what(), kWrongInput);
  } catch (const stargate::InputError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kWrongInput;
  } catch (const std::bad_alloc&) {
    return complain("out of memory", kFailed);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
  return status;
}
