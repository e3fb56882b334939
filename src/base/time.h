#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace stargate {

/// A length of time in whole microseconds. Negative lengths are allowed in arithmetic.
struct Duration {
  std::int64_t us = 0;

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.us - b.us}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.us * n}; }
  constexpr Duration& operator+=(Duration other) {
    us += other.us;
    return *this;
  }
};

/// A point in time: whole microseconds since the Unix epoch, UTC.
struct Instant {
  std::int64_t us = 0;

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant at, Duration length) { return {at.us + length.us}; }
  friend constexpr Instant operator-(Instant at, Duration length) { return {at.us - length.us}; }
  friend constexpr Duration operator-(Instant later, Instant earlier) {
    return {later.us - earlier.us};
  }
};

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;

/// The greatest length and the last instant that input may name: a quarter of the 64-bit range,
/// so that sums of an instant and two lengths never overflow.
inline constexpr Duration kLongest{std::numeric_limits<std::int64_t>::max() / 4};
inline constexpr Instant kLatest{std::numeric_limits<std::int64_t>::max() / 4};

/// A length that input may name.
constexpr bool is_length(Duration length) { return Duration{} <= length && length <= kLongest; }

/// After every instant that can be named: "nothing is due".
inline constexpr Instant kNever{std::numeric_limits<std::int64_t>::max()};

constexpr Duration seconds(std::int64_t n) { return {n * kMicrosPerSecond}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(60 * n); }
constexpr Duration hours(std::int64_t n) { return seconds(3'600 * n); }
constexpr Duration days(std::int64_t n) { return seconds(86'400 * n); }

}  // namespace stargate
