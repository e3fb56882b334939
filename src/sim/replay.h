#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "model/topology.h"
#include "sim/job_source.h"
#include "sim/result.h"

namespace stargate::sim {

/// A queue of the replay: its name and its nodes.
struct ReplayQueue {
  std::string name;  ///< empty: every job goes here
  FleetSpec fleet;
};

/// One row of `--tenants`: who belongs to whom, and what is guaranteed to whom.
struct ReplayTenant {
  std::string name;
  std::string parent;        ///< empty: under the root
  std::uint64_t weight = 1;  ///< share among siblings, for `fair-share`
  std::string cohort;        ///< empty: no quota
  std::uint64_t guaranteed_gpus = 0;
  std::uint64_t borrow_gpus_max = 0;  ///< beyond the guaranteed
};

/// One row of `--reserve`: a window in which a number of whole nodes is kept for one tenant.
struct ReplayReservation {
  std::string queue;  ///< empty: the only one
  std::string tenant;
  std::uint32_t nodes = 0;
  Instant from;
  Instant until;
};

/// One change of `--health`: nodes of the queue that become healthy, degraded, drained or failed.
struct ReplayHealth {
  std::string queue;  ///< empty: the only one
  Instant at;
  std::uint32_t first_node = 0;
  std::uint32_t nodes = 1;
  std::string health;
};

/// One run: what the command line says, checked.
struct ReplayOptions {
  std::string order = "fifo";
  std::string backfill = "none";
  std::string backfill_order = "queue";
  std::string place = "best-fit";
  std::string estimate = "requested";   ///< "requested" or "exact"
  std::string overhead = "checkpoint";  ///< or "muri"
  Duration restart_overhead = seconds(0);
  Duration half_life = days(7);
  std::vector<ReplayQueue> queues;
  std::vector<ReplayTenant> tenants;
  std::vector<ReplayReservation> reservations;
  std::vector<ReplayHealth> health;
  bool verbose = false;       ///< name each skipped job on standard error
  std::string ledger_path;    ///< empty: no ledger is kept
  std::string jobs_out_path;  ///< empty: no line a job
};

/// Shared with the thread that draws the progress bar and with the signal handler.
struct ReplayControl {
  std::atomic<std::uint64_t> jobs_submitted{0};
  std::atomic<std::uint64_t> jobs_ended{0};
  std::atomic<bool> stop{false};  ///< set from outside: end early, with what there is
};

/// The names that the options accept, for messages and completions.
const std::vector<std::string>& order_names();
const std::vector<std::string>& backfill_names();
const std::vector<std::string>& backfill_order_names();
const std::vector<std::string>& place_names();

/// Replays the jobs through the core on a virtual clock. Throws InputError for options that name
/// nothing known and for files that cannot be written.
RunResult replay(const ReplayOptions& options, const JobSource& jobs, ReplayControl& control);

}  // namespace stargate::sim
