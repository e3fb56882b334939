#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "placement/bucket_bits.h"

namespace stargate::placement {

/// Domains 0..n-1, each with a value, found by value. A level of few domains is searched as it is;
/// one of many equal domains keeps a set of domains a value; one of many unequal domains (where
/// such sets would take more than bits_max) keeps a sorted array.
/// Cost: set() O(1), or O(domains passed) in the sorted array; queries O(1) over all domains, over
/// a part of them O(distinct values).
class DomainOrder {
 public:
  struct Entry {
    std::uint32_t value = 0;
    std::uint32_t domain = 0;
  };

  /// REQUIRES: no value is ever above value_max.
  DomainOrder(std::vector<std::uint32_t> values, std::uint32_t value_max, std::uint64_t bits_max);

  std::uint32_t value(std::uint32_t domain) const { return values_[domain]; }
  void set(std::uint32_t domain, std::uint32_t value);

  /// By value ascending, then domain ascending: the first entry not before `from`, among the
  /// domains in [lo, hi). REQUIRES: from.value > 0.
  std::optional<Entry> up(Entry from, std::uint32_t lo, std::uint32_t hi) const;
  /// By value descending, then domain ascending: likewise. Domains of value 0 do not count.
  std::optional<Entry> down(Entry from, std::uint32_t lo, std::uint32_t hi) const;
  /// The lowest domain in [lo, hi) with at least this value, or kNone. REQUIRES: value > 0.
  std::uint32_t lowest(std::uint32_t value, std::uint32_t lo, std::uint32_t hi) const;

  friend bool operator==(const DomainOrder&, const DomainOrder&) = default;

 private:
  enum class Mode : std::uint8_t { kScan, kBuckets, kSorted };

  bool scans(std::uint32_t lo, std::uint32_t hi) const {
    return mode_ == Mode::kScan || hi - lo <= 48;
  }

  std::vector<std::uint32_t> values_;
  std::uint32_t value_max_ = 0;
  Mode mode_ = Mode::kScan;
  BucketBits buckets_;                 ///< kBuckets: domains by value, without those of value 0
  Bitmap filled_;                      ///< kBuckets: values that some domain has
  std::vector<std::uint64_t> sorted_;  ///< kSorted: value << 32 | domain
};

}  // namespace stargate::placement
