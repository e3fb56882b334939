#pragma once

#include <vector>

#include "sim/distribution.h"
#include "sim/result.h"
#include "sim/trace_job.h"
#include "sim/usage.h"

namespace stargate::sim {

/// A job that ran to its end, on the virtual clock.
struct EndedJob {
  Instant submit;
  Instant eligible;
  Instant start;  ///< the first
  Instant end;
  Duration held;  ///< how long it held GPUs, over all its starts
  Duration run;   ///< the true run time
  std::uint32_t gpus = 0;
  std::uint32_t tenant = 0;
};

/// Adds up what a replay did. Memory does not grow with the jobs but for the turnarounds, which are
/// all kept (see ExactDistribution), and the waits of the first kWaitsKept jobs.
class Tally {
 public:
  UsageRecorder usage;
  std::uint64_t preemptions = 0;
  Int128 lost_gpu_us = 0;

  void submitted(Instant at);
  void ended(const EndedJob& job);
  std::uint64_t jobs() const { return turnarounds_.count(); }

  /// Writes the figures into the result.
  void report(const TraceTables& tables, RunResult& result) const;

 private:
  static constexpr std::uint64_t kWaitsKept = 1'000'000;
  static constexpr std::size_t kStartsKept = 4'000;
  struct Group {
    SampledDistribution waits;
    Int128 gpu_us = 0;
  };

  ExactDistribution turnarounds_;
  SampledDistribution waits_{kWaitsKept};
  Int128 wait_us_ = 0;
  Int128 wait_eligible_us_ = 0;
  long double slowdown_ = 0;
  bool any_submitted_ = false;
  Instant first_submit_;
  Instant last_end_;
  std::vector<Group> by_size_;
  std::vector<Group> by_tenant_;
  std::vector<StartSample> starts_;
  Prng prng_{2};
};

}  // namespace stargate::sim
