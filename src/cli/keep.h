#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace stargate::cli {

/// Adds the verb `keep`, which the control plane calls for each gang on this machine (executor/keeper.h).
void add_keep(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
