// none: the first job that cannot start holds up all behind it.

#include "placement/backfill/backfill.h"

namespace stargate::placement {

extern const BackfillEntry kNoBackfill;
const BackfillEntry kNoBackfill{
    BackfillKind::kNone, "none",
    [](PassContext&, std::uint32_t) -> std::unique_ptr<Backfill> { return nullptr; }};

}  // namespace stargate::placement
