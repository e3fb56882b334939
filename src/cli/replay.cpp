#include "cli/replay.h"

#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/replay_run.h"
#include "cli/replay_world.h"
#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

constexpr const char* kHelp =
    R"(Replay a job log through the scheduler on a virtual clock, or a world.

Usage: stargate replay --trace FORMAT:FILE (--fleet SPEC | --queues FILE)
                       [options]
       stargate replay --world DIR [--compare] [--assume FILE]...
                       [--workload NAME]... [--until DATE]
                       [--json FILE] [--report FILE] [--quiet]

A world of suppliers and contracts
  --world DIR             its folder; excludes --trace and all that only logs
                          have
  --assume FILE           what is assumed beside it; several apply together
  --compare               a run for each --assume FILE, side by side; without
                          any, for DIR/assume/exclusive.yaml,
                          first-refusal.yaml and open.yaml and as signed
  --workload NAME         this workload alone; may be given several times (all)
  --until DATE            where it ends, as in 2026-10-09 (the last act)

What to replay
  --trace FORMAT:FILE     the log; FORMAT is swf, philly, muri, sacct or jobs,
                          FILE may be compressed, - is standard input
  --tz ZONE               zone of times that name none (UTC)
  --unit UNIT             what a sacct log counts: gpus, cpus or nodes (as it
                          finds)

What to run it on
  --fleet SPEC            nodes x GPUs a node, as in 100x1 or 1000x8
  --queues FILE           CSV of queues and their nodes; each has a fleet and a
                          line of waiting jobs of its own
  --queue-scale N[/M]     with --queues: times the nodes in the file (1)
  --queue-gpus N          with --queues: GPUs of a node (8)
  --health FILE           CSV at,first_node,nodes,health[,queue]: when nodes are
                          healthy, degraded, drained or failed
  --reserve FILE          CSV tenant,nodes,from,until[,queue]: nodes kept for a
                          tenant

How to schedule; several values, with commas between, run every combination
  --order LIST            whose turn it is (fifo)
  --backfill LIST         who may start ahead of their turn (none)
  --backfill-order LIST   in which order they are tried (queue)
  --estimate LIST         what the scheduler knows of run times: requested or
                          exact (requested)
  --place LIST            which nodes are taken (best-fit; first-fit where the
                          overhead is muri)
  --tenants FILE          CSV name,parent,weight,cohort,guaranteed_gpus,
                          borrow_gpus_max
  --half-life DURATION    fair share: past use counts half after this (7d)
  --overhead NAME         what preempting costs: checkpoint, or muri as in that
                          log's paper (checkpoint)
  --restart-overhead DURATION
                          what each restart costs (0)

What to write
  --json FILE             results as JSON; - is standard output, and no table
  --report FILE           results as a page with plots, for a browser
  --jobs-out FILE         CSV id,submit,start,end,nodes: a line a job
  --ledger FILE           the record of every command and event
  --save-trace FILE       the log as it was read, in the format jobs
  -v, --verbose           name every record that is skipped
  --quiet                 no table, no progress
  With several runs, --jobs-out and --ledger write a file a run: jobs.csv
  becomes jobs-fifo-easy.csv.

  --threads N             runs at a time (one a core)
  -h, --help              this text

A DURATION is seconds, or has a unit: 90s, 5m, 1.5h, 7d. Ctrl-C ends early, with
the results until then (exit status 130); a second one at once.

Examples
  stargate replay --trace swf:KTH-SP2.swf.xz --fleet 100x1 --backfill easy
  stargate replay --trace swf:KTH-SP2.swf.xz --fleet 100x1 \
      --order fifo,sjf --backfill none,easy --report compared.html
  stargate replay --trace philly:philly.csv --queues vc.csv --queue-scale 1/2 \
      --order sjf --estimate exact --place consolidated --json out.json
  stargate replay --world examples/stargate-2025 --compare --report report.html
)";

/// Options that a world has and a log has not, and those that both have. All others are of logs.
constexpr const char* kOfWorlds[] = {"--world", "--workload", "--assume", "--until", "--compare"};
constexpr const char* kOfBoth[] = {"--json", "--report", "--quiet", "--help"};

/// Throws UsageError where an option was given that the other kind of replay has.
void check_options(const CLI::App& verb, bool of_world) {
  const auto is_one_of = [](const auto& names, const CLI::Option& option) {
    for (const char* name : names) {
      if (option.check_name(name)) return true;
    }
    return false;
  };
  for (const CLI::Option* option : verb.get_options()) {
    if (option->count() == 0 || is_one_of(kOfBoth, *option)) continue;
    const bool is_of_world = is_one_of(kOfWorlds, *option);
    if (is_of_world == of_world) continue;
    throw UsageError(of_world ? option->get_name() + " is for logs: --world excludes it"
                              : option->get_name() + " needs --world");
  }
}

}  // namespace

void add_replay(CLI::App& app, int& exit_status) {
  CLI::App* verb = app.add_subcommand("replay", "replay a job log on a virtual clock");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));

  const auto arguments = std::make_shared<ReplayArguments>();
  const auto world = std::make_shared<ReplayWorldArguments>();
  const CLI::Validator is_not_empty(
      [](const std::string& text) { return std::string(text.empty() ? "its value is empty" : ""); },
      "TEXT");
  const auto add = [&](const char* name, std::string ReplayArguments::*value) {
    verb->add_option(name, (*arguments).*value)->check(is_not_empty);
  };
  add("--trace", &ReplayArguments::trace);
  add("--tz", &ReplayArguments::time_zone);
  add("--unit", &ReplayArguments::unit);
  add("--fleet", &ReplayArguments::fleet);
  add("--queues", &ReplayArguments::queues);
  add("--queue-scale", &ReplayArguments::queue_scale);
  add("--queue-gpus", &ReplayArguments::queue_gpus);
  add("--health", &ReplayArguments::health);
  add("--reserve", &ReplayArguments::reserve);
  add("--order", &ReplayArguments::order);
  add("--backfill", &ReplayArguments::backfill);
  add("--backfill-order", &ReplayArguments::backfill_order);
  add("--estimate", &ReplayArguments::estimate);
  add("--place", &ReplayArguments::place);
  add("--tenants", &ReplayArguments::tenants);
  add("--half-life", &ReplayArguments::half_life);
  add("--overhead", &ReplayArguments::overhead);
  add("--restart-overhead", &ReplayArguments::restart_overhead);
  add("--json", &ReplayArguments::json);
  add("--report", &ReplayArguments::report);
  add("--jobs-out", &ReplayArguments::jobs_out);
  add("--ledger", &ReplayArguments::ledger);
  add("--save-trace", &ReplayArguments::save_trace);
  add("--threads", &ReplayArguments::threads);
  verb->add_flag("-v,--verbose", arguments->verbose);
  verb->add_flag("--quiet", arguments->quiet);
  verb->add_option("--world", world->world)->check(is_not_empty);
  verb->add_option("--workload", world->workloads)->check(is_not_empty)->allow_extra_args(false);
  verb->add_option("--assume", world->assume)->check(is_not_empty)->allow_extra_args(false);
  verb->add_option("--until", world->until)->check(is_not_empty);
  verb->add_flag("--compare", world->compare);
  verb->callback([arguments, world, verb, &exit_status] {
    const bool of_world = verb->get_option("--world")->count() > 0;
    check_options(*verb, of_world);
    if (!of_world) {
      exit_status = run_replay(*arguments);
      return;
    }
    world->json = arguments->json;
    world->report = arguments->report;
    world->quiet = arguments->quiet;
    exit_status = run_replay_world(*world);
  });
}

}  // namespace stargate::cli
