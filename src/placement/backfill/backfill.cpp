#include "placement/backfill/backfill.h"

#include "base/check.h"

namespace stargate::placement {

extern const BackfillEntry kNoBackfill;
extern const BackfillEntry kEasyBackfill;
extern const BackfillEntry kConservativeBackfill;

namespace {

constexpr const BackfillEntry* kBackfills[] = {&kNoBackfill, &kEasyBackfill,
                                               &kConservativeBackfill};

}  // namespace

std::span<const BackfillEntry* const> all_backfills() { return kBackfills; }

const BackfillEntry& backfill_of(BackfillKind kind) {
  for (const BackfillEntry* entry : kBackfills) {
    if (entry->kind == kind) return *entry;
  }
  STARGATE_CHECK(false, "every kind of backfilling is in the table");
}

}  // namespace stargate::placement
