#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "executor/order.h"

// Bubblewrap: processes that see less of the machine than the user whose they are.

namespace stargate::executor {

enum class SandboxUse : std::uint8_t { kOff, kWhereUsable, kRequired };

/// What ranks do not see, though they run as the user whose it is.
struct Hidden {
  std::string folder;  ///< absolute, without symbolic links
  std::vector<std::string>
      files;  ///< beside it, as a TLS key; one that is not there is passed over
};

/// Bubblewrap, tried out.
struct Sandbox {
  std::string program;  ///< its path; empty: it is not usable
  std::vector<std::string> options;
  std::string problem;  ///< why it is not usable; words without a full stop
};

/// Runs a program that looks for what is hidden, and returns when that has ended.
Sandbox try_sandbox(const Hidden& hidden);

/// Its path and its options (Order::sandbox) for programs that begin in `directory` and see of the hidden folder
/// only `visible`, a folder in it; empty: nothing. REQUIRES: it is usable.
std::vector<std::string> sandbox_words(const Sandbox& sandbox, const Hidden& hidden,
                                       const std::string& visible, const std::string& directory);

/// What it reads from the descriptor of its option --args: the options in `words`, and that the program gets
/// this environment alone. Variables come this way because bubblewrap itself, outside of the sandbox still,
/// must not be led by them (LD_PRELOAD).
std::string sandbox_arguments(const std::vector<std::string>& words,
                              const Environment& environment);

/// The words before those of a program that put it into a space of process numbers of its own, where
/// all is killed as soon as it has ended, whatever it started. Empty where bubblewrap is not usable.
std::vector<std::string> bubblewrap_words();

}  // namespace stargate::executor
