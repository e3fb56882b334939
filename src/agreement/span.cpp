#include "agreement/span.h"

namespace stargate::agreement {

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
