#pragma once

#include <string>
#include <vector>

namespace stargate::cli {

/// The options of `stargate replay --world` as they were given.
struct ReplayWorldArguments {
  std::string world;
  std::vector<std::string> workloads;
  std::vector<std::string> assume;
  std::string until;
  bool compare = false;
  std::string json;
  std::string report;
  bool quiet = false;
};

/// Plays the world, once or once for each assumption, and writes what is asked for. Returns the exit
/// status. Throws UsageError and InputError.
int run_replay_world(const ReplayWorldArguments& arguments);

}  // namespace stargate::cli
