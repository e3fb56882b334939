#include "model/request.h"

#include <algorithm>

#include "model/topology.h"

namespace stargate {
namespace {

constexpr std::uint32_t kMostGpus = 1U << 30;

bool is_valid(const Part& part) {
  if (part.kinds == 0 || part.gpus > kMostGpus || part.nodes > kMostGpus) return false;
  if (part.gpus_per_node > kMaxGpusPerNode) return false;
  const bool shaped = part.nodes > 0 || part.gpus_per_node > 0;
  if (part.nodes > 0 ? part.gpus > 0 || part.gpus_per_node > 0 : part.gpus == 0) return false;
  if (part.segment_nodes == 0) return true;
  return shaped && part.segment_level <= Level::kSite;
}

}  // namespace

bool is_valid(const Request& request) {
  return !request.parts.empty() && request.parts.size() <= kMaxParts &&
         request.locality.level <= Level::kFleet &&
         std::all_of(request.parts.begin(), request.parts.end(),
                     [](const Part& part) { return is_valid(part); });
}

std::uint64_t least_gpus(const Request& request) {
  std::uint64_t gpus = 0;
  for (const Part& part : request.parts) gpus += part.nodes > 0 ? part.nodes : part.gpus;
  return gpus;
}

}  // namespace stargate
