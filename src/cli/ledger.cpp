#include "cli/ledger.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/input_error.h"
#include "cli/usage_error.h"
#include "event/describe.h"
#include "ledger/folder_lock.h"
#include "ledger/format.h"
#include "ledger/verify.h"
#include "sim/check_ledger.h"
#include "sim/ledger_file.h"

namespace stargate::cli {
namespace {

constexpr int kDiffers = 1;

constexpr const char* kHelp = R"(Read a ledger: the record of every command and event of a run.

Usage: stargate ledger FILE [--json | --check]
       stargate ledger DIR --check

FILE is a run's, and may be compressed; - is standard input. Prints the events, a line
each. DIR is the data folder of a control plane that does not run (or its ledger.db).

  --json     as JSON, an object a line; nodes are [first, count, GPU mask, part]
  --check    decide every command anew and compare the events byte for byte;
             exits with 1 at the first difference; of a control plane's ledger: read all
             of it, and say the first entry that is not what was written
)";

using Json = nlohmann::ordered_json;

/// Names as in the lines of text; lengths of time are whole microseconds.
class JsonSink final : public FieldSink {
 public:
  explicit JsonSink(Json& object) : object_(object) {}

  void number(std::string_view name, std::int64_t value) override { put(name, value); }
  void number(std::string_view name, std::uint64_t value) override { put(name, value); }
  void text(std::string_view name, std::string_view value) override {
    put(name, std::string(value));
  }
  void instant(std::string_view name, Instant value) override { put(name, text_of(value)); }
  void duration(std::string_view name, Duration value) override {
    object_[std::string(name) + "_us"] = value.us;
  }
  void ranges(std::span<const NodeRange> ranges) override {
    Json nodes = Json::array();
    std::uint64_t gpus = 0;
    for (const NodeRange& range : ranges) {
      nodes.push_back({range.first, range.count, range.mask, range.part});
      gpus += range.gpus();
    }
    object_["nodes"] = std::move(nodes);
    object_["gpus"] = gpus;
  }

 private:
  template <class Value>
  void put(std::string_view name, Value value) {
    object_[std::string(name)] = std::move(value);
  }

  Json& object_;
};

std::string json_of(const Event& event, const EventBatch& batch) {
  Json object;
  object["at"] = text_of(event.at);
  object["event"] = std::string(name_of(event.body));
  JsonSink sink(object);
  visit_fields(event.body, batch, sink);
  // Names in a ledger are bytes, and may not be UTF-8.
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write_out(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    throw UsageError("cannot write to standard output: " + std::generic_category().message(errno));
  }
}

void print(sim::LedgerReader& ledger, bool json) {
  constexpr std::size_t kEnough = 1 << 16;
  Command command;
  EventBatch batch;
  std::string text;
  while (ledger.next(command, batch)) {
    for (const Event& event : batch.events) {
      text += json ? json_of(event, batch) : describe(event, batch);
      text += '\n';
    }
    if (text.size() < kEnough) continue;
    write_out(text);
    text.clear();
  }
  write_out(text);
}

int check(sim::LedgerReader& ledger) {
  const sim::LedgerCheck result = sim::check_ledger(ledger);
  if (!result.difference.empty()) {
    std::fprintf(stderr, "stargate: %s\n", result.difference.c_str());
    return kDiffers;
  }
  write_out(fmt::format("{} commands decided anew, {} events alike\nevent hash {}\n",
                        result.commands, result.events, result.event_hash));
  return 0;
}

/// The data folder of a control plane, if `path` is one or the ledger in it.
std::optional<std::string> plane_folder(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return path;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  if (std::filesystem::file_size(path, ignored) == 0) {
    throw UsageError(path + ": is empty, expected a ledger");
  }
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::string begin(kMagic.size(), ' ');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(begin.data(), static_cast<std::streamsize>(begin.size())) || begin != kMagic) {
    return std::nullopt;
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!std::filesystem::equivalent(
          path, ledger::database_path(folder.empty() ? "." : folder.string()), ignored)) {
    throw UsageError(path + ": is a database, expected a control plane's ledger.db or its folder");
  }
  return folder.empty() ? "." : folder.string();
}

int check_plane(const std::string& folder) {
  const std::string path = ledger::database_path(folder);
  if (!std::filesystem::exists(path)) {
    throw UsageError(path + ": there is no such file, expected a control plane's ledger");
  }
  try {
    const ledger::Verified verified = ledger::verify(folder);
    write_out(fmt::format("{} entries, each as it was written\nhash of the last {}\n",
                          verified.entries, verified.head_hash));
    if (!verified.unfinished.empty()) fmt::print(stderr, "stargate: {}\n", verified.unfinished);
    return 0;
  } catch (const ledger::FolderInUse& error) {
    fmt::print(stderr,
               "stargate: {}: a ledger that is in use is not checked, since what is read would "
               "change meanwhile: stop the control plane, or check a copy that a snapshot of the "
               "file system has made\n",
               error.what());
  } catch (const ledger::LedgerError& error) {
    fmt::print(stderr, "stargate: {}\n", error.what());
  }
  return kDiffers;
}

struct Arguments {
  std::string file;
  bool json = false;
  bool check = false;
};

int run(const Arguments& arguments) {
  int status = 0;
  if (const std::optional<std::string> folder = plane_folder(arguments.file)) {
    if (!arguments.check) {
      throw UsageError(arguments.file +
                       ": is a control plane's, expected --check beside it; "
                       "`stargate events` prints what happened");
    }
    status = check_plane(*folder);
  } else {
    sim::LedgerReader ledger(arguments.file);
    if (arguments.check) {
      status = check(ledger);
    } else {
      print(ledger, arguments.json);
    }
  }
  if (std::fflush(stdout) != 0) {
    throw UsageError("cannot write to standard output: " + std::generic_category().message(errno));
  }
  return status;
}

}  // namespace

void add_ledger(CLI::App& app, int& exit_status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("ledger");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  verb->add_option("FILE", arguments->file)->required();
  CLI::Option* json = verb->add_flag("--json", arguments->json);
  verb->add_flag("--check", arguments->check)->excludes(json);
  verb->callback([arguments, &exit_status] { exit_status = run(*arguments); });
}

}  // namespace stargate::cli
