#include "http/url.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"

namespace {

using namespace stargate;

/// Whatever the bytes are: what is decoded has no NUL, and gives the same when encoded and decoded again.
void fuzz(const std::string& text) {
  if (const auto decoded = http::percent_decode(text)) {
    STARGATE_CHECK(decoded->find('\0') == std::string::npos, "no NUL is decoded");
    STARGATE_CHECK(http::percent_decode(http::percent_encode(*decoded)) == decoded,
                   "encoding and decoding cancel out");
  }
  const auto target = http::parse_target(text);
  if (!target) return;
  STARGATE_CHECK(target->path.starts_with('/'), "a path starts with a slash");
  std::string again = "/" + http::percent_encode(target->path.substr(1));
  char mark = '?';
  for (const auto& [key, value] : target->query) {
    again += mark + http::percent_encode(key) + "=" + http::percent_encode(value);
    mark = '&';
  }
  const auto second = http::parse_target(again);
  STARGATE_CHECK(second && second->path == target->path && second->query == target->query,
                 "what was read can be written and read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz(std::string(reinterpret_cast<const char*>(bytes), size));
  return 0;
}
