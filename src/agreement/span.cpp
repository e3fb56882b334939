#include "agreement/span.h"

namespace stargate::agreement {

std::vector<Span> without(const std::vector<Span>& spans, Span other) {
  if (is_empty(other)) return spans;
  std::vector<Span> left;
  for (const Span& span : spans) {
    for (const Span part :
         {common(span, {Instant{INT64_MIN}, other.from}), common(span, {other.until, kNever})}) {
      if (!is_empty(part)) left.push_back(part);
    }
  }
  return left;
}

Duration covered(std::vector<Span> spans) {
  std::ranges::sort(spans, {}, &Span::from);
  Duration sum;
  Instant at{INT64_MIN};
  for (const Span& span : spans) {
    const Instant from = std::max(at, span.from);
    if (from < span.until) sum += span.until - from;
    at = std::max(at, span.until);
  }
  return sum;
}

}  // namespace stargate::agreement
