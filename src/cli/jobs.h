#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}  // namespace CLI

namespace stargate::cli {

/// `stargate list`, `show`, `cancel`, `logs` and `wait`.
void add_jobs(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
