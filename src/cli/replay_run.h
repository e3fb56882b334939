#pragma once

#include "cli/replay_plan.h"

namespace stargate::cli {

/// Reads the log, runs what is planned and writes what is asked for. Returns the exit status: 0, or
/// 130 where it was interrupted. Throws UsageError and InputError.
int run_replay(const ReplayArguments& arguments);

}  // namespace stargate::cli
