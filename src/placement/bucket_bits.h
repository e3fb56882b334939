#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace stargate::placement {

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

/// The bits that are set. Not std::popcount, which without a machine's own instruction is a call.
constexpr std::uint32_t bits_in(std::uint64_t word) {
  word -= (word >> 1) & 0x5555555555555555;
  word = (word & 0x3333333333333333) + ((word >> 2) & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<std::uint32_t>((word * 0x0101010101010101) >> 56);
}

/// Sets of items 0..items-1, one set a bucket, as 64-ary trees of bits. The words of all buckets
/// for the same 64 items lie side by side, so that moving items between buckets touches one place.
/// Cost: a range of n items O(n / 64), next() O(depth), at most 4 levels for 2^24 items.
/// Memory: items * buckets bits and a 63rd more.
class BucketBits {
 public:
  BucketBits() = default;
  BucketBits(std::uint32_t items, std::uint32_t buckets);

  /// True where the bucket was empty before (insert) or is empty after (erase).
  bool insert(std::uint32_t bucket, std::uint32_t first, std::uint32_t count);
  bool erase(std::uint32_t bucket, std::uint32_t first, std::uint32_t count);

  /// The lowest item of the bucket in [from, end), or kNone.
  std::uint32_t next(std::uint32_t bucket, std::uint32_t from, std::uint32_t end) const;
  /// The highest item of the bucket that is not above `from`, or kNone. REQUIRES: from < items.
  std::uint32_t previous(std::uint32_t bucket, std::uint32_t from) const;
  bool empty(std::uint32_t bucket) const { return words_[bases_[depth_ - 1] + bucket] == 0; }
  bool contains(std::uint32_t bucket, std::uint32_t item) const {
    return (word(bucket, item / 64) >> (item % 64)) & 1;
  }
  /// Items 64 * index .. 64 * index + 63 as bits.
  std::uint64_t word(std::uint32_t bucket, std::uint32_t index) const {
    return words_[std::size_t{index} * buckets_ + bucket];
  }

  friend bool operator==(const BucketBits&, const BucketBits&) = default;

 private:
  std::uint64_t& at(std::uint32_t level, std::uint32_t index, std::uint32_t bucket) {
    return words_[bases_[level] + std::size_t{index} * buckets_ + bucket];
  }
  std::uint64_t at(std::uint32_t level, std::uint32_t index, std::uint32_t bucket) const {
    return words_[bases_[level] + std::size_t{index} * buckets_ + bucket];
  }
  bool mark(std::uint32_t bucket, std::uint32_t index);
  bool unmark(std::uint32_t bucket, std::uint32_t index);

  std::vector<std::uint64_t> words_;
  std::array<std::size_t, 5> bases_{};
  std::uint32_t buckets_ = 0;
  std::uint32_t depth_ = 0;
};

/// One set of items: BucketBits with one bucket.
class Bitmap {
 public:
  Bitmap() = default;
  explicit Bitmap(std::uint32_t items) : bits_(items, 1) {}

  void insert(std::uint32_t first, std::uint32_t count = 1) { bits_.insert(0, first, count); }
  void erase(std::uint32_t first, std::uint32_t count = 1) { bits_.erase(0, first, count); }
  bool contains(std::uint32_t item) const { return bits_.contains(0, item); }
  bool empty() const { return bits_.empty(0); }
  std::uint32_t next(std::uint32_t from, std::uint32_t end) const {
    return bits_.next(0, from, end);
  }
  std::uint32_t previous(std::uint32_t from) const { return bits_.previous(0, from); }

  friend bool operator==(const Bitmap&, const Bitmap&) = default;

 private:
  BucketBits bits_;
};

}  // namespace stargate::placement
