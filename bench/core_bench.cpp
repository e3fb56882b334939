// The codec, applying events again, and snapshots.

#include <cstring>

#include <benchmark/benchmark.h>

#include "base/prng.h"
#include "core/engine.h"
#include "event/codec.h"

namespace stargate {
namespace {

/// A queue with jobs of one GPU to 64 nodes that come and go, as events.
struct Workload {
  core::Engine engine;
  EventBatch batch;
  std::uint64_t jobs = 0;
  Instant now{seconds(1'735'689'600).us};
  Prng prng{1};

  Workload(std::uint32_t nodes, std::uint32_t smallest_gpus) {
    command::DefineQueue queue{{0}, "main", {}, {}};
    queue.fleet.groups.push_back({nodes / 8, 8, 8, {0}, Level::kSite});
    queue.policy.backfill = BackfillKind::kEasy;
    execute(queue);
    for (std::uint32_t i = 0; i < 12; ++i) {
      Request request;
      request.parts.resize(1);
      const std::uint32_t gpus = smallest_gpus << i;
      if (gpus <= 8) {
        request.parts[0].gpus_per_node = request.parts[0].gpus = gpus;
      } else {
        request.parts[0].nodes = std::min(gpus / 8, 64U);
      }
      execute(command::DefineRequest{{i}, request});
    }
  }

  void execute(const Command::Body& body) { engine.execute({now, body}, batch); }

  void submit(std::uint32_t request) {
    execute(command::Submit{{jobs++},
                            {0},
                            {0},
                            {request},
                            0,
                            minutes(5 + static_cast<std::int64_t>(prng.below(600))),
                            {}});
  }

  /// Fills the fleet, then one job ends and another comes, again and again.
  void run(std::uint64_t events) {
    const auto& scheduling = engine.state().scheduling();
    while (batch.events.size() < events) {
      now = now + milliseconds(static_cast<std::int64_t>(prng.below(2000)));
      if (scheduling.queues[0].pending_jobs < 50) {
        for (int i = 0; i < 100; ++i) {
          submit(static_cast<std::uint32_t>(std::min(prng.below(12), prng.below(12))));
        }
      }
      execute(command::Schedule{{0}});
      for (int i = 0; i < 10; ++i) {
        const auto first = scheduling.queues[0].held.first();
        if (!first) break;
        const JobId job = first->key.job;
        execute(command::Started{job});
        execute(command::Exited{job});
      }
    }
  }
};

const EventBatch& events_of_a_run() {
  static const EventBatch batch = [] {
    Workload workload(1000, 1);
    workload.run(1'000'000);
    return workload.batch;
  }();
  return batch;
}

const std::string& encoded_run() {
  static const std::string bytes = [] {
    std::string all;
    Encoder encoder;
    for (const Event& event : events_of_a_run().events)
      encoder.encode(event, events_of_a_run(), all);
    return all;
  }();
  return bytes;
}

void count_events(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(events_of_a_run().events.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(encoded_run().size()));
}

void BM_encode(benchmark::State& state) {
  const EventBatch& batch = events_of_a_run();
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    Encoder encoder;
    for (const Event& event : batch.events) encoder.encode(event, batch, bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  count_events(state);
}
BENCHMARK(BM_encode)->Unit(benchmark::kMillisecond);

void BM_decode(benchmark::State& state) {
  const std::string& bytes = encoded_run();
  EventBatch batch;
  for (auto _ : state) {
    ByteReader in(bytes);
    Decoder decoder;
    batch.clear();
    while (!in.at_end()) decoder.event(in, batch);
    benchmark::DoNotOptimize(batch.events.data());
  }
  count_events(state);
}
BENCHMARK(BM_decode)->Unit(benchmark::kMillisecond);

/// The floor: the same bytes, only copied.
void BM_copy_of_encoded(benchmark::State& state) {
  const std::string& bytes = encoded_run();
  std::string copy(bytes.size(), '\0');
  for (auto _ : state) {
    std::memcpy(copy.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(copy.data());
  }
  count_events(state);
}
BENCHMARK(BM_copy_of_encoded)->Unit(benchmark::kMillisecond);

/// Ten million events applied to a fresh state, on 1000 nodes.
void BM_apply_ten_million(benchmark::State& state) {
  static const EventBatch batch = [] {
    Workload workload(1000, 1);
    workload.run(10'000'000);
    return workload.batch;
  }();
  for (auto _ : state) {
    core::State applied;
    for (const Event& event : batch.events) applied.apply(event, batch);
    benchmark::DoNotOptimize(applied.events_applied());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.events.size()));
}
BENCHMARK(BM_apply_ten_million)->Unit(benchmark::kMillisecond)->Iterations(1);

/// 100,000 nodes, 50,000 running jobs of up to 2 nodes.
const core::State& large_state() {
  static const core::State state = [] {
    Workload workload(100'000, 8);
    for (int i = 0; i < 50'000; ++i) workload.submit(static_cast<std::uint32_t>(i % 2));
    workload.execute(command::Schedule{{0}});
    return workload.engine.state();
  }();
  return state;
}

void BM_snapshot(benchmark::State& state) {
  std::size_t size = 0;
  for (auto _ : state) size = large_state().snapshot().size();
  state.counters["bytes"] = static_cast<double>(size);
  state.counters["running"] = static_cast<double>(large_state().scheduling().queues[0].held.size());
}
BENCHMARK(BM_snapshot)->Unit(benchmark::kMillisecond);

void BM_restore(benchmark::State& state) {
  const std::string bytes = large_state().snapshot();
  for (auto _ : state) benchmark::DoNotOptimize(core::State::restore(bytes).now());
}
BENCHMARK(BM_restore)->Unit(benchmark::kMillisecond);

void BM_fork(benchmark::State& state) {
  for (auto _ : state) {
    const core::State copy = large_state();
    benchmark::DoNotOptimize(copy.now());
  }
}
BENCHMARK(BM_fork)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace stargate
