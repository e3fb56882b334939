#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace stargate::cli {

/// Adds the verb `propose`. When it is called, its exit status goes to `exit_status`: 1 where a
/// clause forbids what would be proposed.
void add_propose(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
