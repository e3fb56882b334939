#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}  // namespace CLI

namespace stargate::cli {

/// `stargate completions`: a script of a shell, made from the verbs of the app and their options.
void add_completions(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
