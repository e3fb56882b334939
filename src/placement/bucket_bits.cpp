#include "placement/bucket_bits.h"

#include <algorithm>

namespace stargate::placement {
namespace {

/// Bits from..to-1 of a word; from < to <= 64.
std::uint64_t span_of_bits(std::uint32_t from, std::uint32_t to) {
  const std::uint64_t below_to = to == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << to) - 1;
  return below_to & (~std::uint64_t{0} << from);
}

}  // namespace

BucketBits::BucketBits(std::uint32_t items, std::uint32_t buckets) : buckets_(buckets) {
  std::size_t total = 0;
  std::uint32_t words = items;
  do {
    words = (words + 63) / 64;
    bases_[depth_++] = total;
    total += std::size_t{words} * buckets;
  } while (words > 1);
  words_.assign(total, 0);
}

bool BucketBits::mark(std::uint32_t bucket, std::uint32_t index) {
  for (std::uint32_t level = 1; level < depth_; ++level) {
    std::uint64_t& word = at(level, index / 64, bucket);
    const std::uint64_t before = word;
    word |= std::uint64_t{1} << (index % 64);
    if (before != 0) return false;
    index /= 64;
  }
  return true;
}

bool BucketBits::unmark(std::uint32_t bucket, std::uint32_t index) {
  for (std::uint32_t level = 1; level < depth_; ++level) {
    std::uint64_t& word = at(level, index / 64, bucket);
    word &= ~(std::uint64_t{1} << (index % 64));
    if (word != 0) return false;
    index /= 64;
  }
  return true;
}

bool BucketBits::insert(std::uint32_t bucket, std::uint32_t first, std::uint32_t count) {
  bool was_empty = false;
  const std::uint32_t end = first + count;
  while (first < end) {
    const std::uint32_t index = first / 64;
    const std::uint32_t stop = std::min(end, (index + 1) * 64);
    std::uint64_t& word = at(0, index, bucket);
    const std::uint64_t before = word;
    word |= span_of_bits(first % 64, stop - index * 64);
    if (before == 0) was_empty |= mark(bucket, index);
    first = stop;
  }
  return was_empty;
}

bool BucketBits::erase(std::uint32_t bucket, std::uint32_t first, std::uint32_t count) {
  bool is_empty = false;
  const std::uint32_t end = first + count;
  while (first < end) {
    const std::uint32_t index = first / 64;
    const std::uint32_t stop = std::min(end, (index + 1) * 64);
    std::uint64_t& word = at(0, index, bucket);
    const std::uint64_t before = word;
    word &= ~span_of_bits(first % 64, stop - index * 64);
    if (before != 0 && word == 0) is_empty |= unmark(bucket, index);
    first = stop;
  }
  return is_empty;
}

std::uint32_t BucketBits::next(std::uint32_t bucket, std::uint32_t from, std::uint32_t end) const {
  if (from >= end) return kNone;
  std::uint32_t level = 0;
  std::uint32_t index = from;
  const std::uint32_t last = end - 1;
  while (true) {
    // Here: the answer, if any, lies at or behind item `index` of this level.
    if (index > (last >> (6 * level))) return kNone;
    const std::uint64_t word = at(level, index / 64, bucket) >> (index % 64);
    if (word != 0) {
      index += static_cast<std::uint32_t>(std::countr_zero(word));
      break;
    }
    if (++level == depth_) return kNone;
    index = index / 64 + 1;
  }
  while (level > 0) {
    --level;
    index = index * 64 + static_cast<std::uint32_t>(std::countr_zero(at(level, index, bucket)));
  }
  return index <= last ? index : kNone;
}

std::uint32_t BucketBits::previous(std::uint32_t bucket, std::uint32_t from) const {
  std::uint32_t level = 0;
  std::uint32_t index = from;
  while (true) {
    // Here: the answer, if any, lies at or before item `index` of this level.
    const std::uint64_t word = at(level, index / 64, bucket) << (63 - index % 64);
    if (word != 0) {
      index -= static_cast<std::uint32_t>(std::countl_zero(word));
      break;
    }
    if (++level == depth_ || index < 64) return kNone;
    index = index / 64 - 1;
  }
  while (level > 0) {
    --level;
    index =
        index * 64 + 63 - static_cast<std::uint32_t>(std::countl_zero(at(level, index, bucket)));
  }
  return index;
}

}  // namespace stargate::placement
