// The engine: commands in, decided, events out and applied. Each beside the least code that could do
// such work.

#include <utility>
#include <variant>

#include <malloc.h>

#include "fixture.h"

namespace stargate::bench {
namespace {

constexpr std::uint32_t kNodes = 100'000;
constexpr std::uint32_t kManyNodes = 625'000;

/// One allocation ends (Exited), and a job like it is submitted and placed (Submit, Schedule).
void replace_one(benchmark::State& state, World& world, std::uint32_t request, std::size_t count,
                 std::uint32_t floor_nodes) {
  run_beside(
      state,
      [&] {
        world.end_one(count);
        if (!world.place(request)) state.SkipWithError("does not fit");
      },
      MaskFloor(kNodes, floor_nodes));
}

/// Gangs of 64 whole nodes, each within a rack of 80; the rest of the 90 % are single nodes.
void BM_EngineRackGang(benchmark::State& state) {
  static World world = [] {
    World made(fleet_in_racks(kNodes, 80), BackfillKind::kEasy,
               {whole_nodes(1), within_a_rack(64)});
    made.fill(1, 75);
    const std::vector<JobId> gangs = std::exchange(made.running, {});
    made.fill(0, 90);
    made.running = gangs;
    return made;
  }();
  replace_one(state, world, 1, world.running.size(), 64);
}
BENCHMARK(BM_EngineRackGang);

void BM_EngineWholeNode(benchmark::State& state) {
  static World world = [] {
    World made(fleet_in_racks(kNodes, 80), BackfillKind::kEasy, {whole_nodes(1)});
    made.fill(0, 90);
    return made;
  }();
  replace_one(state, world, 0, world.running.size(), 1);
}
BENCHMARK(BM_EngineWholeNode);

void BM_EngineOneGpu(benchmark::State& state) {
  static World world = [] {
    World made(fleet_in_racks(kNodes, 80), BackfillKind::kEasy, {unshaped(1)});
    made.fill(0, 90);
    return made;
  }();
  replace_one(state, world, 0, world.running.size(), 1);
}
BENCHMARK(BM_EngineOneGpu);

std::uint64_t allocated_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// 625,000 nodes from their description to the first job that is placed.
void BM_EngineLoad(benchmark::State& state) {
  const FleetSpec fleet = fleet_in_racks(kManyNodes, 80);
  const double floor = floor_ns([] {
    std::vector<GpuMask> masks(kManyNodes, 0xff);
    benchmark::DoNotOptimize(masks.data());
  });
  std::uint64_t bytes = 0;
  const std::int64_t begin = now_ns();
  for (auto _ : state) {
    const std::uint64_t before = allocated_bytes();
    World world(fleet, BackfillKind::kEasy, {within_a_rack(64)});
    if (!world.place(0)) state.SkipWithError("does not fit");
    bytes = allocated_bytes() - before;
  }
  const auto ns = static_cast<double>(now_ns() - begin);
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
  show_beside(state, ns / static_cast<double>(state.iterations()), floor);
}
BENCHMARK(BM_EngineLoad)->Unit(benchmark::kMillisecond);

const std::vector<Request>& mixed_requests() {
  static const std::vector<Request> requests = [] {
    std::vector<Request> made{unshaped(1),         shaped(2, 2),        shaped(4, 4),
                              whole_nodes(1),      shaped(16, 8),       shaped(64, 8),
                              whole_nodes(64),     whole_nodes(512),    within_a_rack(8),
                              within_a_rack(64),   unshaped(1'000),     shaped(2'005, 4),
                              whole_nodes(20'000), whole_nodes(60'000), within_a_rack(100)};
    made.push_back(whole_nodes(160));
    made.back().parts[0].segment_nodes = 8;
    return made;
  }();
  return requests;
}

/// 90 % full of jobs of 1 to 8 GPUs that ended and were followed by others at random places.
World fragmented_world(BackfillKind backfill) {
  World world(fleet_in_racks(kManyNodes, 80), backfill, mixed_requests());
  const std::uint64_t all = world.queue().fleet.topology().gpu_count();
  const auto until = [&](std::uint64_t percent) {
    while (world.queue().fleet.free_gpus() * 100 > all * (100 - percent)) {
      world.place(static_cast<std::uint32_t>(world.prng.below(4)),
                  minutes(static_cast<std::int64_t>(1 + world.prng.below(40'000))));
    }
  };
  until(99);
  while (world.queue().fleet.free_gpus() * 100 < all * 10) world.end_one(world.running.size());
  return world;
}

/// Submit and Schedule of a job of a random one of the requests: of one GPU to 60,000 nodes; some
/// are refused at once, some cannot start. Whatever it was is taken back outside the measurement.
void decide_mixed(benchmark::State& state, World& world) {
  const double floor = floor_ns([masks = std::vector<GpuMask>(kManyNodes, 1)] {
    std::uint32_t idle = 0;
    for (const GpuMask mask : masks) idle += mask == 0xff ? 1 : 0;
    benchmark::DoNotOptimize(idle);
  });
  std::vector<std::int64_t> times;
  std::vector<std::vector<std::int64_t>> times_of(mixed_requests().size());
  std::uint64_t placed = 0;
  std::int64_t sum = 0;
  for (auto _ : state) {
    const auto request = static_cast<std::uint32_t>(world.prng.below(mixed_requests().size()));
    const std::int64_t begin = now_ns();
    const bool starts = world.place(request, hours(1));
    times.push_back(now_ns() - begin);
    times_of[request].push_back(times.back());
    sum += times.back();
    state.SetIterationTime(static_cast<double>(times.back()) * 1e-9);
    placed += starts ? 1 : 0;
    if (starts) {
      world.end_one(1);
    } else if (world.engine.state().scheduling().jobs.find({world.jobs - 1}) != nullptr) {
      world.execute(command::Cancel{{world.jobs - 1}});
    }
  }
  // The request of which decisions take longest, by the median.
  std::int64_t slowest = 0;
  for (std::size_t request = 0; request < times_of.size(); ++request) {
    std::vector<std::int64_t>& of = times_of[request];
    if (of.empty()) continue;
    std::sort(of.begin(), of.end());
    if (of[of.size() / 2] <= slowest) continue;
    slowest = of[of.size() / 2];
    state.counters["slowest_request"] = static_cast<double>(request);
  }
  state.counters["slowest_p50_us"] = static_cast<double>(slowest) / 1000;
  const auto decisions = static_cast<double>(state.iterations());
  state.counters["placed"] = static_cast<double>(placed) / decisions;
  show_beside(state, static_cast<double>(sum) / decisions, floor);
  show_latencies(state, std::move(times));
}

void BM_EngineDecision(benchmark::State& state) {
  static World world = fragmented_world(BackfillKind::kNone);
  decide_mixed(state, world);
}
BENCHMARK(BM_EngineDecision)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(20'000);

/// The same behind a job of 60,000 nodes that waits: each that fits must not put it off.
void BM_EngineDecisionBehindHead(benchmark::State& state) {
  static World world = [] {
    World made = fragmented_world(BackfillKind::kEasy);
    made.submit(13);
    made.execute(command::Schedule{{0}});
    return made;
  }();
  decide_mixed(state, world);
}
BENCHMARK(BM_EngineDecisionBehindHead)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(20'000);

/// A whole pass of EASY over 100,000 waiting jobs on 100,000 nodes after one allocation ended; none
/// starts. Every node has a GPU free, most requests need whole nodes; those of one node fit on the
/// node that was released, but would put off the head. The argument: distinct requests that wait.
void BM_EnginePass(benchmark::State& state) {
  const auto kinds = static_cast<std::uint32_t>(state.range(0));
  std::vector<Request> requests{whole_nodes(1), whole_nodes(1'000), shaped(7, 7)};
  for (std::uint32_t i = 1; i < kinds; ++i) requests.push_back(whole_nodes(60 + i));
  World world(fleet_in_racks(kNodes, 80), BackfillKind::kEasy, requests);
  for (std::uint32_t node = 0; node < kNodes; ++node) {
    // Ends at distinct instants, so that at the head's turn there is no node to spare.
    world.place(2, hours(1) + Duration{static_cast<std::int64_t>(world.prng.below(1ULL << 40))});
  }
  world.submit(1);
  for (std::uint32_t job = 0; job < 100'000; ++job) {
    const auto request = static_cast<std::uint32_t>(world.prng.below(kinds));
    world.submit(request == 0 ? 0 : request + 2,
                 days(30) + seconds(static_cast<std::int64_t>(world.prng.below(1'000'000))));
  }
  world.execute(command::Schedule{{0}});
  struct Waiting {
    std::int64_t estimate;
    std::uint32_t gpus;
  };
  std::vector<Waiting> waiting(100'000, {days(30).us, 8});
  const double floor = floor_ns([&] {
    std::uint64_t fit = 0;
    for (const Waiting& job : waiting)
      fit += job.gpus <= 8 && job.estimate <= hours(2).us ? 1U : 0U;
    benchmark::DoNotOptimize(fit);
  });
  std::vector<std::int64_t> times;
  std::int64_t sum = 0;
  for (auto _ : state) {
    world.end_one(world.running.size());
    const std::int64_t begin = now_ns();
    world.execute(command::Schedule{{0}});
    times.push_back(now_ns() - begin);
    sum += times.back();
    state.SetIterationTime(static_cast<double>(times.back()) * 1e-9);
  }
  state.counters["started"] = 100'001 - static_cast<double>(world.queue().pending_jobs);
  show_beside(state, static_cast<double>(sum) / static_cast<double>(state.iterations()), floor);
  show_latencies(state, std::move(times));
}
BENCHMARK(BM_EnginePass)
    ->Arg(12)
    ->Arg(500)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(50);

}  // namespace
}  // namespace stargate::bench
