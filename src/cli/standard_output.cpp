#include "cli/standard_output.h"

#include <cstdio>

#include "cli/usage_error.h"

namespace stargate::cli {

void print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) throw UsageError("cannot write to standard output");
}

}  // namespace stargate::cli
