#include "cli/generate.h"

#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "base/input_error.h"
#include "cli/option_text.h"
#include "cli/output_file.h"
#include "cli/usage_error.h"
#include "sim/field.h"
#include "sim/fleet_text.h"
#include "sim/generate.h"

namespace stargate::cli {
namespace {

constexpr const char* kHelp = R"(Make up a job log after published statistics of GPU clusters.

Usage: stargate generate --out FILE [options]

  --out FILE      where the log goes, in the format jobs: .csv or .ndjson, and
                  compressed where it ends with .zst, .gz, .xz or .bz2; - is
                  standard output
  --jobs N        how many jobs (100000)
  --fleet SPEC    the fleet that they are for, nodes x GPUs a node (1000x8)
  --load X        the jobs' GPU time over the fleet's, from the first submission
                  to the last (0.95)
  --seed N        the same seed gives the same log, to the byte (1)
  --quiet         say nothing
)";

struct GenerateArguments {
  std::string out;
  std::string jobs = "100000";
  std::string fleet = "1000x8";
  std::string load = "0.95";
  std::string seed = "1";
  bool quiet = false;
};

sim::GenerateOptions options_of(const GenerateArguments& arguments) {
  sim::GenerateOptions options;
  if (arguments.out.empty()) throw UsageError("--out is missing: expected a file or -");
  options.jobs = parse_count("--jobs", arguments.jobs, 1, 100'000'000'000ULL);
  options.seed =
      parse_count("--seed", arguments.seed, 0, std::numeric_limits<std::uint64_t>::max());
  const auto load = sim::parse_millionths(arguments.load);
  if (!load || *load < 1 || *load > 1'000'000'000'000) {
    throw UsageError(fmt::format(
        "--load: bad load '{}': expected a number above 0 and up to 1000000 with at most six "
        "decimals",
        arguments.load));
  }
  options.load_millionths = static_cast<std::uint64_t>(*load);
  try {
    const FleetSpec fleet = sim::parse_fleet(arguments.fleet);
    options.nodes = 0;
    for (const RackGroup& group : fleet.groups) {
      options.nodes += group.racks * group.nodes_per_rack;
      options.gpus_per_node = group.gpus_per_node;
    }
  } catch (const InputError& error) {
    throw UsageError(fmt::format("--fleet: {}", error.what()));
  }
  return options;
}

int run_generate(const GenerateArguments& arguments) {
  const sim::GenerateOptions options = options_of(arguments);
  sim::Generated made;
  if (arguments.out == "-") {
    made = sim::generate_jobs(options, "-");
  } else {
    OutputFile out("--out", arguments.out);
    made = sim::generate_jobs(options, out.working_path());
    out.commit();
  }
  if (!arguments.quiet) {
    fmt::print(stderr, "{} jobs, {} GPU hours, submitted within {:.1f} days: {}\n", made.jobs,
               static_cast<std::int64_t>(made.gpu_seconds / 3'600),
               static_cast<double>(made.span.us) / static_cast<double>(days(1).us),
               arguments.out == "-" ? "standard output" : arguments.out);
  }
  return 0;
}

}  // namespace

void add_generate(CLI::App& app, int& exit_status) {
  CLI::App* verb = app.add_subcommand("generate");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));
  const auto arguments = std::make_shared<GenerateArguments>();
  verb->add_option("--out", arguments->out);
  verb->add_option("--jobs", arguments->jobs);
  verb->add_option("--fleet", arguments->fleet);
  verb->add_option("--load", arguments->load);
  verb->add_option("--seed", arguments->seed);
  verb->add_flag("--quiet", arguments->quiet);
  verb->callback([arguments, &exit_status] { exit_status = run_generate(*arguments); });
}

}  // namespace stargate::cli
