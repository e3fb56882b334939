#include "executor/signal_name.h"

#include <cstring>

#include <fmt/format.h>

namespace stargate::executor {

std::string signal_of_status(int exit_status) {
  constexpr int kBase = 128;
  const char* name = exit_status > kBase ? ::sigabbrev_np(exit_status - kBase) : nullptr;
  return name == nullptr ? "" : std::string("SIG") + name;
}

std::string words_of_status(int exit_status) {
  const std::string signal = signal_of_status(exit_status);
  return signal.empty() ? fmt::format("ended with status {}", exit_status)
                        : fmt::format("was killed by {} (status {})", signal, exit_status);
}

}  // namespace stargate::executor
