#include "cli/job_options.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <map>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/option_text.h"
#include "cli/usage_error.h"
#include "server/job_spec.h"
#include "world/quantity.h"

namespace stargate::cli {
namespace {

enum class Form : std::uint8_t { kText, kNumber, kLength, kList };

struct JobOption {
  const char* option;
  const char* member;
  Form form;
  const char* words = "TEXT";  ///< of completions
};

constexpr const char* kLevels = "node|rack|block|building|site";
constexpr const char* kUses =
    "research|training|first_party_product|api|co_developed_api|national_security_api";

constexpr std::array<JobOption, 20> kOptions{{
    {"--name", "name", Form::kText},
    {"--gpus", "gpus", Form::kNumber},
    {"--nodes", "nodes", Form::kNumber},
    {"--gpus-per-node", "gpus_per_node", Form::kNumber},
    {"--use", "use", Form::kText, kUses},
    {"--product", "product", Form::kText},
    {"--workload", "workload", Form::kText},
    {"--accelerator", "accelerators", Form::kList},
    {"--data", "data", Form::kList},
    {"--tenant", "tenant", Form::kText},
    {"--priority", "priority", Form::kNumber},
    {"--time", "time_limit", Form::kLength},
    {"--within", "within", Form::kText, kLevels},
    {"--prefer-within", "prefer_within", Form::kText, kLevels},
    {"--directory", "directory", Form::kText},
    {"--signal", "signal", Form::kText, "TERM|INT|HUP|USR1|USR2|QUIT"},
    {"--grace", "grace", Form::kLength},
    {"--restarts", "restarts", Form::kNumber},
    {"--processes-per-node", "processes_per_node", Form::kNumber},
    {"--memory", "memory", Form::kText},
}};
constexpr JobOption kInterval{"--checkpoint-interval", "checkpoint_interval", Form::kLength};

/// A member of the file that an option takes the place of.
struct Exclusion {
  const char* given;
  const char* left_out;
};
constexpr std::array<Exclusion, 14> kExclusions{{{"nodes", "gpus"},
                                                 {"nodes", "gpus_per_node"},
                                                 {"gpus", "nodes"},
                                                 {"gpus_per_node", "nodes"},
                                                 {"within", "prefer_within"},
                                                 {"prefer_within", "within"},
                                                 {"workload", "use"},
                                                 {"workload", "product"},
                                                 {"workload", "accelerators"},
                                                 {"workload", "data"},
                                                 {"use", "workload"},
                                                 {"product", "workload"},
                                                 {"accelerators", "workload"},
                                                 {"data", "workload"}}};

constexpr const char* kOptionsHelp =
    R"(  --name NAME              what people call it
  --gpus N                 GPUs of the gang (1)
  --nodes N                whole nodes, instead of GPUs
  --gpus-per-node N        GPUs on each node, of those in --gpus
  --use USE                what it is for, as contracts tell it apart (research)
  --product NAME           the product that it serves
  --workload NAME          a workload of the world, instead of --use, --product,
                           --accelerator and --data
  --accelerator KIND       a kind that it accepts; may be repeated
  --data NAME              a data set that it needs; may be repeated
  --tenant NAME            whose work it is
  --priority N             the higher, the sooner (0)
  --time LENGTH            it is stopped after so long: 90s, 2h, "2 hours"
  --within LEVEL           the gang must be within one node, rack, block,
                           building or site
  --prefer-within LEVEL    the gang should be within one
  --env NAME=VALUE         a variable of its processes; may be repeated
  --directory PATH         where it runs: an absolute path (a folder of its own)
  --processes-per-node N   processes on each node (one a GPU)
  --memory BYTES           of each process at most: "8 GB"
  --signal NAME            the warning before it is killed (TERM)
  --grace LENGTH           from the warning until it is killed (10s)
  --restarts N             how often it is started again after a failure (0)
  --checkpoint-interval LENGTH
                           it saves its work so often, and goes on from there
)";

std::string length_text(const std::string& option, const std::string& text) {
  try {
    world::parse_duration(text);
    return text;
  } catch (const world::QuantityError&) {
    // "90s" and "1.5h" are for command lines alone.
    const Duration length = parse_duration(option, text);
    if (length.us % seconds(1).us != 0) {
      throw UsageError(fmt::format("{}: found '{}', expected whole seconds", option, text));
    }
    return fmt::format("{} seconds", length.us / seconds(1).us);
  }
}

Json number_of(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return text;
  return value;
}

}  // namespace

