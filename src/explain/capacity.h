#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agreement/book.h"

// What can really run by a day: promises against what is there, and how late promises were kept.

namespace stargate::explain {

inline constexpr std::uint32_t kPercentiles[] = {10, 50, 90};
inline constexpr std::size_t kPercentileCount = std::size(kPercentiles);

/// GPUs at a site, of one lab's orders.
struct SiteCapacity {
  std::string site;
  std::uint64_t accepted_gpus = 0;            ///< at the moment
  std::uint64_t promised_gpus = 0;            ///< by the day, with what is there, were nothing late
  std::uint64_t gpus[kPercentileCount] = {};  ///< by the day, with what is there
};

struct LabCapacity {
  std::string lab;
  std::vector<CapacityAmount> secured;  ///< what is secured or further, by unit
  std::vector<SiteCapacity> sites;  ///< that have something or are promised something by the day
  SiteCapacity all;                 ///< their sums
};

struct Capacity {
  Instant at;
  Instant known;
  Instant by;
  bool is_observed = false;       ///< the slips are the world's own
  std::vector<Duration> slips;    ///< ascending
  std::vector<LabCapacity> labs;  ///< that have orders, in the world's order
};

/// How late tranches that were due by the moment were, against their first date: those that were
/// delivered (zero: in time), and those whose date was amended and that are not there. Ascending.
std::vector<Duration> observed_slips(const agreement::Book& book, agreement::Moment moment);

/// The slip that `percent` of the slips do not exceed, by the nearest rank. REQUIRES: there are some,
/// ascending, and 0 < percent <= 100.
Duration slip_at(std::span<const Duration> slips, std::uint32_t percent);

/// What can run by the day, as known at the moment. What is accepted stays where its order goes on
/// until then. What is not accepted comes with the tranche that promises it, its due date and the slip
/// of each percentile; of a tranche that is late already, only slips that are longer than that count,
/// and where there is none, it does not come. What no tranche promises does not come. Orders that are
/// not signed have nothing. `slips`: ascending, at least one. O(stages x acts).
Capacity capacity_by(const agreement::Book& book, agreement::Moment moment, Instant by,
                     std::vector<Duration> slips);

/// For programs; ends with a line end.
std::string to_json(const Capacity& capacity);
/// For people, in 80 columns.
std::string to_text(const Capacity& capacity);

}  // namespace stargate::explain
