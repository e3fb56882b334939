#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "base/wide.h"
#include "sim/trace_job.h"

namespace stargate::sim {

/// A workload to be made up.
struct GenerateOptions {
  std::uint64_t jobs = 100'000;
  /// The fleet that it is for.
  std::uint32_t nodes = 1'000;
  std::uint32_t gpus_per_node = 8;
  /// Offered load: GPU time of all jobs over the fleet's, from the first submission to the last.
  std::uint64_t load_millionths = 950'000;
  std::uint64_t seed = 1;
};

/// Makes up jobs after published figures of Microsoft's Philly cluster (Jeon et al., ATC 2019): most
/// jobs have one GPU, sizes are powers of two up to 128, the large ones hold most of the GPU time,
/// run times have a heavy tail and grow with the size (the longest is 60 days, or at most about an
/// eighth of the span), a few of the 200 users submit most jobs, and
/// more comes by day and on working days than else. Users ask for more time than they need, in steps
/// of a quarter of an hour to a day.
///
/// The same options give the same jobs with every compiler and on every machine. Jobs come in order
/// of submission, with whole seconds; submissions begin on Monday, 5 January 2026. Memory does not
/// grow with the number of jobs; making a job takes a constant time.
class WorkloadGenerator {
 public:
  /// Draws all jobs once, to know the span that gives the load. Throws InputError for options that
  /// make no workload.
  explicit WorkloadGenerator(const GenerateOptions& options);

  /// False after the last.
  bool next(TraceJob& job);
  const TraceTables& tables() const { return tables_; }
  /// From the first submission to the last: as long as gives the load, to the nearest second.
  Duration span() const { return seconds(span_s_); }
  /// GPUs times seconds of all jobs.
  Int128 gpu_seconds() const { return gpu_s_; }

 private:
  struct Draw {
    std::uint32_t gpus = 0;
    std::uint32_t gpus_per_node = 0;
    std::int64_t run_s = 0;
    std::int64_t requested_s = 0;
    std::uint32_t user = 0;
    std::uint64_t gap = 0;  // before this job, in parts of gaps_
  };

  void restart();
  Draw draw();
  std::int64_t second_at(Int128 position) const;

  GenerateOptions options_;
  TraceTables tables_;
  std::vector<std::uint64_t> user_weights_;  // running sums
  std::array<std::int64_t, 169> week_{};     // running sums of the hours' weights, times 3600
  std::vector<RequestId> requests_;          // by size's place in the table of sizes
  Prng prng_{0};
  std::uint64_t made_ = 0;
  Int128 gap_sum_ = 0;
  Int128 gaps_ = 0;
  Int128 gpu_s_ = 0;
  std::int64_t span_s_ = 0;
  std::int64_t longest_run_s_ = 0;
  Int128 span_weight_ = 0;
};

/// What was written.
struct Generated {
  std::uint64_t jobs = 0;
  Duration span;
  Int128 gpu_seconds = 0;
};

/// Writes the workload to a `jobs` log. Throws InputError.
Generated generate_jobs(const GenerateOptions& options, const std::string& path);

}  // namespace stargate::sim
