// Random histories in which nodes fail, are drained and come back: what must hold whatever happens.

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "oracle/event_book.h"
#include "sim/fleet_text.h"
#include "sim/job_list_fixture.h"
#include "sim/replayer.h"
#include "sim/starts_fixture.h"

namespace stargate::sim {
namespace {

/// Keeps books of who holds what, by the events alone, and beside them the state that they make.
class Watcher final : public driver::Recorder {
 public:
  explicit Watcher(std::uint32_t nodes) : failed_(nodes) {}

  void record(const Command& command, const EventBatch& batch) override {
    if (++commands_ > 20'000) throw std::runtime_error("jobs take turns for ever");
    starts.record(command, batch);
    // Within an instant a node may fail under a job; at its end the job has been stopped.
    if (command.at != at_) {
      note(running_on_failed());
      fails_now_ = false;
    }
    at_ = command.at;
    for (const Event& event : batch.events) {
      note(book_.note(event, batch));
      state_.apply(event, batch);
      if (const auto* changed = std::get_if<event::HealthChanged>(&event.body)) {
        for (std::uint32_t i = 0; i < changed->count; ++i) {
          failed_[changed->first.value + i] = changed->health == Health::kFailed;
        }
        fails_now_ |= changed->health == Health::kFailed;
        ends_beside_failures += fails_now_ ? ended_now_ : 0;
      } else if (const auto* stop = std::get_if<event::StopRequested>(&event.body)) {
        if (stop->reason == Reason::kNodeLost) ++jobs_lost;
      } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
        ended_now_ = released->reason == Reason::kExited ? 1 : 0;
      }
    }
    note(book_.fault_of(state_));
  }

  std::string fault() const {
    if (!fault_.empty()) return fault_;
    for (const auto& [id, job] : book_.jobs()) {
      if (job.holds) return "a job holds GPUs when all is over";
    }
    return "";
  }

  Starts starts;
  int jobs_lost = 0;
  int ends_beside_failures = 0;

 private:
  std::string running_on_failed() const {
    for (const auto& [id, job] : book_.jobs()) {
      for (const NodeRange& range : job.ranges) {
        for (std::uint32_t i = 0; i < range.count; ++i) {
          if (failed_[range.first + i]) return "a job runs on a failed node";
        }
      }
    }
    return "";
  }
  void note(const std::string& fault) {
    if (fault_.empty()) fault_ = fault;
  }

  oracle::EventBook book_;
  core::State state_;
  std::vector<bool> failed_;
  Instant at_;
  bool fails_now_ = false;
  int ended_now_ = 0;
  std::string fault_;
  int commands_ = 0;
};

Instant at(std::uint64_t s) { return Instant{} + seconds(static_cast<std::int64_t>(s)); }

constexpr std::uint32_t kNodes = 4;
constexpr std::uint32_t kGpus = 4;

JobList random_jobs(Prng& prng) {
  JobList jobs(prng.below(3) == 0 ? InstantOrder::kWorkloadArchive
                                  : InstantOrder::kEndsThenSubmissions);
  std::uint64_t submit = 0;
  for (int i = 0; i < 30; ++i) {
    submit += prng.below(12);
    const auto run = seconds(static_cast<std::int64_t>(1 + prng.below(40)));
    const auto estimate = seconds(static_cast<std::int64_t>(1 + prng.below(40)));
    Request request;
    request.parts.resize(1);
    request.parts[0].gpus = static_cast<std::uint32_t>(1 + prng.below(8));
    if (prng.below(3) == 0) {
      request.parts[0].gpus = static_cast<std::uint32_t>(2 * (1 + prng.below(4)));
      request.parts[0].gpus_per_node = 2;
    }
    request.accepts_degraded = prng.below(2) == 0;
    TraceJob& job = jobs.add(at(submit), run, prng.below(2) == 0 ? run : estimate, request);
    if (prng.below(2) == 0) job.checkpoint_interval = seconds(5);
  }
  return jobs;
}

/// Ends with every node healthy for good.
std::vector<ReplayHealth> random_health(Prng& prng) {
  const char* const names[] = {"healthy", "degraded", "drained", "failed", "failed"};
  std::vector<ReplayHealth> changes;
  std::uint64_t when = 0;
  for (int i = 0; i < 20; ++i) {
    when += prng.below(25);
    const auto first = static_cast<std::uint32_t>(prng.below(kNodes));
    const auto count = static_cast<std::uint32_t>(1 + prng.below(kNodes - first));
    changes.push_back({"", at(when), first, count, names[prng.below(5)]});
  }
  changes.push_back({"", at(when + 1), 0, kNodes, "healthy"});
  return changes;
}

TEST(ReplayHealth, NoJobRunsOnAFailedNodeAndEveryJobEndsOnceNodesAreBack) {
  const char* const orders[] = {"fifo", "sjf", "fair-share"};
  const char* const backfills[] = {"none", "easy", "conservative"};
  int jobs_lost = 0;
  int ends_beside_failures = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Prng prng(seed);
    const JobList jobs = random_jobs(prng);
    ReplayOptions options;
    options.queues = {{"", parse_fleet(std::to_string(kNodes) + "x" + std::to_string(kGpus))}};
    options.health = random_health(prng);
    options.order = orders[prng.below(3)];
    options.backfill = backfills[prng.below(3)];
    options.restart_overhead = seconds(static_cast<std::int64_t>(prng.below(3)));
    ReplayControl control;
    Watcher watcher(kNodes);
    Replayer replayer(options, jobs, control, &watcher);
    ASSERT_NO_THROW(replayer.run())
        << "seed " << seed << ' ' << options.order << ' ' << options.backfill;
    ASSERT_EQ(watcher.fault(), "") << "seed " << seed;
    for (std::size_t i = 0; i < jobs.job_count(); ++i) {
      ASSERT_TRUE(watcher.starts.runs()[i].end) << "seed " << seed << ", job " << i;
    }
    jobs_lost += watcher.jobs_lost;
    ends_beside_failures += watcher.ends_beside_failures;
  }
  // The cases that this is about were met.
  EXPECT_GT(jobs_lost, 100);
  EXPECT_GT(ends_beside_failures, 10);
}

}  // namespace
}  // namespace stargate::sim
