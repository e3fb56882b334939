#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/request_parser.h"

namespace {

using namespace stargate;

struct Outcome {
  int fault_status = 0;
  bool is_complete = false;
  std::size_t taken = 0;
  http::Request request;
};

/// Reads one request that arrives in parts of `step` bytes.
Outcome read(std::string_view text, std::size_t step) {
  http::Limits limits;
  limits.header_bytes_max = 1000;
  limits.body_bytes_max = 1000;
  http::RequestParser parser(limits);
  Outcome outcome;
  std::size_t arrived = 0;
  while (arrived < text.size() && parser.fault_status() == 0 && !parser.is_complete()) {
    arrived = std::min(text.size(), arrived + step);
    const std::string_view part = text.substr(outcome.taken, arrived - outcome.taken);
    if (part.empty()) continue;
    const std::size_t taken = parser.take(part);
    STARGATE_CHECK(taken <= part.size(), "no more is taken than there is");
    outcome.taken += taken;
  }
  outcome.fault_status = parser.fault_status();
  outcome.is_complete = parser.is_complete();
  outcome.request = std::move(parser.request());
  return outcome;
}

/// Whatever the bytes are, reading ends within the limits; and how they arrive does not change a request.
void fuzz(std::string_view text) {
  const Outcome whole = read(text, text.size());
  const Outcome bytewise = read(text, 1);
  for (const Outcome& outcome : {whole, bytewise}) {
    STARGATE_CHECK(outcome.request.body.size() <= 1000, "a body is within its limit");
    STARGATE_CHECK(!outcome.is_complete || !outcome.request.path.empty(), "a request has a path");
  }
  if (!whole.is_complete) return;
  STARGATE_CHECK(bytewise.is_complete, "what is complete at once is complete in parts");
  STARGATE_CHECK(whole.taken == bytewise.taken, "a request ends at the same byte");
  STARGATE_CHECK(whole.request.path == bytewise.request.path &&
                     whole.request.body == bytewise.request.body &&
                     whole.request.headers.size() == bytewise.request.headers.size(),
                 "a request is the same in parts");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 0) fuzz(std::string_view(reinterpret_cast<const char*>(bytes), size));
  return 0;
}
