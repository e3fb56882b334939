#pragma once

#include <stdexcept>
#include <string>

namespace stargate::cli {

/// A wrong option or argument: "stargate: message" on standard error, exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace stargate::cli
