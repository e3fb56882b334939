#include "cli/completions.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/standard_output.h"
#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

constexpr const char* kHelp = R"(Print a script that completes verbs and options.

Usage: stargate completions bash|zsh|fish

  bash: source <(stargate completions bash)
  zsh:  source <(stargate completions zsh)
  fish: stargate completions fish | source
)";

struct Completed {
  std::string name;
  std::vector<std::string> words;  ///< of its values; empty: any, or it has none
  bool has_value = false;
};

struct Verb {
  std::string name;
  std::string line;
  std::vector<std::string> actions;
  std::vector<Completed> options;
};

/// "a|b|c" has words; anything else has none.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  if (text.find('|') == std::string::npos) return words;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('|', start), text.size());
    words.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<Verb> verbs_of(const CLI::App& app) {
  std::vector<Verb> verbs;
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    if (verb->get_description().empty()) continue;
    Verb known{verb->get_name(), verb->get_description(), {}, {}};
    for (const CLI::Option* option : verb->get_options()) {
      if (option->get_lnames().empty()) {
        const std::vector<std::string> words = words_of(option->get_type_name());
        if (known.actions.empty()) known.actions = words;
        continue;
      }
      known.options.push_back({"--" + option->get_lnames().front(),
                               words_of(option->get_type_name()), option->get_expected_max() > 0});
    }
    verbs.push_back(std::move(known));
  }
  return verbs;
}

std::string bash_script(const std::vector<Verb>& verbs) {
  std::string names;
  std::string options;
  std::string values;
  for (const Verb& verb : verbs) {
    names += (names.empty() ? "" : " ") + verb.name;
    std::string words = joined(verb.actions);
    for (const Completed& option : verb.options) {
      words += (words.empty() ? "" : " ") + option.name;
      if (option.words.empty()) continue;
      values +=
          fmt::format("    '{} {}') words='{}' ;;\n", verb.name, option.name, joined(option.words));
    }
    options += fmt::format("      {}) words='{}' ;;\n", verb.name, words);
  }
  return fmt::format(R"(_stargate() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" last="${{COMP_WORDS[COMP_CWORD-1]}}"
  local verb="${{COMP_WORDS[1]}}" words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{0} --help --version' -- "$word"))
    return
  fi
  case "$verb $last" in
{2}  esac
  if [ -z "$words" ]; then
    case "$verb" in
{1}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _stargate stargate
)",
                     names, options, values);
}

/// A word in single quotes, for zsh and fish.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string zsh_script(const std::vector<Verb>& verbs) {
  std::string names;
  std::string cases;
  for (const Verb& verb : verbs) {
    names += fmt::format("    {}\n", quoted(verb.name + ":" + verb.line));
    std::string words;
    for (const Completed& option : verb.options) {
      std::string word = option.name;
      if (option.has_value) {
        word += ":value:" + (option.words.empty() ? "_files" : "(" + joined(option.words) + ")");
      }
      words += " " + quoted((option.has_value ? "*" : "") + word);
    }
    if (!verb.actions.empty()) words += " " + quoted("1:action:(" + joined(verb.actions) + ")");
    cases += fmt::format("    {}) _arguments{} {} ;;\n", verb.name, words, quoted("*:file:_files"));
  }
  return fmt::format(R"(#compdef stargate
_stargate() {{
  local -a verbs=(
{0}  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$verb" in
{1}  esac
}}
compdef _stargate stargate
)",
                     names, cases);
}

std::string fish_script(const std::vector<Verb>& verbs) {
  std::string text;
  for (const Verb& verb : verbs) {
    text += fmt::format("complete -c stargate -n __fish_use_subcommand -f -a {} -d {}\n", verb.name,
                        quoted(verb.line));
    const std::string seen = fmt::format("'__fish_seen_subcommand_from {}'", verb.name);
    if (!verb.actions.empty()) {
      text += fmt::format("complete -c stargate -n {} -f -a '{}'\n", seen, joined(verb.actions));
    }
    for (const Completed& option : verb.options) {
      text += fmt::format("complete -c stargate -n {} -l {}{}", seen, option.name.substr(2),
                          option.has_value ? " -r" : "");
      if (!option.words.empty()) text += fmt::format(" -f -a '{}'", joined(option.words));
      text += "\n";
    }
  }
  return text;
}

}  // namespace

void add_completions(CLI::App& app, int& exit_status) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("completions");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  verb->add_option("SHELL", *shell)->type_name("bash|zsh|fish")->required();
  verb->callback([&app, shell, &exit_status] {
    const std::vector<Verb> verbs = verbs_of(app);
    if (*shell == "bash") {
      print(bash_script(verbs));
    } else if (*shell == "zsh") {
      print(zsh_script(verbs));
    } else if (*shell == "fish") {
      print(fish_script(verbs));
    } else {
      throw UsageError("found '" + *shell + "': expected one of bash, zsh, fish");
    }
    exit_status = 0;
  });
}

}  // namespace stargate::cli
