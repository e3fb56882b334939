#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace stargate::cli {

/// Adds the verb `openapi`. When it is called, its exit status goes to `exit_status`.
void add_openapi(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
