#include "server/job_spec.h"

#include <array>
#include <csignal>
#include <utility>

#include "world/quantity.h"

namespace stargate::server {
namespace {

constexpr std::int64_t kGpusMost = std::int64_t{1} << 30;
constexpr Duration kNoLimitEstimate = days(1);

constexpr std::array<std::pair<const char*, int>, 6> kSignals{{{"TERM", SIGTERM},
                                                               {"INT", SIGINT},
                                                               {"HUP", SIGHUP},
                                                               {"USR1", SIGUSR1},
                                                               {"USR2", SIGUSR2},
                                                               {"QUIT", SIGQUIT}}};

std::vector<const char*> level_words() { return {"node", "rack", "block", "building", "site"}; }

Level level_of(const std::string& word) {
  for (int i = 0; i < kLevelCount; ++i) {
    if (word == name_of(static_cast<Level>(i))) return static_cast<Level>(i);
  }
  return Level::kFleet;
}

std::uint32_t number(const JsonView& value, const char* name) {
  const auto found = value.find(name);
  return found ? static_cast<std::uint32_t>(found->integer().value_or(0)) : 0;
}
std::string text(const JsonView& value, const char* name) {
  const auto found = value.find(name);
  return found ? std::string(found->text()) : std::string();
}
std::vector<std::string> texts(const JsonView& value, const char* name) {
  std::vector<std::string> list;
  const auto found = value.find(name);
  if (!found) return list;
  found->for_each([&](const JsonView& member) { list.emplace_back(member.text()); });
  return list;
}
Duration length(const JsonView& value, const char* name) {
  const auto found = value.find(name);
  return found ? world::parse_duration(found->text()) : Duration{};
}

}  // namespace

std::vector<const char*> use_words() {
  std::vector<const char*> words;
  for (std::uint32_t i = 0; i < kUseCount; ++i) words.push_back(name_of(static_cast<Use>(i)));
  return words;
}

Use use_of(std::string_view word) {
  std::uint32_t i = 0;
  while (i + 1 < kUseCount && word != name_of(static_cast<Use>(i))) ++i;
  return static_cast<Use>(i);
}

int signal_of(const std::string& name) {
  for (const auto& [word, signal] : kSignals) {
    if (name == word) return signal;
  }
  return 0;
}

const Schema& job_spec_schema() {
  static const Schema schema{
      "JobSpec",
      "What to run, on what, and for which use.",
      {
          {.name = "name", .description = "what people call it", .least = 1, .most = 128},
          {.name = "tenant",
           .description = "whose work it is; that of the token, or the world's first",
           .most = 128},
          {.name = "workload",
           .description =
               "a workload of the world, whose use, product, data and accelerators it has",
           .most = 128},
          {.name = "use",
           .description = "what it is for, as contracts tell it apart (research)",
           .words = use_words()},
          {.name = "product", .description = "the product that it serves", .most = 128},
          {.name = "accelerators",
           .type = FieldType::kTextList,
           .description = "kinds that it accepts (any)",
           .most = 64},
          {.name = "data",
           .type = FieldType::kTextList,
           .description = "data sets that it needs where it runs",
           .most = 64},
          {.name = "gpus",
           .type = FieldType::kInteger,
           .description = "GPUs of the gang (1)",
           .least = 1,
           .most = kGpusMost},
          {.name = "nodes",
           .type = FieldType::kInteger,
           .description = "whole nodes, instead of GPUs",
           .least = 1,
           .most = kGpusMost},
          {.name = "gpus_per_node",
           .type = FieldType::kInteger,
           .description = "GPUs on each node, of those in `gpus`",
           .least = 1,
           .most = 64},
          {.name = "within",
           .description = "the gang must be within one of these",
           .words = level_words()},
          {.name = "prefer_within",
           .description = "the gang should be within one of these",
           .words = level_words()},
          {.name = "priority",
           .type = FieldType::kInteger,
           .description = "the higher, the sooner (0)",
           .least = -1'000'000,
           .most = 1'000'000},
          {.name = "time_limit",
           .type = FieldType::kDuration,
           .description = "it is stopped when it has run for longer, and planned with this (none; "
                          "planned with a day)"},
          {.name = "checkpoint_interval",
           .type = FieldType::kDuration,
           .description = "it saves its work so often; it goes on from there when it was stopped"},
          {.name = "command",
           .type = FieldType::kTextList,
           .description = "the program and its arguments",
           .least = 1,
           .most = 4096},
          {.name = "environment",
           .type = FieldType::kTextMap,
           .description = "variables of its processes"},
          {.name = "directory",
           .description = "where it runs: an absolute path (a folder of its own)",
           .most = 4096},
          {.name = "processes_per_node",
           .type = FieldType::kInteger,
           .description = "processes on each node (one a GPU)",
           .least = 1,
           .most = 1024},
          {.name = "memory", .description = "of each process at most: \"8 GB\"", .most = 64},
          {.name = "signal",
           .description = "the warning before it is killed (TERM)",
           .words = {"TERM", "INT", "HUP", "USR1", "USR2", "QUIT"}},
          {.name = "grace",
           .type = FieldType::kDuration,
           .description = "from the warning until it is killed (10 seconds)"},
          {.name = "restarts",
           .type = FieldType::kInteger,
           .description = "how often it is started again after a failure (0)",
           .least = 0,
           .most = 1000},
      }};
  return schema;
}

JobSpec job_spec_of(const JsonView& value) {
  JobSpec spec;
  spec.name = text(value, "name");
  spec.tenant = text(value, "tenant");
  spec.workload = text(value, "workload");
  spec.product = text(value, "product");
  if (const auto use = value.find("use")) spec.use = use_of(use->text());
  spec.accelerators = texts(value, "accelerators");
  spec.data = texts(value, "data");
  std::vector<Fault> faults;
  const auto refuse = [&](const char* pointer, const char* detail) {
    faults.push_back({pointer, detail});
  };
  if (!spec.workload.empty()) {
    for (const char* name : {"use", "product", "accelerators", "data"}) {
      if (value.contains(name)) {
        faults.push_back(
            {std::string("/") + name, "the workload says it already, expected one of the two"});
      }
    }
  }
  spec.part.nodes = number(value, "nodes");
  spec.part.gpus = number(value, "gpus");
  spec.part.gpus_per_node = number(value, "gpus_per_node");
  if (spec.part.nodes > 0 && (spec.part.gpus > 0 || spec.part.gpus_per_node > 0)) {
    refuse("/nodes", "found beside gpus, expected one of the two: nodes are whole");
  }
  if (spec.part.nodes == 0 && spec.part.gpus == 0) {
    spec.part.gpus = spec.part.gpus_per_node > 0 ? spec.part.gpus_per_node : 1;
  }
  if (spec.part.gpus > 0 && spec.part.gpus_per_node > spec.part.gpus) {
    refuse("/gpus_per_node", "found more than gpus, expected at most as many");
  }
  if (value.contains("within") && value.contains("prefer_within")) {
    refuse("/prefer_within", "found beside within, expected one of the two");
  }
  spec.must_be_within = value.contains("within");
  if (spec.must_be_within) spec.within = level_of(text(value, "within"));
  if (value.contains("prefer_within")) spec.within = level_of(text(value, "prefer_within"));
  if (const auto priority = value.find("priority")) {
    spec.priority = static_cast<std::int32_t>(priority->integer().value_or(0));
  }
  spec.time_limit = length(value, "time_limit");
  spec.checkpoint_interval = length(value, "checkpoint_interval");
  spec.command = texts(value, "command");
  if (!spec.command.empty() && spec.command[0].empty()) {
    refuse("/command/0", "the program is empty, expected its name or path");
  }
  if (const auto environment = value.find("environment")) {
    environment->for_each_member([&](std::string_view name, const JsonView& member) {
      spec.environment.emplace(name, member.text());
    });
  }
  spec.directory = text(value, "directory");
  if (!spec.directory.empty() && spec.directory[0] != '/') {
    refuse("/directory", "found a relative path, expected an absolute one");
  }
  spec.processes_per_node = number(value, "processes_per_node");
  if (value.contains("memory")) {
    try {
      spec.memory_bytes_max = static_cast<std::uint64_t>(world::parse_bytes(text(value, "memory")));
    } catch (const world::QuantityError&) {
      refuse("/memory", "expected an amount of bytes such as \"8 GB\"");
    }
  }
  if (value.contains("signal")) spec.signal = text(value, "signal");
  if (value.contains("grace")) spec.grace = length(value, "grace");
  spec.restarts = number(value, "restarts");
  if (!faults.empty()) {
    throw problem_of(422, "invalid", std::move(faults));
  }
  return spec;
}

Request JobSpec::request() const {
  Request request;
  request.parts.push_back(part);
  request.locality = {within, must_be_within};
  return request;
}

Duration JobSpec::estimate() const { return time_limit.us > 0 ? time_limit : kNoLimitEstimate; }

}  // namespace stargate::server
