#pragma once

#include <string>

namespace stargate::executor {

/// "SIGKILL" of 128 + 9, which stands for a process that a signal killed (Report::exit_status); empty: the exit
/// status stands for none.
std::string signal_of_status(int exit_status);

/// "was killed by SIGKILL (status 137)", "ended with status 7".
std::string words_of_status(int exit_status);

}  // namespace stargate::executor
