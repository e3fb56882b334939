// What queueing theory says, against replays of random work.

#include <cmath>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "base/wide.h"
#include "sim/fleet_text.h"
#include "sim/job_list_fixture.h"
#include "sim/replayer.h"
#include "sim/starts_fixture.h"

namespace stargate::sim {
namespace {

/// Exponential, by inverse transform of a uniform number in (0, 1].
Duration exponential(Prng& prng, double mean_us) {
  const double uniform = (static_cast<double>(prng.next() >> 11) + 1) * 0x1p-53;
  return {std::llround(-mean_us * std::log(uniform))};
}

constexpr double kMeanRunUs = 1'000e6;

JobList random_jobs(std::uint64_t seed, std::uint32_t servers, double load, std::size_t count) {
  Prng prng(seed);
  JobList jobs;
  Instant at{};
  for (std::size_t i = 0; i < count; ++i) {
    at = at + exponential(prng, kMeanRunUs / (load * servers));
    const Duration run = exponential(prng, kMeanRunUs);
    jobs.add(at, run, run, 1).priority = static_cast<std::int32_t>(prng.below(4));
  }
  return jobs;
}

ReplayOptions options(const std::string& order, const std::string& backfill, std::uint32_t gpus) {
  ReplayOptions result;
  result.order = order;
  result.backfill = backfill;
  result.queues = {{"", uniform_fleet(gpus, 1)}};
  return result;
}

/// The mean wait of M/M/c: Erlang's C formula over (c mu - lambda). B comes from its recursion.
double erlang_c_wait_us(std::uint32_t servers, double load) {
  const double offered = load * servers;
  double blocked = 1;
  for (std::uint32_t i = 1; i <= servers; ++i)
    blocked = offered * blocked / (i + offered * blocked);
  const double waits = blocked / (1 - load * (1 - blocked));
  return waits * kMeanRunUs / (servers * (1 - load));
}

// The mean of 20 means of 10,000 jobs each, after 20,000 that fill the queue, is about normal; jobs
// of different batches hardly depend on each other, as the queue forgets within some (1 - load)^-2
// arrivals. The tolerance is 4 standard errors, which one seed in a thousand misses (Student's t with
// 19 degrees of freedom). With 32 servers the loads are such that more than a few jobs wait: at 0.5 it
// is one in 3,000, all in a few busy periods, and no mean over a batch is normal.
TEST(Theory, WaitsOfMMcAreErlangs) {
  constexpr std::size_t kBatches = 20;
  constexpr std::size_t kBatch = 10'000;
  constexpr std::size_t kFill = 20'000;
  std::uint64_t seed = 1;
  for (std::uint32_t servers : {1U, 4U, 32U}) {
    const bool many = servers > 10;
    for (double load : {many ? 0.8 : 0.5, many ? 0.9 : 0.7, many ? 0.95 : 0.9}) {
      ++seed;
      SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::to_string(servers) +
                   " servers, load " + std::to_string(load));
      const JobList jobs = random_jobs(seed, servers, load, kFill + kBatches * kBatch);
      ReplayControl control;
      Starts starts;
      const ReplayOptions fifo = options("fifo", "none", servers);
      Replayer replayer(fifo, jobs, control, &starts);
      replayer.run();
      std::vector<double> means(kBatches);
      const auto cursor = jobs.open();
      for (std::size_t i = 0; i < jobs.job_count(); ++i) {
        const TraceJob& job = *cursor->next();
        ASSERT_EQ(starts.runs()[i].starts.size(), 1u);
        if (i < kFill) continue;
        means[(i - kFill) / kBatch] +=
            static_cast<double>((starts.runs()[i].starts[0] - job.submit).us) / kBatch;
      }
      double mean = 0;
      for (double batch : means) mean += batch / kBatches;
      double variance = 0;
      for (double batch : means) variance += (batch - mean) * (batch - mean) / (kBatches - 1);
      const double standard_error = std::sqrt(variance / kBatches);
      const double expected = erlang_c_wait_us(servers, load);
      EXPECT_NEAR(mean, expected, 4 * standard_error);
      // The test means something: the error is a few per cent where there is a queue at all.
      if (expected > 1e6) {
        EXPECT_LT(standard_error, 0.15 * expected);
      }
    }
  }
}

/// Follows the number that wait and that run, from the events alone.
class Watch final : public driver::Recorder {
 public:
  explicit Watch(std::uint64_t gpus) : gpus_(gpus) {}

