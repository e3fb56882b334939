#include "server/inventory_watch.h"

#include <nlohmann/json.hpp>

namespace stargate::server {
namespace {

constexpr Duration kBetweenLooks = seconds(5);

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

void tell_core(Plane& plane, std::size_t runner, const std::vector<executor::Node>& nodes) {
  for (const QueueId id : queues_of(plane, runner)) {
    const std::uint32_t count =
        plane.state().scheduling().queues[id.value].fleet.topology().node_count();
    for (std::uint32_t node = 0; node < count; ++node) {
      const placement::Queue& queue = plane.state().scheduling().queues[id.value];
      const GpuMask gpus = unavailable_gpus(nodes, node, queue.fleet.topology().gpus({node}));
      if (gpus == known_of(queue, node)) continue;
      plane.execute(command::SetUnavailable{id, {node}, gpus},
                    {{"inventory", plane.runners()[runner].id}});
    }
  }
}

}  // namespace

GpuMask unavailable_gpus(const std::vector<executor::Node>& nodes, std::uint32_t node,
                         std::uint32_t gpus) {
  const GpuMask all = all_gpus(gpus);
  if (node >= nodes.size() || !nodes[node].healthy) return all;
  const executor::Node& found = nodes[node];
  const GpuMask there = found.gpus == 0 ? 0 : all_gpus(found.gpus);
  return all & (found.foreign_gpus | ~there);
}

void InventoryWatch::look(Plane& plane) {
  if (plane.now() < due_) return;
  due_ = plane.now() + kBetweenLooks;
  nodes_.resize(plane.runners().size());
  for (std::size_t i = 0; i < plane.runners().size(); ++i) {
    executor::Executor& executor = *plane.runners()[i].executor;
    if (!executor.in_contact()) continue;
    nodes_[i] = executor.inventory();
    if (!nodes_[i].empty()) tell_core(plane, i, nodes_[i]);
  }
}

const std::vector<executor::Node>& InventoryWatch::nodes_of(std::size_t runner) const {
  static const std::vector<executor::Node> none;
  return runner < nodes_.size() ? nodes_[runner] : none;
}

}  // namespace stargate::server
