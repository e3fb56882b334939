#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/prng.h"
#include "core/engine.h"

namespace stargate::bench {

/// CPU time of this thread, so that what else runs on the machine is not counted. A reading takes
/// some tenths of a microsecond.
inline std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Nanoseconds of one call of `step`, over about a fifth of a second.
template <class Step>
double floor_ns(Step step) {
  std::int64_t calls = 0;
  const std::int64_t begin = now_ns();
  std::int64_t end = begin;
  for (std::int64_t batch = 1; end - begin < 200'000'000; batch *= 2) {
    for (std::int64_t i = 0; i < batch; ++i) step();
    calls += batch;
    end = now_ns();
  }
  return static_cast<double>(end - begin) / static_cast<double>(calls);
}

/// Shows what an item costs, what the bare floor of such an item costs, and their ratio.
inline void show_beside(benchmark::State& state, double ns, double floor) {
  state.counters["ns"] = ns;
  state.counters["floor_ns"] = floor;
  state.counters["ratio"] = ns / floor;
}

/// Times step() for each iteration of the benchmark, and shows it beside its floor.
template <class Step, class Floor>
void run_beside(benchmark::State& state, Step step, Floor bare) {
  const double floor = floor_ns(bare);
  const std::int64_t begin = now_ns();
  for (auto _ : state) step();
  const auto ns = static_cast<double>(now_ns() - begin);
  state.SetItemsProcessed(state.iterations());
  show_beside(state, ns / static_cast<double>(state.iterations()), floor);
}

/// Shows the median, the 99th percentile and the greatest of latencies. REQUIRES: there is one.
inline void show_latencies(benchmark::State& state, std::vector<std::int64_t> times) {
  std::sort(times.begin(), times.end());
  const auto us = [&](std::size_t at) { return static_cast<double>(times[at]) / 1000; };
  state.counters["p50_us"] = us(times.size() / 2);
  state.counters["p99_us"] = us(times.size() * 99 / 100);
  state.counters["max_us"] = us(times.size() - 1);
}

inline FleetSpec fleet_in_racks(std::uint32_t nodes, std::uint32_t rack_nodes) {
  FleetSpec spec;
  const std::uint32_t racks = nodes / rack_nodes;
  for (std::uint32_t at = 0; at < racks; at += 10) {
    spec.groups.push_back(
        {std::min(10U, racks - at), rack_nodes, 8, {0}, at == 0 ? Level::kSite : Level::kBlock});
  }
  const std::uint32_t rest = nodes % rack_nodes;
  if (rest > 0) spec.groups.push_back({1, rest, 8, {0}, Level::kRack});
  return spec;
}

inline Request whole_nodes(std::uint32_t nodes) {
  return {.parts = {Part{.nodes = nodes}}, .locality = {}, .accepts_degraded = false};
}
inline Request shaped(std::uint32_t gpus, std::uint32_t per_node) {
  return {.parts = {Part{.gpus = gpus, .gpus_per_node = per_node}},
          .locality = {},
          .accepts_degraded = false};
}
inline Request unshaped(std::uint32_t gpus) {
  return {.parts = {Part{.gpus = gpus}}, .locality = {}, .accepts_degraded = false};
}
inline Request within_a_rack(std::uint32_t nodes) {
  Request request = whole_nodes(nodes);
  request.locality = {.level = Level::kRack, .must = true};
  return request;
}

/// An engine with one queue (fifo, best fit), driven by commands alone.
struct World {
  core::Engine engine;
  EventBatch batch;
  std::vector<JobId> running;
  Prng prng{1};
  Instant now{seconds(1'735'689'600).us};
  std::uint64_t jobs = 0;

  World(const FleetSpec& fleet, BackfillKind backfill, const std::vector<Request>& requests) {
    command::DefineQueue queue{{0}, "main", fleet, {}};
    queue.policy.backfill = backfill;
    execute(queue);
    for (std::uint32_t i = 0; i < requests.size(); ++i) {
      execute(command::DefineRequest{{i}, requests[i]});
    }
  }

  const placement::Queue& queue() const { return engine.state().scheduling().queues[0]; }

  void execute(const Command::Body& body) {
    batch.clear();
    engine.execute({now, body}, batch);
  }
  JobId submit(std::uint32_t request, Duration estimate = days(30)) {
    const JobId job{jobs++};
    execute(command::Submit{job, {0}, {0}, {request}, 0, estimate, {}});
    return job;
  }
  /// Submits one job, and a pass. False where it has not started.
  bool place(std::uint32_t request, Duration estimate = days(30)) {
    const JobId job = submit(request, estimate);
    execute(command::Schedule{{0}});
    for (const Event& event : batch.events) {
      const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body);
      if (assigned == nullptr || assigned->job != job) continue;
      running.push_back(job);
      return true;
    }
    return false;
  }
  void fill(std::uint32_t request, std::uint64_t percent) {
    const std::uint64_t all = queue().fleet.topology().gpu_count();
    while (queue().fleet.free_gpus() * 100 > all * (100 - percent)) {
      if (!place(request)) {
        execute(command::Cancel{{jobs - 1}});
        return;
      }
    }
  }
  /// A random allocation, one of the last `count`, ends.
  void end_one(std::size_t count) {
    const std::size_t at = running.size() - 1 - prng.below(count);
    execute(command::Exited{running[at]});
    running[at] = running.back();
    running.pop_back();
  }
};

/// The least that releasing and placing whole nodes could be: their masks, and a list of what is free.
class MaskFloor {
 public:
  MaskFloor(std::uint32_t nodes, std::uint32_t gang) : masks_(nodes, 0), gang_(gang) {
    for (std::uint32_t at = 0; at + gang <= nodes; at += gang) {
      if (at / gang % 10 == 0) {
        free_.push_back(at);
        set(at, 0xff);
      } else {
        held_.push_back(at);
      }
    }
  }
  void operator()() {
    std::uint32_t& gang = held_[prng_.below(held_.size())];
    set(gang, 0xff);
    std::swap(gang, free_[prng_.below(free_.size())]);
    set(gang, 0);
    benchmark::ClobberMemory();
  }

 private:
  void set(std::uint32_t first, GpuMask mask) {
    for (std::uint32_t node = first; node < first + gang_; ++node) masks_[node] = mask;
  }
  std::vector<GpuMask> masks_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> held_;
  std::uint32_t gang_;
  Prng prng_{1};
};

}  // namespace stargate::bench
