#include "base/input_error.h"

namespace stargate {
namespace {

std::string located(const std::string& file, std::uint64_t line, std::uint64_t column,
                    const std::string& message) {
  std::string text = file;
  if (line != 0) text += ":" + std::to_string(line);
  if (line != 0 && column != 0) text += ":" + std::to_string(column);
  return text + ": " + message;
}

}  // namespace

InputError::InputError(const std::string& file, std::uint64_t line, std::uint64_t column,
                       const std::string& message)
    : std::runtime_error(located(file, line, column, message)) {}

InputError::InputError(const std::string& message) : std::runtime_error(message) {}

}  // namespace stargate
