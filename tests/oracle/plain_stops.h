#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/policy.h"

namespace stargate::oracle {

/// A tenant below the root or below one that stands before it. Number 0 is the root.
struct StopsTenant {
  std::uint32_t parent = 0;
  std::uint64_t weight = 1;
  std::uint32_t cohort = 0;
  std::uint64_t guaranteed = 0;
  std::uint64_t borrow = 0;
};

struct StopsJob {
  Instant submit;
  Duration run;  ///< the true one
  Duration estimate;
  Duration checkpoint_interval;
  std::uint32_t gpus = 1;
  std::uint32_t tenant = 0;
  std::int32_t priority = 0;
};

struct StopsWorld {
  std::uint64_t gpus = 8;
  OrderKind order = OrderKind::kPriority;
  Duration restart_overhead;
  Duration half_life;  ///< zero: use is never forgotten
  std::vector<StopsTenant> tenants{1};
  std::vector<StopsJob> jobs;  ///< in order of submission
};

struct StopsRun {
  bool refused = false;
  std::vector<Instant> starts;
  Instant end;
};

/// Rare states, and how often they were reached.
struct StopsProbes {
  std::uint64_t preempted = 0;
  std::uint64_t spared = 0;  ///< a victim turned out not to be needed
  std::uint64_t reclaimed = 0;
  std::uint64_t several_victims = 0;
  std::uint64_t restarts = 0;
  std::uint64_t stopped_in_overhead = 0;
  std::uint64_t held_back = 0;  ///< what would borrow waits for what is guaranteed
  std::uint64_t quota_blocks = 0;
  std::uint64_t levels = 0;  ///< `las`: a running job attained a level
  std::uint64_t fair_passes = 0;
  bool too_close = false;  ///< two uses are nearer than rounding tells apart: no answer
};

/// Jobs that take any GPUs, without backfilling, on a virtual clock on which stops take no time: all
/// orders, preemption, quotas, reclaim and fair share, by plain lists that are looked at as a whole
/// each time. `fault` is set where a tenant or a cohort holds more than it may.
std::vector<StopsRun> plain_stops(const StopsWorld& world, StopsProbes& probes, std::string& fault);

}  // namespace stargate::oracle
