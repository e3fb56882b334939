#include "cli/ledger.h"

#include <cerrno>
#include <cstdio>
#include <memory>
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
#include "sim/check_ledger.h"
#include "sim/ledger_file.h"

namespace stargate::cli {
namespace {

constexpr int kDiffers = 1;

constexpr const char* kHelp = R"(Read a ledger: the record of every command and event of a run.

Usage: stargate ledger FILE [--json | --check]

FILE may be compressed; - is standard input. Prints the events, a line each.

  --json     as JSON, an object a line; nodes are [first, count, GPU mask, part]
  --check    decide every command anew and compare the events byte for byte;
             exits with 1 at the first difference
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

struct Arguments {
  std::string file;
  bool json = false;
  bool check = false;
};

int run(const Arguments& arguments) {
  sim::LedgerReader ledger(arguments.file);
  const int status = arguments.check ? check(ledger) : (print(ledger, arguments.json), 0);
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
