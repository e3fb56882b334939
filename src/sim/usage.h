#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "sim/result.h"

namespace stargate::sim {

/// What is in use and what waits, over time: averages over at most kBinsMax bins, whose width doubles
/// whenever they run out. O(1) a change, amortised.
class UsageRecorder {
 public:
  struct Level {
    std::int64_t gpus_used = 0;
    std::int64_t gpus_capacity = 0;
    std::int64_t jobs_queued = 0;
    std::int64_t gpus_queued = 0;
  };

  /// The level that holds from here on is `level`; it may be changed between calls.
  Level level;

  /// The clock moves: the level so far held until `at`.
  void advance(Instant at);
  /// GPU seconds used, and that there were, since the first call.
  double used_gpu_s() const { return used_gpu_us_ / 1e6; }
  double capacity_gpu_s() const { return capacity_gpu_us_ / 1e6; }
  std::vector<UsageSample> samples() const;

 private:
  static constexpr std::size_t kBinsMax = 1'024;
  struct Bin {
    double gpus_used = 0;
    double gpus_capacity = 0;
    double jobs_queued = 0;
    double gpus_queued = 0;
    double us = 0;
    void add(const Level& level, double length_us);
    void add(const Bin& other);
  };
  void widen();

  bool started_ = false;
  Instant first_;
  Instant last_;
  std::int64_t width_us_ = kMicrosPerSecond;
  std::vector<Bin> bins_;
  double used_gpu_us_ = 0;
  double capacity_gpu_us_ = 0;
};

}  // namespace stargate::sim
