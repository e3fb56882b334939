#pragma once

#include <memory>
#include <span>

#include "placement/decision.h"
#include "placement/pass_cache.h"
#include "placement/walk.h"

namespace stargate::placement {

/// What a pass knows while it looks for jobs that may overtake the head.
struct PassContext {
  const Scheduling& scheduling;
  const Queue& queue;
  Instant at;
  Walk& walk;
  PassCache& cache;
  /// The only jobs that can start, in the order in which candidates are tried; null: any may.
  const std::vector<std::uint32_t>* only = nullptr;
};

/// A kind of backfilling: which jobs may overtake one that cannot start. Each is a file in this
/// folder, with its contract in its header comment; backfill.cpp has the table of them.
class Backfill {
 public:
  virtual ~Backfill() = default;
  /// The next job to start and where, in `decision`; false where there is none. The decision is
  /// carried out before the next call.
  virtual bool next(PassContext& context, Decision& decision) = 0;
  /// After next() was false: a pass over the same state would start nothing, and as long as nothing is
  /// given back only jobs that come can be started.
  virtual bool exhausted() const { return false; }
};

struct BackfillEntry {
  BackfillKind kind;
  const char* name;
  /// `head`: the slot of the job that cannot start.
  std::unique_ptr<Backfill> (*make)(PassContext& context, std::uint32_t head);
};

const BackfillEntry& backfill_of(BackfillKind kind);
std::span<const BackfillEntry* const> all_backfills();

}  // namespace stargate::placement
