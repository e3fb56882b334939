#pragma once

#include <memory>

#include "placement/backfill/backfill.h"
#include "placement/decision.h"
#include "placement/walk.h"

namespace stargate::placement {

/// One scheduling pass over a queue at an instant, decision by decision. Each decision is carried out
/// before the next is asked for; the same state gives the same decisions.
///
///  1. The first job in order whose tenant's quota allows it starts, as long as it fits. Within a
///     cohort, jobs that would borrow come after the first jobs of tenants that would not.
///  2. If it does not fit, jobs that it may stop are asked to stop: those of tenants that borrowed
///     what its own tenant is guaranteed, or those that it preempts.
///  3. It is said to wait, if that is news.
///  4. Others may overtake it, as the kind of backfilling says.
/// A job that its tenant's quota does not allow holds up its tenant's jobs, and nobody else's. What
/// overtakes leaves the job that waits first its quota (Tenants::leaves_room).
class Pass {
 public:
  Pass(const Scheduling& scheduling, const Queue& queue, Instant at, PassCache& cache);

  /// `decision` is written in place, so that its buffers are used again.
  void next(Decision& decision);

 private:
  enum class Step : std::uint8_t { kHeads, kStops, kWait, kBackfill, kDone };

  void resume();
  void remember();
  bool start_head(Decision& decision);
  bool stop_others(Decision& decision);
  bool say_wait(Decision& decision);

  Walk walk_;
  PassContext context_;
  Step step_ = Step::kHeads;
  std::uint32_t head_ = 0;
  Reason reason_ = Reason::kNone;
  bool needs_reclaim_ = false;
  bool ended_ = false;
  std::vector<std::uint32_t> only_;
  std::unique_ptr<Backfill> backfill_;
};

/// A pass that places every job of the queue anew, running ones too: in order, what does not fit is
/// passed over, quotas and reservations are not minded. First the jobs that no longer run, or run
/// elsewhere, are asked to stop; once they have, the others start where they were placed.
/// O(jobs log jobs + fleet).
class RepackPass {
 public:
  RepackPass(const Scheduling& scheduling, const Queue& queue, Instant at);
  void next(Decision& decision);

 private:
  struct Placed {
    std::uint32_t slot;
    std::vector<NodeRange> ranges;
  };
  std::vector<std::uint32_t> to_stop_;
  std::vector<Placed> to_start_;
  std::size_t next_start_ = 0;
  bool stopped_ = false;
};

}  // namespace stargate::placement
