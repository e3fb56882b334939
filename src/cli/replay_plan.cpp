#include "cli/replay_plan.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "base/input_error.h"
#include "cli/option_text.h"
#include "cli/policy_files.h"
#include "cli/usage_error.h"
#include "sim/fleet_text.h"
#include "sim/queues_csv.h"

namespace stargate::cli {
namespace {

using sim::ReplayOptions;
using sim::ReplayQueue;

constexpr std::size_t kRunsMax = 1'000;

const std::vector<std::string>& estimate_names() {
  static const std::vector<std::string> kNames{"requested", "exact"};
  return kNames;
}

const std::vector<std::string>& overhead_names() {
  static const std::vector<std::string> kNames{"checkpoint", "muri"};
  return kNames;
}

const std::vector<std::string>& unit_names() {
  static const std::vector<std::string> kNames{"gpus", "cpus", "nodes"};
  return kNames;
}

std::string one_name(const char* option, const char* noun, const std::string& text,
                     const std::vector<std::string>& known) {
  const auto names = parse_names(option, noun, text, known);
  if (names.size() != 1) throw UsageError(fmt::format("{}: takes one value", option));
  return names.front();
}

/// One of the options that take several values.
struct Choice {
  const char* option;
  const char* noun;
  std::string ReplayArguments::*given;
  std::string ReplayOptions::*value;
  const std::vector<std::string>& (*names)();
};

const std::vector<Choice>& choices() {
  static const std::vector<Choice> kChoices{
      {"--order", "order", &ReplayArguments::order, &ReplayOptions::order, sim::order_names},
      {"--backfill", "backfill", &ReplayArguments::backfill, &ReplayOptions::backfill,
       sim::backfill_names},
      {"--backfill-order", "backfill order", &ReplayArguments::backfill_order,
       &ReplayOptions::backfill_order, sim::backfill_order_names},
      {"--estimate", "estimate", &ReplayArguments::estimate, &ReplayOptions::estimate,
       estimate_names},
      {"--place", "placement", &ReplayArguments::place, &ReplayOptions::place, sim::place_names},
  };
  return kChoices;
}

/// Every combination of the values given, the last choice varying fastest.
std::vector<ReplayOptions> all_runs(const ReplayArguments& arguments, const ReplayOptions& common) {
  std::vector<ReplayOptions> runs{common};
  for (const Choice& choice : choices()) {
    const auto values =
        parse_names(choice.option, choice.noun, arguments.*choice.given, choice.names());
    if (runs.size() * values.size() > kRunsMax) {
      throw UsageError(fmt::format("more than {} combinations of options to run", kRunsMax));
    }
    std::vector<ReplayOptions> more;
    for (const ReplayOptions& run : runs) {
      for (const std::string& value : values) {
        more.push_back(run);
        more.back().*choice.value = value;
      }
    }
    runs = std::move(more);
  }
  return runs;
}

/// "N" or "N/M", both from 1 to a million.
sim::QueueScale parse_scale(const std::string& text) {
  const std::size_t slash = text.find('/');
  try {
    const auto part = [](const std::string& number) {
      return static_cast<std::uint32_t>(parse_count("--queue-scale", number, 1, 1'000'000));
    };
    if (slash == std::string::npos) return {part(text), 1};
    return {part(text.substr(0, slash)), part(text.substr(slash + 1))};
  } catch (const UsageError&) {
    throw UsageError(fmt::format(
        "--queue-scale: bad scale '{}': expected a number or a fraction, as in 2 or 1/2", text));
  }
}

void plan_fleet(const ReplayArguments& arguments, ReplayPlan& plan) {
  const bool has_fleet = !arguments.fleet.empty();
  const bool has_queues = !arguments.queues.empty();
  if (has_fleet && has_queues) {
    throw UsageError("--fleet and --queues exclude each other: queues bring their own nodes");
  }
  if (!has_fleet && !has_queues) {
    throw UsageError("what to run on is missing: expected --fleet SPEC or --queues FILE");
  }
  if (has_fleet) {
    if (!arguments.queue_scale.empty()) throw UsageError("--queue-scale needs --queues");
    if (!arguments.queue_gpus.empty()) throw UsageError("--queue-gpus needs --queues");
    try {
      plan.common.queues = {ReplayQueue{"", sim::parse_fleet(arguments.fleet)}};
    } catch (const InputError& error) {
      throw UsageError(fmt::format("--fleet: {}", error.what()));
    }
    plan.fleet_name = arguments.fleet;
    return;
  }
  sim::QueuesOptions options;
  options.path = arguments.queues;
  if (!arguments.queue_scale.empty()) options.scale = parse_scale(arguments.queue_scale);
  if (!arguments.queue_gpus.empty()) {
    options.gpus_per_node = static_cast<std::uint32_t>(
        parse_count("--queue-gpus", arguments.queue_gpus, 1, kMaxGpusPerNode));
  }
  plan.common.queues = sim::read_queues_csv(options);
  plan.queue_scale = arguments.queue_scale;
  plan.fleet_name = std::filesystem::path(arguments.queues).filename().string();
  if (!arguments.queue_scale.empty()) plan.fleet_name += ", scale " + arguments.queue_scale;
}

/// Two options that would write the same file.
void check_outputs_differ(const ReplayArguments& arguments) {
  std::map<std::string, const char*> seen;
  const auto add = [&](const char* option, const std::string& path) {
    if (path.empty()) return;
    std::error_code error;
    std::string name = std::filesystem::weakly_canonical(path, error).string();
    if (error || name.empty()) name = path;
    if (name.starts_with("/dev/")) return;
    const auto [other, fresh] = seen.emplace(name, option);
    if (!fresh) {
      throw UsageError(fmt::format("{} and {} would both write '{}'", other->second, option, path));
    }
  };
  add("--json", arguments.json == "-" ? "" : arguments.json);
  add("--report", arguments.report);
  add("--jobs-out", arguments.jobs_out);
  add("--ledger", arguments.ledger);
  add("--save-trace", arguments.save_trace);
}

}  // namespace

ReplayPlan plan_replay(const ReplayArguments& given) {
  ReplayPlan plan;
  ReplayArguments arguments = given;
  if (arguments.trace.empty()) {
    throw UsageError("what to replay is missing: expected --trace FORMAT:FILE");
  }
  const FormatAndFile trace = parse_trace("--trace", arguments.trace, sim::trace_format_names());
  plan.trace.format = trace.format;
  plan.trace.path = trace.file;
  plan.trace.time_zone = arguments.time_zone;
  plan.trace.verbose = arguments.verbose;
  if (!arguments.unit.empty()) {
    plan.trace.unit = one_name("--unit", "unit", arguments.unit, unit_names());
    if (trace.format != "sacct") throw UsageError("--unit is for sacct logs");
  }

  // Those first that need no file: the quickest to tell.
  ReplayOptions& common = plan.common;
  common.verbose = arguments.verbose;
  if (!arguments.overhead.empty()) {
    common.overhead = one_name("--overhead", "overhead", arguments.overhead, overhead_names());
  }
  if (common.overhead == "muri" && trace.format != "muri") {
    throw UsageError("--overhead muri needs a muri log: others do not name the models");
  }
  const char* place = common.overhead == "muri" ? "first-fit" : "best-fit";
  if (arguments.place.empty()) arguments.place = place;
  if (common.overhead == "muri" && arguments.place != place) {
    throw UsageError("--overhead muri places first-fit: --place says otherwise");
  }
  plan.runs = all_runs(arguments, common);
  if (!arguments.restart_overhead.empty()) {
    common.restart_overhead = parse_duration("--restart-overhead", arguments.restart_overhead);
  }
  if (!arguments.half_life.empty()) {
    common.half_life = parse_duration("--half-life", arguments.half_life);
    if (common.half_life <= seconds(0)) {
      throw UsageError("--half-life: must be longer than nothing");
    }
  }
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  plan.threads =
      arguments.threads.empty() ? cores : parse_count("--threads", arguments.threads, 1, 1'024);
  if (arguments.quiet && arguments.verbose) {
    throw UsageError("--quiet and --verbose exclude each other");
  }
  check_outputs_differ(arguments);

  plan_fleet(arguments, plan);
  if (!arguments.tenants.empty()) common.tenants = read_tenants(arguments.tenants);
  if (!arguments.reserve.empty()) {
    common.reservations = read_reservations(arguments.reserve, common.queues);
  }
  if (!arguments.health.empty()) common.health = read_health(arguments.health, common.queues);
  plan.runs = all_runs(arguments, common);
  plan.threads = std::min(plan.threads, plan.runs.size());
  return plan;
}

std::string file_suffix(const ReplayPlan& plan, const ReplayOptions& run) {
  std::string suffix = run.order + "-" + run.backfill;
  for (const Choice& choice : choices()) {
    if (choice.value == &ReplayOptions::order || choice.value == &ReplayOptions::backfill) continue;
    const bool varies = std::any_of(
        plan.runs.begin(), plan.runs.end(),
        [&](const ReplayOptions& other) { return other.*choice.value != run.*choice.value; });
    if (varies) suffix += "-" + run.*choice.value;
  }
  return suffix;
}

}  // namespace stargate::cli
