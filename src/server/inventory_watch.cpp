#include "server/inventory_watch.h"

#include <nlohmann/json.hpp>

namespace stargate::server {
namespace {

constexpr Duration kBetweenLooks = seconds(5);
constexpr int kChangesPerLook = 1'000;

/// The queues of the runner's orders.
std::vector<QueueId> queues_of(const Plane& plane, std::size_t runner) {
  std::vector<QueueId> queues;
  const auto& places = plane.state().scheduling().market.places;
  for (std::uint32_t i = 0; i < places.size(); ++i) {
    if (is_set(places[i].order) && plane.runner_of(places[i].order) == runner) {
      queues.push_back({i});
    }
  }
  return queues;
}

GpuMask known_of(const placement::Queue& queue, std::uint32_t node) {
  const auto found = queue.unavailable.find(node);
  return found == queue.unavailable.end() ? 0 : found->second.gpus;
}

}  // namespace

GpuMask unavailable_gpus(const std::vector<executor::Node>& nodes, std::uint32_t node,
                         std::uint32_t gpus) {
  if (nodes.empty()) return 0;
  const GpuMask all = all_gpus(gpus);
  if (node >= nodes.size() || !nodes[node].healthy) return all;
  const executor::Node& found = nodes[node];
  const GpuMask there = found.gpus == 0 ? 0 : all_gpus(found.gpus);
  return all & (found.foreign_gpus | ~there);
}

bool InventoryWatch::tell_core(Plane& plane, std::size_t runner) const {
  const std::vector<executor::Node>& nodes = nodes_[runner];
  int changes = 0;
  for (const QueueId id : queues_of(plane, runner)) {
    const placement::Queue& queue = plane.state().scheduling().queues[id.value];
    const std::uint32_t count = queue.fleet.topology().node_count();
    const auto wanted = [&](std::uint32_t node) {
      return unavailable_gpus(nodes, node, queue.fleet.topology().gpus({node}));
    };
    if (nodes.empty() && queue.unavailable.empty()) continue;
    for (std::uint32_t node = 0; node < count;) {
      const GpuMask gpus = wanted(node);
      const std::uint32_t first = node++;
      if (gpus == known_of(queue, first)) continue;
      // Neighbours that change alike are told as one.
      while (node < count && wanted(node) == gpus && gpus != known_of(queue, node)) ++node;
      if (++changes > kChangesPerLook) return false;
      plane.execute(command::SetUnavailable{id, {first}, node - first, gpus},
                    {{"inventory", plane.runners()[runner].id}});
    }
  }
  return true;
}

void InventoryWatch::look(Plane& plane) {
  const std::size_t queues = plane.state().scheduling().market.places.size();
  const bool is_due = plane.now() >= due_;
  if (!is_due && queues == queues_ && !has_more_) return;
  queues_ = queues;
  has_more_ = false;
  nodes_.resize(plane.runners().size());
  if (is_due) due_ = plane.now() + kBetweenLooks;
  for (std::size_t i = 0; i < plane.runners().size(); ++i) {
    executor::Executor& executor = *plane.runners()[i].executor;
    if (!executor.in_contact()) continue;
    if (is_due) nodes_[i] = executor.inventory();
    has_more_ = !tell_core(plane, i) || has_more_;
  }
}

}  // namespace stargate::server
