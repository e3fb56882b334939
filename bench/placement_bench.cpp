// Placement on large fleets, each measurement beside the least code that could do such work.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/prng.h"
#include "placement/fleet_index.h"

namespace stargate {
namespace {

using placement::FleetIndex;

using Gang = std::vector<NodeRange>;

std::shared_ptr<const Topology> fleet_of(std::uint32_t nodes, std::uint32_t rack_nodes) {
  FleetSpec spec;
  const std::uint32_t racks = nodes / rack_nodes;
  // Four sites of four buildings of blocks of ten racks.
  for (std::uint32_t at = 0; at < racks; at += 10) {
    Level opens = Level::kBlock;
    if (at % (racks / 16 / 10 * 10) == 0) opens = Level::kBuilding;
    if (at % (racks / 4 / 10 * 10) == 0) opens = Level::kSite;
    spec.groups.push_back({.racks = std::min(10U, racks - at),
                           .nodes_per_rack = rack_nodes,
                           .gpus_per_node = 8,
                           .kind = {0},
                           .opens = opens});
  }
  return std::make_shared<const Topology>(spec);
}

Request whole_nodes(std::uint32_t nodes) {
  return {.parts = {Part{.nodes = nodes}}, .locality = {}, .accepts_degraded = false};
}
Request shaped(std::uint32_t gpus, std::uint32_t per_node) {
  return {.parts = {Part{.gpus = gpus, .gpus_per_node = per_node}},
          .locality = {},
          .accepts_degraded = false};
}
Request unshaped(std::uint32_t gpus) {
  return {.parts = {Part{.gpus = gpus}}, .locality = {}, .accepts_degraded = false};
}

/// An index and the gangs on it. Each step releases a random gang and places one like it.
struct Load {
  FleetIndex index;
  std::vector<Gang> gangs;
  Gang scratch;
  Prng prng{1};

  explicit Load(std::shared_ptr<const Topology> topology) : index(std::move(topology)) {}

