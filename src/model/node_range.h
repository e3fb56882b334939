#pragma once

#include <bit>
#include <cstdint>

namespace stargate {

/// Bit i stands for GPU i of a node.
using GpuMask = std::uint64_t;

constexpr GpuMask all_gpus(std::uint32_t count) {
  return count >= 64 ? ~GpuMask{0} : (GpuMask{1} << count) - 1;
}

/// The same GPUs on each of `count` nodes in a row: a gang on a hundred thousand GPUs is a few of
/// these. `part` is the part of the request that holds them.
struct NodeRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  GpuMask mask = 0;
  std::uint32_t part = 0;

  std::uint64_t gpus() const {
    return std::uint64_t{count} * static_cast<std::uint64_t>(std::popcount(mask));
  }
  friend bool operator==(const NodeRange&, const NodeRange&) = default;
};

}  // namespace stargate