  void record(const Command&, const EventBatch& batch) override {
    for (const Event& event : batch.events) {
      if (last_ < event.at) {
        if (waiting_ > 0 && running_ < gpus_) ++idle_while_some_wait_;
        waited_us_ += Int128{(event.at - last_).us} * static_cast<Int128>(waiting_);
        last_ = event.at;
      }
      if (std::holds_alternative<event::JobQueued>(event.body)) {
        ++waiting_;
      } else if (std::holds_alternative<event::AllocationAssigned>(event.body)) {
        --waiting_;
        ++running_;
      } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
        --running_;
        if (released->reason != Reason::kExited) ++waiting_;
      }
    }
  }

  std::uint64_t idle_while_some_wait() const { return idle_while_some_wait_; }
  Int128 waited_us() const { return waited_us_; }

 private:
  std::uint64_t gpus_;
  std::uint64_t waiting_ = 0;
  std::uint64_t running_ = 0;
  std::uint64_t idle_while_some_wait_ = 0;
  Int128 waited_us_ = 0;
  Instant last_{};
};

// Over a window in which the queue is empty at both ends, the queue's mean length times the length of
// the window is the sum of all waits, to the microsecond.
TEST(Theory, LittlesLawHolds) {
  for (const std::string order : {"fifo", "sjf"}) {
    for (std::uint64_t seed = 100; seed < 105; ++seed) {
      SCOPED_TRACE(order + ", seed " + std::to_string(seed));
      const JobList jobs = random_jobs(seed, 4, 0.9, 20'000);
      const ReplayOptions chosen = options(order, "none", 4);
      ReplayControl control;
      Watch watch(4);
      Replayer watched(chosen, jobs, control, &watch);
      watched.run();
      RunResult result;
      watched.report(result);
      Starts starts;
      ReplayControl again;
      Replayer noted(chosen, jobs, again, &starts);
      noted.run();
      Int128 waits = 0;
      const auto cursor = jobs.open();
      for (std::size_t i = 0; i < jobs.job_count(); ++i) {
        waits += (starts.runs()[i].starts[0] - cursor->next()->submit).us;
      }
      EXPECT_TRUE(watch.waited_us() == waits);
      const double mean_s =
          static_cast<double>(waits) / 1e6 / static_cast<double>(jobs.job_count());
      EXPECT_NEAR(result.mean_wait_s, mean_s, 1e-6 * mean_s);
    }
  }
}

struct Policy {
  const char* order;
  const char* backfill;
};
constexpr Policy kPolicies[] = {{"fifo", "none"},        {"sjf", "none"}, {"srtf", "none"},
                                {"srsf", "easy"},        {"las", "none"}, {"fifo", "easy"},
                                {"priority", "easy"},    {"sjf", "easy"}, {"fair-share", "easy"},
                                {"fifo", "conservative"}};

TEST(Theory, NoGpuIsIdleWhileAJobOfOneGpuWaits) {
  std::uint64_t seed = 200;
  for (const Policy& policy : kPolicies) {
    for (std::uint32_t gpus : {1U, 4U, 20U}) {
      ++seed;
      const JobList jobs = random_jobs(seed, gpus, 0.95, 2'000);
      ReplayControl control;
      Watch watch(gpus);
      const ReplayOptions chosen = options(policy.order, policy.backfill, gpus);
      Replayer replayer(chosen, jobs, control, &watch);
      replayer.run();
      EXPECT_EQ(watch.idle_while_some_wait(), 0u)
          << policy.order << " " << policy.backfill << ", " << gpus << " GPUs, seed " << seed;
    }
  }
}

// One GPU is busy until the work that came is done, in whatever order it is done. (With several, the
// order decides how well the last jobs fill them.)
TEST(Theory, WithOneGpuEveryPolicyEndsAtTheSameTime) {
  for (std::uint64_t seed = 300; seed < 305; ++seed) {
    const JobList jobs = random_jobs(seed, 1, 0.95, 3'000);
    RunResult first;
    for (const Policy& policy : kPolicies) {
      ReplayControl control;
      const RunResult result = replay(options(policy.order, policy.backfill, 1), jobs, control);
      EXPECT_EQ(result.jobs, jobs.job_count());
      if (first.jobs == 0) first = result;
      EXPECT_DOUBLE_EQ(result.makespan_s, first.makespan_s) << policy.order << ", seed " << seed;
      EXPECT_DOUBLE_EQ(result.utilisation, first.utilisation) << policy.order << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace stargate::sim
