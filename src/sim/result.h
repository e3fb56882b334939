#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace stargate::sim {

/// One point of the use over time. Values are averages over the bin that ends at `at_s`.
struct UsageSample {
  double at_s = 0;  ///< since the Unix epoch of the log's own times
  double gpus_used = 0;
  double gpus_capacity = 0;
  double jobs_queued = 0;
  double gpus_queued = 0;
};

/// Waits of a class of jobs, in seconds; percentiles are exact unless `sampled`.
struct WaitRow {
  std::string label;  ///< "2-4 GPUs", a tenant's name
  std::uint64_t jobs = 0;
  double gpu_hours = 0;
  double mean_wait_s = 0;
  double p50_wait_s = 0;
  double p90_wait_s = 0;
  double p99_wait_s = 0;
  double max_wait_s = 0;
};

/// One job of the sample that the start-time plot shows.
struct StartSample {
  double submit_s = 0;
  double wait_s = 0;
  double run_s = 0;
  std::uint32_t gpus = 0;
};

/// What one replay did. Seconds are of the virtual clock unless they are load_s and wall_s.
struct RunResult {
  // What was run.
  std::string trace;
  std::string fleet;
  std::string order;
  std::string backfill;
  std::string backfill_order;
  std::string estimate;
  std::string place;
  std::uint64_t gpus = 0;
  std::uint64_t nodes = 0;

  // What came out.
  std::uint64_t jobs = 0;  ///< that ran to their end
  std::uint64_t skipped = 0;
  std::map<std::string, std::uint64_t> skipped_by_reason;
  double mean_wait_s = 0;           ///< in the queue, from submission; also between two starts
  double mean_wait_eligible_s = 0;  ///< the same, from when the job could first have started
  double median_wait_s = 0;
  double p99_wait_s = 0;
  double max_wait_s = 0;
  double mean_turnaround_s = 0;
  double median_turnaround_s = 0;
  double p99_turnaround_s = 0;
  double max_turnaround_s = 0;
  double mean_bounded_slowdown = 0;
  double makespan_s = 0;          ///< from the first submission to the last end
  double utilisation = 0;         ///< GPU time used of GPU time there was, over the makespan
  std::uint64_t preemptions = 0;  ///< stops for another job; not for a lost node or a window
  double lost_gpu_hours = 0;      ///< work done again, and restarts
  std::uint64_t events = 0;
  std::uint64_t commands = 0;
  std::uint64_t running_at_end = 0;  ///< where it was interrupted
  std::uint64_t queued_at_end = 0;
  bool interrupted = false;

  double load_s = 0;
  double wall_s = 0;
  std::uint64_t peak_rss_bytes = 0;
  std::string event_hash;  ///< of the event stream; empty unless a ledger was kept

  std::vector<UsageSample> usage;
  std::vector<WaitRow> waits_by_size;
  std::vector<WaitRow> waits_by_tenant;
  std::vector<StartSample> starts;
};

}  // namespace stargate::sim
