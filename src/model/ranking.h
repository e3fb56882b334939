#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/market_ids.h"
#include "model/use.h"

namespace stargate {

/// What makes one permitted place better than another.
enum class Criterion : std::uint8_t {
  kStartsNow,      ///< it has room now
  kLessQueued,     ///< fewer GPUs wait for it, of those it has; where none has room now
  kPaidFor,        ///< it is prepaid, or under a commitment that is not yet met
  kCheaper,        ///< the job costs less there at today's rate; fees are paid anyway
  kFaster,         ///< its accelerators do this work sooner
  kSameSite,       ///< more of the workload's jobs are at its site
  kLessDependent,  ///< fewer of the workload's jobs are on its supplier's paper
  kTighterFit,     ///< it has fewer GPUs free: large holes stay whole
  kFirstOrdered,
};
inline constexpr std::uint32_t kCriterionCount = 9;

/// "starts_now", "less_queued", "paid_for", "cheaper", "faster", "same_site", "less_dependent",
/// "tighter_fit", "first_ordered".
const char* name_of(Criterion criterion);

/// How permitted places are ranked for workloads of a lab (kNo: of any) and of these uses: by the
/// first criterion that tells two apart. The first ranking that fits a workload is its own. Places
/// that none of them tells apart come as they were ordered.
struct Ranking {
  std::string name;
  PartyId lab = kNo<PartyId>;
  UseMask uses = kAnyUse;
  std::vector<Criterion> criteria;

  friend bool operator==(const Ranking&, const Ranking&) = default;
};

/// Where no ranking fits.
std::span<const Criterion> default_ranking();

}  // namespace stargate
