#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/market_ids.h"
#include "model/request.h"

namespace stargate::server {

/// Which of a list's requests is equal to one. For one list, which only grows.
class RequestIndex {
 public:
  /// The first that is equal; kNo: there is none. Costs a look-up, and one more for every request that is
  /// new in the list since the last call.
  RequestId find(const std::vector<Request>& requests, const Request& request);

 private:
  std::unordered_map<std::string, RequestId> numbers_;  ///< by the request's bytes
  std::size_t known_ = 0;
  std::string bytes_;
};

}  // namespace stargate::server
