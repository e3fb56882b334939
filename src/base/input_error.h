#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace stargate {

/// Bad input from a user: what was found, where, and what was expected. what() reads
/// "FILE:LINE:COLUMN: message"; line and column count from 1, and 0 leaves them out.
class InputError : public std::runtime_error {
 public:
  InputError(const std::string& file, std::uint64_t line, std::uint64_t column,
             const std::string& message);
  explicit InputError(const std::string& message);
};

}  // namespace stargate
