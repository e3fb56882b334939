#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/replay.h"

namespace stargate::sim {

/// What the node counts of a file of queues are multiplied by.
struct QueueScale {
  std::uint32_t numerator = 1;
  std::uint32_t denominator = 1;
};

struct QueuesOptions {
  std::string path;  ///< "-" is standard input
  QueueScale scale;
  std::uint32_t gpus_per_node = 8;
};

/// Reads queues and their nodes: CSV with two columns, the queue's name (`vc` or `queue`) and its
/// nodes (`node num` or `nodes`). The nodes of a queue are in one rack. Throws InputError, also for a
/// count that the scale does not leave whole and for a queue that comes twice.
std::vector<ReplayQueue> read_queues_csv(const QueuesOptions& options);
/// The same for lines from elsewhere; options.path is not looked at.
std::vector<ReplayQueue> read_queues_csv(const QueuesOptions& options, LineReader lines);

}  // namespace stargate::sim
