#pragma once

#include <string>
#include <vector>

#include "sim/replay.h"
#include "sim/result.h"
#include "sim/trace_job.h"

namespace stargate::sim {

/// All that the table, the JSON and the page show of one call of `stargate replay`.
struct Report {
  std::string version;      ///< of the program
  ReplayOptions options;    ///< what the runs have in common; what varies is in each run
  std::string queue_scale;  ///< of `--queues`, as it was given; empty for a fleet
  Skips skips;
  std::vector<std::string> notes;  ///< on how the log was read, a sentence each
  std::vector<RunResult> runs;     ///< in the order in which the options name them
  /// The runs behind them that an interruption left no time for: only what was to be run is set, and
  /// `interrupted`.
  std::vector<RunResult> not_begun;
};

/// One of the options that may differ between runs.
struct Variant {
  const char* name;    ///< "order"
  const char* option;  ///< "--order"
  std::string RunResult::*value;
};

/// Order, backfill, backfill order, estimate and place.
const std::vector<Variant>& variants();

/// The variants that differ between the runs; the first (the order) alone for a single run.
std::vector<Variant> varying(const std::vector<RunResult>& runs);

/// What tells this run from the others: "sjf, easy".
std::string run_label(const RunResult& run, const std::vector<Variant>& which);

}  // namespace stargate::sim
