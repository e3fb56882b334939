#pragma once

#include <compare>
#include <cstdint>

#include "base/wide.h"

namespace stargate {

/// Attained or consumed service: GPUs held times microseconds.
struct GpuTime {
  Int128 gpu_us = 0;

  friend constexpr bool operator==(GpuTime a, GpuTime b) { return a.gpu_us == b.gpu_us; }
  friend constexpr std::strong_ordering operator<=>(GpuTime a, GpuTime b) {
    return a.gpu_us < b.gpu_us   ? std::strong_ordering::less
           : a.gpu_us > b.gpu_us ? std::strong_ordering::greater
                                 : std::strong_ordering::equal;
  }
  friend constexpr GpuTime operator+(GpuTime a, GpuTime b) { return {a.gpu_us + b.gpu_us}; }
  friend constexpr GpuTime operator-(GpuTime a, GpuTime b) { return {a.gpu_us - b.gpu_us}; }
  constexpr GpuTime& operator+=(GpuTime other) {
    gpu_us += other.gpu_us;
    return *this;
  }
};

/// Electric power in whole watts. Which watts (facility or IT) is named where it is used.
struct Power {
  std::int64_t w = 0;

  friend constexpr auto operator<=>(Power, Power) = default;
  friend constexpr Power operator+(Power a, Power b) { return {a.w + b.w}; }
  friend constexpr Power operator-(Power a, Power b) { return {a.w - b.w}; }
};

}  // namespace stargate
