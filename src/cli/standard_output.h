#pragma once

#include <string_view>

namespace stargate::cli {

/// Writes all of it to standard output, and flushes. Throws UsageError where that fails.
void print(std::string_view text);

}  // namespace stargate::cli
