#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}  // namespace CLI

namespace stargate::cli {

/// `stargate offers`, `orders`, `capacity`, `drain` and `undrain`: what is agreed and delivered.
void add_market(CLI::App& app, int& exit_status);
/// `stargate suppliers`, `agreements` and `tenants`.
void add_market_lists(CLI::App& app, int& exit_status);

}  // namespace stargate::cli
