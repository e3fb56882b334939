#pragma once

#include <memory>
#include <span>

#include "placement/decision.h"
#include "placement/walk.h"
#include "placement/what_if.h"

namespace stargate::placement {

/// What a pass knows while it looks for jobs that may overtake the head.
struct PassContext {
  const Scheduling& scheduling;
  const Queue& queue;
  Instant at;
  Walk& walk;
  WhatIf& what_if;
};

/// A kind of backfilling: which jobs may overtake one that cannot start. Each is a file in this
/// folder, with its contract in its header comment; backfill.cpp has the table of them.
class Backfill {
 public:
  virtual ~Backfill() = default;
  /// The next job to start and where, in `decision`; false where there is none. The decision is
  /// carried out before the next call.
  virtual bool next(PassContext& context, Decision& decision) = 0;
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