struct JobOptions::Impl {
  std::string file;
  std::map<std::string, std::vector<std::string>> values;  ///< by option
  std::vector<std::string> environment;
  std::vector<std::string> command;

  void put(Written& written, const JobOption& option) const {
    const auto found = values.find(option.option);
    if (found == values.end() || found->second.empty()) return;
    const std::vector<std::string>& texts = found->second;
    for (const Exclusion& exclusion : kExclusions) {
      if (std::string_view(exclusion.given) != option.member) continue;
      const auto name = written.names.find(std::string("/") + exclusion.left_out);
      // Two options that exclude each other stay, to be refused.
      if (name != written.names.end() && !name->second.starts_with("--")) {
        written.json.erase(exclusion.left_out);
      }
    }
    written.names[std::string("/") + option.member] = option.option;
    Json& value = written.json[option.member];
    switch (option.form) {
      case Form::kText: value = texts.back(); break;
      case Form::kNumber: value = number_of(texts.back()); break;
      case Form::kLength: value = length_text(option.option, texts.back()); break;
      case Form::kList: value = texts; break;
    }
  }
};

JobOptions::JobOptions() : impl_(std::make_unique<Impl>()) {}
JobOptions::~JobOptions() = default;

void JobOptions::add_to(CLI::App& verb) {
  verb.add_option("FILE", impl_->file);
  const auto add = [&](const JobOption& option) {
    CLI::Option* made = verb.add_option(option.option, impl_->values[option.option]);
    made->expected(1)->type_name(option.words);
    if (option.form == Form::kList) made->take_all();
  };
  for (const JobOption& option : kOptions) add(option);
  add(kInterval);
  verb.add_option("--env", impl_->environment)->expected(1)->take_all();
}

void JobOptions::set_command(std::vector<std::string> command) {
  impl_->command = std::move(command);
}

Written JobOptions::written(bool needs_command) const {
  Written written;
  if (!impl_->file.empty()) {
    std::error_code ignored;
    if (!std::filesystem::exists(impl_->file, ignored)) {
      throw UsageError(fmt::format(
          "{}: there is no such file, expected a YAML file, or -- before a command", impl_->file));
    }
    written = read_written(impl_->file, server::job_spec_schema());
  }
  for (const JobOption& option : kOptions) impl_->put(written, option);
  impl_->put(written, kInterval);
  for (const std::string& pair : impl_->environment) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(fmt::format("--env: found '{}', expected NAME=VALUE", pair));
    }
    const std::string name = pair.substr(0, equals);
    written.names["/environment/" + name] = "--env " + name;
    written.json["environment"][name] = pair.substr(equals + 1);
  }
  if (!impl_->command.empty()) {
    std::erase_if(written.names,
                  [](const auto& entry) { return entry.first.starts_with("/command"); });
    written.names["/command"] = "-- COMMAND";
    written.json["command"] = impl_->command;
  }
  if (needs_command && !written.json.contains("command")) {
    throw UsageError(impl_->file.empty()
                         ? "the command is missing, expected -- COMMAND... or a YAML file"
                         : impl_->file + ": the command is missing, expected `command: [...]`");
  }
  const nlohmann::json spec = written.json;
  throw_faults(server::faults_of(server::job_spec_schema(), spec), written.names);
  try {
    server::job_spec_of(spec);
  } catch (const server::Problem& problem) {
    throw_faults(problem.faults(), written.names);
    throw UsageError(problem.what());
  }
  return written;
}

const char* job_options_help() { return kOptionsHelp; }

}  // namespace stargate::cli
