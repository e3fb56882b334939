#include "server/request_index.h"

#include <cstdint>

#include "event/bytes.h"
#include "event/codec.h"

namespace stargate::server {

RequestId RequestIndex::find(const std::vector<Request>& requests, const Request& request) {
  const auto write = [this](const Request& written) {
    bytes_.clear();
    ByteWriter out(bytes_);
    write_request(out, written);
  };
  for (; known_ < requests.size(); ++known_) {
    write(requests[known_]);
    numbers_.emplace(bytes_, RequestId{static_cast<std::uint32_t>(known_)});
  }
  write(request);
  const auto found = numbers_.find(bytes_);
  return found == numbers_.end() ? kNo<RequestId> : found->second;
}

}  // namespace stargate::server
