#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace stargate::cli {

/// Adds the verb `outlook`. When it is called, its exit status goes to `exit_status`.
void add_outlook(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
