#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}  // namespace CLI

namespace stargate::cli {

/// `stargate submit` and `stargate plan-submit`. `command` is what stood after `--`.
void add_submit(CLI::App& app, int& exit_status, const std::vector<std::string>& command);

}  // namespace stargate::cli
