#pragma once

#include <algorithm>
#include <vector>

#include "base/time.h"

namespace stargate::agreement {

/// From an instant until just before another; empty where that is not later.
struct Span {
  Instant from;
  Instant until;

  friend bool operator==(const Span&, const Span&) = default;
};

inline bool is_empty(Span span) { return span.from >= span.until; }
inline Span common(Span a, Span b) {
  return {std::max(a.from, b.from), std::min(a.until, b.until)};
}

/// What of the spans, which do not overlap, is outside of the other.
std::vector<Span> without(const std::vector<Span>& spans, Span other);

/// The length of what the spans cover together. O(n log n).
Duration covered(std::vector<Span> spans);

}  // namespace stargate::agreement
