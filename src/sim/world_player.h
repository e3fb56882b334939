#pragma once

#include <atomic>
#include <cstdint>
#include <queue>
#include <vector>

#include "driver/step.h"
#include "model/policy.h"
#include "world/world.h"

namespace stargate::sim {

/// A run from outside, by another thread or a signal.
struct WorldControl {
  std::atomic<std::uint64_t> days_played{0};  ///< of the world's time
  std::atomic<bool> stop{false};              ///< set from outside: end early, with what there is
};

/// A world on a virtual clock: its definitions, acts and workloads through the engine. It stands in
/// for the executors: starts and stops are confirmed at once, and a job runs for as long as its
/// workload says, in the time of the accelerators that it runs on. At one instant, ends come first,
/// then acts, then whatever falls due, then submissions, then a pass over each queue that changed.
class WorldPlayer {
 public:
  /// `recorder` sees every command with its events, when they are applied already; nullptr: nobody.
  explicit WorldPlayer(const world::World& world, const QueuePolicy& policy = default_policy(),
                       driver::Recorder* recorder = nullptr);

  /// First in, first out, with EASY backfilling.
  static QueuePolicy default_policy();

  /// All that falls on or before `at`. Returns whether it came there: false where `control`, if any,
  /// said to stop. REQUIRES: reading checked the world (world/world.h).
  bool play_until(Instant at, WorldControl* control = nullptr);

  const core::State& state() const { return step_.state(); }
  /// The first instant of the world: nothing is before it.
  Instant begin() const { return begin_; }
  std::uint64_t jobs_submitted() const { return next_job_; }

 private:
  struct End {
    Instant at;
    std::uint64_t start;  ///< of the run: a later start of the job makes it void
    JobId job;
    friend bool operator<(const End& a, const End& b) {  // the greatest is on top of the heap
      return a.at != b.at ? b.at < a.at : b.start < a.start;
    }
  };
  /// The next jobs of a plan.
  struct Submission {
    Instant at;
    std::uint32_t plan;
    std::uint32_t repeat;
    friend bool operator<(const Submission& a, const Submission& b) {
      return a.at != b.at ? b.at < a.at : b.plan < a.plan;
    }
  };
  struct Stop {
    JobId job;
    Reason reason;
  };

  void define();
  void expect_taken() const;
  Instant next_instant();
  void play_instant(Instant at);
  void execute(const Command& command);
  void answer(Instant at);
  void touch(QueueId queue);
  bool is_void(const End& end) const;

  const world::World& world_;
  QueuePolicy policy_;
  core::Engine engine_;
  driver::Step step_;
  Instant begin_;
  std::priority_queue<End> ends_;
  std::priority_queue<Submission> submissions_;
  std::size_t next_act_ = 0;
  std::uint64_t next_job_ = 0;
  std::uint64_t starts_ = 0;
  std::vector<std::uint64_t> start_of_job_;  ///< the number of its running start; 0: none
  Reason refusal_ = Reason::kNone;           ///< of the last command
  std::vector<QueueId> touched_;
  std::vector<JobId> to_start_;
  std::vector<Stop> to_stop_;
};

}  // namespace stargate::sim
