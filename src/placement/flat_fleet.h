#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "model/node_range.h"
#include "placement/flat_need.h"

namespace stargate::placement {

/// How many GPUs of each node are free, and how many nodes have at least how many: all that a flat need
/// is about. A change costs O(GPUs of the node that change), a question O(1).
class FlatFleet {
 public:
  void assign(const std::vector<std::uint8_t>& free) {
    free_ = free;
    with_.fill(0);
    for (std::uint8_t gpus : free_) ++with_[gpus];
    for (std::size_t share = with_.size() - 1; share > 0; --share) with_[share - 1] += with_[share];
  }
  void assign(const FlatFleet& other) {
    free_ = other.free_;
    with_ = other.with_;
  }

  void give_back(std::span<const NodeRange> ranges) {
    for (const NodeRange& range : ranges) {
      const int gpus = std::popcount(range.mask);
      for (std::uint32_t i = 0; i < range.count; ++i) move(range.first + i, gpus);
    }
  }
  void take(std::span<const NodeRange> ranges) {
    for (const NodeRange& range : ranges) {
      const int gpus = std::popcount(range.mask);
      for (std::uint32_t i = 0; i < range.count; ++i) move(range.first + i, -gpus);
    }
  }

  /// REQUIRES: share <= 64.
  std::uint32_t nodes_with(std::uint32_t share) const { return with_[share]; }
  bool fits(const FlatNeed& need) const {
    return need.fits([&](std::uint32_t share) { return nodes_with(share); });
  }
  /// fits(need) if the ranges were taken.
  bool fits_beside(const FlatNeed& need, std::span<const NodeRange> ranges) const {
    std::uint32_t shares = nodes_with(need.share);
    std::uint32_t remainders = need.remainder == 0 ? 0 : nodes_with(need.remainder);
    for (const NodeRange& range : ranges) {
      const auto gpus = static_cast<std::uint32_t>(std::popcount(range.mask));
      for (std::uint32_t i = 0; i < range.count; ++i) {
        const std::uint32_t before = free_[range.first + i];
        const std::uint32_t after = before - gpus;
        if (before >= need.share && after < need.share) --shares;
        if (before >= need.remainder && after < need.remainder) --remainders;
      }
    }
    return need.fits([&](std::uint32_t k) { return k == need.share ? shares : remainders; });
  }

 private:
  void move(std::uint32_t node, int gpus) {
    const std::uint32_t before = free_[node];
    free_[node] = static_cast<std::uint8_t>(free_[node] + gpus);
    const std::uint32_t after = free_[node];
    for (std::uint32_t share = before + 1; share <= after; ++share) ++with_[share];
    for (std::uint32_t share = after + 1; share <= before; ++share) --with_[share];
  }

  std::vector<std::uint8_t> free_;
  std::array<std::uint32_t, 65> with_{};  ///< nodes with at least so many free
};

}  // namespace stargate::placement
