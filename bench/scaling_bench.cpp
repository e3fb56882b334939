// The same work on fleets and queues of many sizes.

#include "fixture.h"

namespace stargate::bench {
namespace {

/// 90 % full; one allocation ends, and a job like it is placed. Arguments: nodes of the fleet, nodes
/// of the job.
void BM_ScalePlace(benchmark::State& state) {
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  const auto gang = static_cast<std::uint32_t>(state.range(1));
  World world(fleet_in_racks(nodes, 80), BackfillKind::kEasy, {whole_nodes(gang)});
  world.fill(0, 90);
  run_beside(
      state,
      [&] {
        world.end_one(world.running.size());
        if (!world.place(0)) state.SkipWithError("does not fit");
      },
      MaskFloor(nodes, gang));
}
BENCHMARK(BM_ScalePlace)
    ->ArgsProduct({{1'000, 10'000, 100'000, 625'000}, {1, 8}})
    ->Iterations(200'000);

/// Jobs wait behind a head that cannot start; one allocation ends, a job like it comes, and a pass
/// starts the first that ends before the head's turn. Arguments: nodes, jobs that wait.
void BM_ScalePending(benchmark::State& state) {
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  const auto waiting = static_cast<std::uint32_t>(state.range(1));
  World world(fleet_in_racks(nodes, 80), BackfillKind::kEasy,
              {whole_nodes(1), whole_nodes(nodes / 2), shaped(16, 8), shaped(64, 8)});
  const auto length = [&] {
    return hours(1) + seconds(static_cast<std::int64_t>(world.prng.below(1'000'000)));
  };
  for (std::uint32_t node = 0; node < nodes; ++node) world.place(0, length());
  world.submit(1);
  for (std::uint32_t job = 0; job < waiting; ++job) {
    world.submit(static_cast<std::uint32_t>(job % 2 == 0 ? 0 : 2 + job / 2 % 2), length());
  }
  world.execute(command::Schedule{{0}});
  const auto step = [&] {
    world.end_one(world.running.size());
    world.submit(0, length());
    world.execute(command::Schedule{{0}});
    for (const Event& event : world.batch.events) {
      const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body);
      if (assigned != nullptr) world.running.push_back(assigned->job);
    }
  };
  run_beside(state, step, MaskFloor(nodes, 1));
  state.counters["pending"] = static_cast<double>(world.queue().pending_jobs);
}
BENCHMARK(BM_ScalePending)
    ->ArgsProduct({{1'000, 100'000}, {10'000, 100'000, 1'000'000}})
    ->Iterations(20'000);

}  // namespace
}  // namespace stargate::bench
