// A control plane that starts again: a ledger of jobs that were submitted and cancelled, re-applied from its
// entries, and from an image.

#include <chrono>
#include <cstdint>
#include <memory>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "http_load.h"
#include "ledger/sqlite_ledger.h"
#include "raw_sqlite.h"
#include "server/begin.h"
#include "server/store.h"
#include "server/submit.h"
#include "small_world.h"
#include "world/quantity.h"
#include "world/world.h"

namespace stargate::bench {
namespace {

/// A store with so many events or more, all durable; their count.
std::uint64_t fill(server::Store& store, std::uint64_t least) {
  constexpr std::uint64_t kJobsPerCommit = 10'000;
  const Instant now = world::parse_instant("2026-01-01");
  server::begin_with(store, world::read_world_texts({{"world.yaml", kSmallWorld}}), now);
  Workload workload;
  const auto& parties = store.state().scheduling().market.book.parties();
  while (!parties[workload.lab.value].is_lab) ++workload.lab.value;
  workload.name = "crimson-research";
  store.execute(now, command::Define{workload});
  Request request;
  request.parts.push_back({.gpus = 4});
  store.execute(now, command::DefineRequest{{0}, request});
  command::SubmitWorkload submit;
  submit.workload = {0};
  submit.tenant = {1};
  submit.estimate = hours(2);
  submit.request = submit.early_request = {0};
  const server::Submission sent = server::submission_of(nlohmann::json::parse(kJob));
  std::uint64_t events = 0;
  for (std::uint64_t job = 1; events < least; ++job) {
    submit.job = {job};
    events += store.execute(now, submit, {sent.spec, "admin"}, sent.json).events.size();
    STARGATE_CHECK(store.refusal() == Reason::kNone, "the job is taken");
    events += store.execute(now, command::Cancel{{job}}).events.size();
    if (job % kJobsPerCommit == 0) store.commit();
  }
  store.commit();
  return events;
}

void restart(benchmark::State& state) {
  const DiskFolder folder("restart-bench");
  const auto open = [&] {
    return std::make_unique<server::Store>(ledger::open_sqlite_ledger(folder.path()));
  };
  auto store = open();
  state.counters["events"] =
      static_cast<double>(fill(*store, static_cast<std::uint64_t>(state.range(0))));
  state.counters["entries"] = static_cast<double>(store->last_index());
  const auto opened_s = [&] {
    store.reset();
    const auto start = BenchClock::now();
    store = open();
    return seconds_since(start);
  };
  for (auto _ : state) {
    state.counters["from_entries_s"] = opened_s();
    const auto start = BenchClock::now();
    const ledger::Snapshot image = store->take_image();
    state.counters["image_s"] = seconds_since(start);
    store->keep(image);
    state.counters["from_image_s"] = opened_s();
  }
}
BENCHMARK(restart)
    ->Name("server/restart")
    ->Unit(benchmark::kMillisecond)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Iterations(1)
    ->UseRealTime();

}  // namespace
}  // namespace stargate::bench