  bool add(const Request& request, PlacePolicy policy) {
    scratch.clear();
    if (!index.place(request, policy, scratch)) return false;
    index.occupy(scratch);
    gangs.push_back(scratch);
    return true;
  }
  void fill(const Request& request, PlacePolicy policy, std::uint64_t percent) {
    index.watch(request, policy);
    const std::uint64_t all = index.topology().gpu_count();
    while (index.free_gpus() * 100 > all * (100 - percent) && add(request, policy)) {
    }
  }
  void replace(const Request& request, PlacePolicy policy) {
    Gang& gang = gangs[prng.below(gangs.size())];
    index.release(gang);
    gang.clear();
    if (index.place(request, policy, gang)) index.occupy(gang);
  }
};

void churn(benchmark::State& state, Load& load, const Request& request, PlacePolicy policy) {
  for (auto _ : state) load.replace(request, policy);
  state.SetItemsProcessed(state.iterations());
}

constexpr std::uint32_t kNodes = 100'000;

void BM_RackGang(benchmark::State& state) {
  Load load(fleet_of(kNodes, 80));
  Request request = whole_nodes(64);
  request.locality = {.level = Level::kRack, .must = true};
  load.fill(request, PlacePolicy::kBestFit, 75);
  load.index.watch(whole_nodes(1), PlacePolicy::kBestFit);
  Load rest = load;
  rest.gangs.clear();
  rest.fill(whole_nodes(1), PlacePolicy::kBestFit, 90);
  load.index = rest.index;
  churn(state, load, request, PlacePolicy::kBestFit);
}
BENCHMARK(BM_RackGang);

/// The masks of a gang of 64 nodes, cleared and set again.
void BM_RackGangFloor(benchmark::State& state) {
  std::vector<GpuMask> masks(kNodes, 0xff);
  Prng prng(1);
  for (auto _ : state) {
    const std::size_t rack = prng.below(kNodes / 80) * 80;
    for (std::size_t at = rack; at < rack + 64; ++at) {
      if (masks[at] != 0xff) std::abort();
      masks[at] = 0;
    }
    benchmark::ClobberMemory();
    for (std::size_t at = rack; at < rack + 64; ++at) {
      if (masks[at] != 0) std::abort();
      masks[at] = 0xff;
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RackGangFloor);

/// Gangs of one range each, kept side by side. GPUs of a gang lie side by side on its node.
void one_node(benchmark::State& state, const Request& request, PlacePolicy policy) {
  Load load(fleet_of(kNodes, 80));
  load.fill(request, policy, 90);
  // The node and the lowest GPU say which gang it is.
  const std::uint32_t gpus = request.parts[0].nodes != 0 ? 8 : request.parts[0].gpus;
  const auto name_of_range = [](const NodeRange& range) {
    return range.first * 64 + static_cast<std::uint32_t>(std::countr_zero(range.mask));
  };
  std::vector<std::uint32_t> held;
  for (const Gang& gang : load.gangs) held.push_back(name_of_range(gang[0]));
  load.gangs = {};
  Gang& out = load.scratch;
  for (auto _ : state) {
    std::uint32_t& name = held[load.prng.below(held.size())];
    const NodeRange range{name / 64, 1, all_gpus(gpus) << (name % 64), 0};
    load.index.release({&range, 1});
    out.clear();
    load.index.place(request, policy, out);
    load.index.occupy(out);
    name = name_of_range(out[0]);
  }
  state.SetItemsProcessed(state.iterations());
}
void BM_WholeNode(benchmark::State& state) {
  one_node(state, whole_nodes(1), PlacePolicy::kBestFit);
}
void BM_WholeNodeFirstFit(benchmark::State& state) {
  one_node(state, whole_nodes(1), PlacePolicy::kFirstFit);
}
void BM_OneGpu(benchmark::State& state) { one_node(state, unshaped(1), PlacePolicy::kBestFit); }
void BM_OneGpuConsolidated(benchmark::State& state) {
  one_node(state, unshaped(1), PlacePolicy::kConsolidated);
}
BENCHMARK(BM_WholeNode);
BENCHMARK(BM_WholeNodeFirstFit);
BENCHMARK(BM_OneGpu);
BENCHMARK(BM_OneGpuConsolidated);

/// A random node's mask and a list of free nodes, a tenth of the fleet.
void BM_OneNodeFloor(benchmark::State& state) {
  std::vector<GpuMask> masks(kNodes, 0xff);
  std::vector<NodeRange> held;
  std::vector<std::uint32_t> free;
  for (std::uint32_t node = 0; node < kNodes; ++node) {
    if (node % 10 == 0) {
      free.push_back(node);
    } else {
      held.push_back({node, 1, 0xff, 0});
      masks[node] = 0;
    }
  }
  Prng prng(1);
  for (auto _ : state) {
    NodeRange& range = held[prng.below(held.size())];
    if (masks[range.first] != 0) std::abort();
    masks[range.first] = range.mask;
    std::swap(range.first, free[prng.below(free.size())]);
    if (masks[range.first] != 0xff) std::abort();
    masks[range.first] = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_OneNodeFloor);

/// Several shares watched, sizes mixed.
void BM_Mixed(benchmark::State& state) {
  Load load(fleet_of(kNodes, 80));
  const Request requests[] = {shaped(1, 1),  shaped(2, 2),  shaped(4, 4),  shaped(8, 8),
                              shaped(16, 8), shaped(64, 8), shaped(20, 8), shaped(512, 8)};
  for (const Request& request : requests) load.index.watch(request, PlacePolicy::kBestFit);
  Prng prng(2);
  const std::uint64_t all = load.index.topology().gpu_count();
  while (load.index.free_gpus() * 10 > all) {
    load.add(requests[prng.below(8)], PlacePolicy::kBestFit);
  }
  for (auto _ : state) load.replace(requests[prng.below(8)], PlacePolicy::kBestFit);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Mixed);

constexpr std::uint32_t kManyNodes = 625'000;

void BM_Construct(benchmark::State& state) {
  const auto topology = fleet_of(kManyNodes, 80);
  for (auto _ : state) {
    FleetIndex index(topology);
    index.watch(whole_nodes(64), PlacePolicy::kBestFit);
    benchmark::DoNotOptimize(index.free_gpus());
  }
}
BENCHMARK(BM_Construct)->Unit(benchmark::kMillisecond);

void BM_ConstructFloor(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<GpuMask> masks(kManyNodes, 0xff);
    benchmark::DoNotOptimize(masks.data());
  }
}
BENCHMARK(BM_ConstructFloor)->Unit(benchmark::kMillisecond);

/// 90 % of the GPUs held, every held node by itself and at random.
FleetIndex fragmented(std::shared_ptr<const Topology> topology) {
  FleetIndex index(std::move(topology));
  Prng prng(3);
  for (std::uint32_t node = 0; node < index.topology().node_count(); ++node) {
    const std::uint64_t kind = prng.below(100);
    const GpuMask mask = kind < 85 ? 0xff : kind < 93 ? prng.below(256) : 0;
    if (mask != 0) index.occupy(std::vector<NodeRange>{{node, 1, mask, 0}});
  }
  return index;
}

void BM_PlaceFragmented(benchmark::State& state) {
  static const FleetIndex base = fragmented(fleet_of(kManyNodes, 80));
  FleetIndex index = base;
  Request request;
  PlacePolicy policy = PlacePolicy::kBestFit;
  switch (state.range(0)) {
    case 0: request = whole_nodes(16); break;
    case 1: request = whole_nodes(512); break;
    case 2: request = whole_nodes(20'000); break;
    case 3: request = whole_nodes(60'000); break;
    case 4:
      request = whole_nodes(64);
      request.locality = {.level = Level::kRack, .must = true};
      break;
    case 5:
      request = whole_nodes(160);
      request.parts[0].segment_nodes = 8;
      break;
    case 6:
      request = whole_nodes(1600);
      request.parts[0].segment_nodes = 32;
      break;
    case 7: request = unshaped(1000); break;
    case 8: request = unshaped(100'000); break;
    case 9: request = shaped(2005, 4); break;
    case 10:
      request = whole_nodes(16);
      request.parts.push_back(Part{.gpus = 32, .gpus_per_node = 4});
      break;
    case 11:
      request = whole_nodes(30'000);
      request.parts.push_back(Part{.nodes = 30'000});
      break;
    case 12:
      request = whole_nodes(512);
      policy = PlacePolicy::kFirstFit;
      break;
    case 13:
      request = unshaped(1000);
      policy = PlacePolicy::kFirstFit;
      break;
    case 14:
      request = unshaped(1001);
      policy = PlacePolicy::kConsolidated;
      break;
    default: break;
  }
  index.watch(request, policy);
  Gang out;
  std::vector<std::int64_t> times;
  bool placed = false;
  for (auto _ : state) {
    out.clear();
    const auto start = std::chrono::steady_clock::now();
    placed = index.place(request, policy, out).has_value();
    const auto stop = std::chrono::steady_clock::now();
    times.push_back((stop - start).count());
  }
  std::sort(times.begin(), times.end());
  state.counters["p99_us"] = static_cast<double>(times[times.size() * 99 / 100]) / 1000;
  state.counters["placed"] = placed ? 1 : 0;
  state.counters["ranges"] = static_cast<double>(out.size());
}
BENCHMARK(BM_PlaceFragmented)->DenseRange(0, 14)->Unit(benchmark::kMicrosecond);

/// Looking at every node's mask once.
void BM_ScanFloor(benchmark::State& state) {
  std::vector<GpuMask> masks(kManyNodes, 1);
  for (auto _ : state) {
    std::uint32_t idle = 0;
    for (const GpuMask mask : masks) idle += mask == 0xff ? 1 : 0;
    benchmark::DoNotOptimize(idle);
  }
}
BENCHMARK(BM_ScanFloor)->Unit(benchmark::kMicrosecond);

void BM_Fork(benchmark::State& state) {
  const FleetIndex base = fragmented(fleet_of(kManyNodes, 80));
  for (auto _ : state) {
    FleetIndex copy = base;
    benchmark::DoNotOptimize(copy.free_gpus());
  }
}
BENCHMARK(BM_Fork)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace stargate
