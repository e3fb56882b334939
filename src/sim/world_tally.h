#pragma once

#include <cstdint>
#include <span>
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

  /// What was run so far; what still runs has no end (kNever).
  std::span<const agreement::UseRecord> uses() const { return uses_.records(); }

  /// All that happened until `end`. Call it once, when the world has been played until then.
  WorldResult finish();

 private:
  /// A job, by its number.
  struct Job {
    Instant submitted;
    Instant started = kNever;  ///< at first
    std::uint32_t gpus = 0;    ///< asked for
    std::uint32_t held = 0;
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

  void advance(Instant at);
  void sample(Instant from, Instant until);
  void refresh_accepted();
  void leave(Job& job);
  void release(Job& job);
  void count_offers(WorldResult& result) const;
  void count_standings(WorldResult& result) const;
  void count_unmet(WorldResult& result) const;
  void count_transfer(const event::TransferStarted& transfer);
  void count_spending(WorldResult& result, std::vector<SupplierResult>& suppliers) const;
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
  Level unmet_;
  Level queued_;
  std::vector<WorldSample> samples_;  ///< sums of GPUs x microseconds, by PartyId, until finish()
  TransferCounts transfers_;
  std::uint64_t ended_ = 0;
  std::uint64_t stops_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t commands_ = 0;
};

}  // namespace stargate::sim
