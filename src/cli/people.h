#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}  // namespace CLI

namespace stargate::cli {

/// `stargate token`, `approvals`, `whoami` and `events`: who may do what, and what was done.
void add_people(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
