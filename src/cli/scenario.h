#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace stargate::cli {

/// Adds the verb `scenario`. When it is called, its exit status goes to `exit_status`: 1 where an
/// expectation is not met.
void add_scenario(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
