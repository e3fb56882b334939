#include "cli/replay.h"

#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/replay_run.h"

namespace stargate::cli {
namespace {

constexpr const char* kHelp = R"(Replay a job log through the scheduler on a virtual clock.

Usage: stargate replay --trace FORMAT:FILE (--fleet SPEC | --queues FILE)
                       [options]

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
)";

}  // namespace

void add_replay(CLI::App& app, int& exit_status) {
  CLI::App* verb = app.add_subcommand("replay", "replay a job log on a virtual clock");
  verb->formatter(std::make_shared<CLI::FormatterLambda>(
      [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return std::string(kHelp); }));

  const auto arguments = std::make_shared<ReplayArguments>();
  const auto add = [&](const char* name, std::string ReplayArguments::*value) {
    verb->add_option(name, (*arguments).*value)
        ->check(CLI::Validator(
            [](const std::string& text) {
              return std::string(text.empty() ? "its value is empty" : "");
            },
            "TEXT"));
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
  verb->callback([arguments, &exit_status] { exit_status = run_replay(*arguments); });
}

}  // namespace stargate::cli
