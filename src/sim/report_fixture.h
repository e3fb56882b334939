#pragma once

#include <string>

#include "sim/report.h"

namespace stargate::sim {

/// A run with a different number in each field, for the tests of what shows them.
inline RunResult example_run(const std::string& order = "fifo",
                             const std::string& backfill = "easy") {
  RunResult run;
  run.trace = "swf:logs/example.swf.xz";
  run.fleet = "100x8";
  run.order = order;
  run.backfill = backfill;
  run.backfill_order = "queue";
  run.estimate = "requested";
  run.place = "best-fit";
  run.gpus = 800;
  run.nodes = 100;
  run.jobs = 28'481;
  run.skipped = 8;
  run.skipped_by_reason = {{"no run time", 7}, {"asks for too much", 1}};
  run.mean_wait_s = 15'696.8;
  run.mean_wait_eligible_s = 15'000.25;
  run.median_wait_s = 61;
  run.p99_wait_s = 200'000;
  run.max_wait_s = 309'231;
  run.mean_turnaround_s = 20'000.1;
  run.median_turnaround_s = 1'000;
  run.p99_turnaround_s = 300'000;
  run.max_turnaround_s = 400'000;
  run.mean_bounded_slowdown = 92.577;
  run.makespan_s = 29'378'040;
  run.utilisation = 0.704;
  run.preemptions = 1'234;
  run.lost_gpu_hours = 5.5;
  run.events = 99'999;
  run.commands = 88'888;
  run.load_s = 0.25;
  run.wall_s = 0.5;
  run.peak_rss_bytes = 12'345'678;
  run.usage = {{850'000'000, 400, 800, 3, 24}, {850'003'600, 800, 800, 0.1, 0.3}};
  run.waits_by_size = {{"1 GPU", 20'000, 1'000, 10, 1, 30, 90, 100},
                       {"2-4 GPUs", 8'481, 2'000, 20, 2, 60, 180, 200}};
  run.waits_by_tenant = {{"alpha", 20'000, 1'000, 10, 1, 30, 90, 100},
                         {"beta", 8'481, 2'000, 20, 2, 60, 180, 200}};
  run.starts = {{850'000'000, 0, 60, 8}, {850'000'100, 3'600, 600, 1}};
  return run;
}

inline Report example_report() {
  Report report;
  report.version = "1.2.3";
  RackGroup group;
  group.nodes_per_rack = 100;
  report.options.queues = {{"", FleetSpec{{group}}}};
  report.skips = {{"no run time", {7, "example.swf:12: job 11"}}};
  report.runs = {example_run()};
  return report;
}

inline Report example_comparison() {
  Report report = example_report();
  report.runs.push_back(example_run("sjf", "none"));
  report.runs.back().mean_wait_s = 1'569.68;
  return report;
}

}  // namespace stargate::sim
