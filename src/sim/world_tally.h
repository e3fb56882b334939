#pragma once

#include <cstdint>
#include <vector>

#include "agreement/judge.h"
#include "core/state.h"
#include "driver/step.h"
#include "sim/distribution.h"
#include "sim/use_log.h"
#include "sim/world_result.h"

namespace stargate::sim {

/// Counts what happens in a world while it is played. Use is integrated between commands, so that
/// every figure is exact; only the samples for plots are means of spans.
class WorldTally : public driver::Recorder {
 public:
  static constexpr std::size_t kSamples = 240;

  /// Samples divide the time from `sample_from` until `end` into equal spans.
  WorldTally(Instant sample_from, Instant end) : sample_from_(sample_from), end_(end) {}

  /// The state that the commands go to, which may have had some already. Commands before are not
  /// counted. REQUIRES: no job was submitted yet; the state outlives the tally.
  void watch(const core::State& state);

  void record(const Command& command, const EventBatch& batch) override;

  /// All that happened until `end`, or until `reached` where the world was played only so far. Call it
  /// once.
  WorldResult finish(Instant reached = kNever);

 private:
  /// A job, by its number.
  struct Job {
    Instant submitted;
    Instant started = kNever;  ///< at first
    Instant waits_since;       ///< while it waits
    Duration waited;           ///< before that
    Duration run_time;         ///< as its workload says it
    std::uint32_t gpus = 0;    ///< asked for
    std::uint32_t held = 0;
    std::uint32_t stops = 0;
    WorkloadId workload = kNo<WorkloadId>;
    QueueId queue = kNo<QueueId>;
    OrderId order = kNo<OrderId>;  ///< while it holds GPUs
    bool waits = false;
    bool ended = false;
  };

  /// GPUs at this instant, and their time until it.
  struct Level {
    std::uint64_t gpus = 0;
    GpuTime time;
  };

  /// What a lab's jobs wait for. By PartyId; only of customers are there samples.
  struct Lab {
    Level unmet;
    Level queued;
    TransferCounts transfers;  ///< of data that its workloads need
    /// Sums of GPUs x microseconds, by PartyId, until finish().
    std::vector<WorldSample> samples;
  };

  /// Whose figures are counted: kNo for all.
  bool is_of(PartyId lab, PartyId counted) const { return !is_set(counted) || lab == counted; }
  PartyId lab_of(const Job& job) const;
  /// Of the first workload that needs the data: kNo where none does.
  PartyId lab_of(DataId data) const;
  void add_samples(Lab& lab) const;

  void advance(Instant at);
  void sample(Instant from, Instant until);
  void refresh_accepted();
  void wait(Job& job, Instant at, QueueId queue);
  void leave(Job& job, Instant at);
  void release(Job& job);
  void count(PartyId lab, WorldFigures& figures) const;
  void count_jobs(PartyId lab, WorldFigures& figures) const;
  void count_offers(PartyId lab, WorldFigures& figures) const;
  void count_standings(PartyId lab, WorldFigures& figures) const;
  void count_unmet(PartyId lab, WorldFigures& figures) const;
  void count_transfer(const event::TransferStarted& transfer);
  void count_spending(PartyId lab, WorldFigures& figures,
                      std::vector<SupplierResult>& suppliers) const;
  void count_samples(PartyId lab, const std::vector<std::size_t>& suppliers,
                     WorldFigures& figures) const;
  OrderId order_of(QueueId queue) const;

  const core::State* state_ = nullptr;
  Instant sample_from_;
  Instant end_;
  Instant begin_;  ///< when it began to watch
  Instant now_;
  std::vector<Job> jobs_;
  UseLog uses_;
  std::vector<Level> used_;      ///< by OrderId
  std::vector<Level> accepted_;  ///< by OrderId
  std::vector<Level> idle_;      ///< by OrderId
  std::vector<Lab> labs_;        ///< by PartyId
  std::uint64_t events_ = 0;
  std::uint64_t commands_ = 0;
};

}  // namespace stargate::sim
