#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sim/replay.h"
#include "sim/trace_reader.h"

namespace stargate::cli {

/// The options of `stargate replay` as they were given, or their defaults; empty where the default
/// depends on others.
struct ReplayArguments {
  std::string trace;
  std::string time_zone = "UTC";
  std::string unit;
  std::string fleet;
  std::string queues;
  std::string queue_scale;
  std::string queue_gpus;
  std::string order = "fifo";
  std::string backfill = "none";
  std::string backfill_order = "queue";
  std::string estimate = "requested";
  std::string place;
  std::string overhead;
  std::string restart_overhead;
  std::string half_life;
  std::string tenants;
  std::string reserve;
  std::string health;
  std::string jobs_out;
  std::string save_trace;
  std::string ledger;
  std::string report;
  std::string json;
  std::string threads;
  bool verbose = false;
  bool quiet = false;
};

/// The same, checked, with one entry for each run.
struct ReplayPlan {
  sim::TraceOptions trace;
  std::string fleet_name;  ///< for people: "100x1", "vc.csv, scale 1/2"
  std::string queue_scale;
  sim::ReplayOptions common;  ///< with the fleet, the tenants and so on
  std::vector<sim::ReplayOptions> runs;
  std::size_t threads = 1;
};

/// Throws UsageError for wrong options, InputError for wrong files (the log is not read).
ReplayPlan plan_replay(const ReplayArguments& arguments);

/// What tells the files of a run from those of the others: its order and backfill, and what else
/// varies: "fifo-easy", "sjf-none-exact".
std::string file_suffix(const ReplayPlan& plan, const sim::ReplayOptions& run);

}  // namespace stargate::cli
