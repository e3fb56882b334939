#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "base/input_error.h"
#include "cli/completions.h"
#include "cli/explain.h"
#include "cli/generate.h"
#include "cli/jobs.h"
#include "cli/keep.h"
#include "cli/ledger.h"
#include "cli/market.h"
#include "cli/obligations.h"
#include "cli/openapi.h"
#include "cli/outlook.h"
#include "cli/people.h"
#include "cli/plane_verb.h"
#include "cli/propose.h"
#include "cli/replay.h"
#include "cli/scenario.h"
#include "cli/submit.h"
#include "cli/up.h"
#include "cli/usage_error.h"
#include "cli/validate.h"
#include "cli/version.h"

namespace {

using stargate::cli::UsageError;

constexpr int kWrongInput = 2;
constexpr int kFailed = 1;

struct Verb {
  const char* name;
  const char* line;
};

constexpr Verb kWorlds[] = {
    {"generate", "make up a job log after published statistics"},
    {"replay", "replay a job log on a virtual clock, and compare policies"},
    {"ledger", "print the events of a run, or check that they are decided again"},
    {"explain", "say why a workload or a job runs where it runs, or waits"},
    {"obligations", "say how clauses were kept by a day, and who owes what"},
    {"outlook", "say what can really run by a day"},
    {"propose", "turn demand that no order meets into an order, and offers of it"},
    {"validate", "read a world of suppliers and contracts, and say what is wrong"},
    {"scenario", "play scenarios, and say which expectations are not met"},
};

constexpr Verb kPlane[] = {
    {"up", "start the control plane: run work for real"},
    {"submit", "submit a job, from options or a YAML file"},
    {"plan-submit", "say what would happen to a job"},
    {"list", "list jobs"},
    {"show", "show a job"},
    {"logs", "print what a process of a job printed"},
    {"wait", "wait until jobs have ended"},
    {"cancel", "cancel jobs"},
    {"offers", "list offers, and reply to them"},
    {"orders", "list orders, and sign them"},
    {"capacity", "list capacity, and say how far it has come"},
    {"drain", "keep work from nodes"},
    {"undrain", "let work on nodes again"},
    {"suppliers", "list suppliers"},
    {"agreements", "list agreements and their clauses"},
    {"tenants", "list tenants"},
    {"events", "print what happened, or follow it"},
    {"token", "list, make and revoke tokens"},
    {"approvals", "decide what waits for a second person"},
    {"whoami", "say whose token is used"},
    {"openapi", "print the description of its API"},
    {"completions", "print a script that completes verbs and options in a shell"},
};

std::string help() {
  std::string text =
      "Stargate schedules the work of an AI lab on the capacity of many suppliers.\n\n"
      "Usage: stargate VERB [options]\n";
  const auto put = [&](const char* title, std::span<const Verb> verbs) {
    text += "\n" + std::string(title) + "\n";
    for (const Verb& verb : verbs) {
      text += fmt::format("  {:<12} {}\n", verb.name, verb.line);
    }
  };
  put("Worlds and logs", kWorlds);
  put("The control plane (`explain` and `propose` ask it too)", kPlane);
  return text +
         "\n  stargate VERB --help tells more; stargate --version tells the version.\n"
         "\nExit status: 0 fine, 1 refused or failed, 2 wrong options or files, 3 the\n"
         "control plane cannot be reached, 130 interrupted.\n";
}

void describe(CLI::App& app) {
  for (CLI::App* verb : app.get_subcommands(nullptr)) {
    for (const std::span<const Verb> verbs :
         {std::span<const Verb>(kWorlds), std::span<const Verb>(kPlane)}) {
      for (const Verb& known : verbs) {
        if (verb->get_name() == known.name) verb->description(known.line);
      }
    }
  }
}

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
void check_words(const CLI::App& app, const std::vector<std::string>& words) {
  const std::string first = words.empty() ? "" : words[0];
  std::string verbs;
  bool known = first.starts_with("-");
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    const bool is_told = !verb->get_description().empty();
    if (is_told) verbs += (verbs.empty() ? "" : ", ") + verb->get_name();
    known = known || verb->get_name() == first;
  }
  if (words.empty()) throw UsageError("a verb is missing: expected one of " + verbs);
  if (!known) throw UsageError("unknown verb '" + first + "': expected one of " + verbs);
  for (const std::string& word : words) {
    if (word.starts_with("--") && word.ends_with("=")) {
      throw UsageError(word.substr(0, word.size() - 1) + ": its value is missing");
    }
  }
}

/// Takes off what stands after `--`, where the verb runs a command.
std::vector<std::string> take_command(std::vector<std::string>& words) {
  std::vector<std::string> command;
  if (words.empty() || (words[0] != "submit" && words[0] != "plan-submit")) return command;
  const auto mark = std::ranges::find(words, "--");
  if (mark == words.end()) return command;
  command.assign(mark + 1, words.end());
  words.erase(mark, words.end());
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  std::vector<std::string> words(argv + 1, argv + std::max(argc, 1));
  const std::vector<std::string> command = take_command(words);
  CLI::App app("", "stargate");
  app.formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return help(); }));
  app.set_version_flag("--version", std::string("stargate ") + stargate::cli::version());
  app.require_subcommand(1);
  stargate::cli::add_generate(app, status);
  stargate::cli::add_replay(app, status);
  stargate::cli::add_ledger(app, status);
  stargate::cli::add_explain(app, status);
  stargate::cli::add_obligations(app, status);
  stargate::cli::add_outlook(app, status);
  stargate::cli::add_validate(app, status);
  stargate::cli::add_scenario(app, status);
  stargate::cli::add_propose(app, status);
  stargate::cli::add_up(app, status);
  stargate::cli::add_openapi(app, status);
  stargate::cli::add_keep(app, status);
  stargate::cli::add_submit(app, status, command);
  stargate::cli::add_jobs(app, status);
  stargate::cli::add_market(app, status);
  stargate::cli::add_market_lists(app, status);
  stargate::cli::add_people(app, status);
  stargate::cli::add_completions(app, status);
  describe(app);
  try {
    check_words(app, words);
    std::ranges::reverse(words);
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    // Help and version come as errors with the status 0.
    if (error.get_exit_code() == 0) return app.exit(error);
    return complain(words_of(error) + " (see stargate --help)", kWrongInput);
  } catch (const UsageError& error) {
    return complain(error.what(), kWrongInput);
  } catch (const stargate::InputError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kWrongInput;
  } catch (const stargate::cli::WrongOptionsError& error) {
    std::fputs(error.text().c_str(), stderr);
    return kWrongInput;
  } catch (const stargate::cli::RefusedError& error) {
    std::fputs(error.text().c_str(), stderr);
    return stargate::cli::kRefused;
  } catch (const stargate::cli::UnreachableError& error) {
    return complain(error.what(), stargate::cli::kUnreachable);
  } catch (const std::bad_alloc&) {
    return complain("out of memory", kFailed);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
  return status;
}
