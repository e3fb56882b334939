// Replays of generated jobs, each beside a bare event loop over the same jobs.

#include "sim/replay.h"

#include <memory>
#include <queue>

#include "fixture.h"
#include "sim/generate.h"

namespace stargate::bench {
namespace {

using sim::TraceJob;

/// Generated jobs, kept in memory.
class GeneratedJobs final : public sim::JobSource {
 public:
  explicit GeneratedJobs(const sim::GenerateOptions& options) {
    sim::WorkloadGenerator generator(options);
    TraceJob job;
    while (generator.next(job)) jobs_.push_back(job);
    tables_ = generator.tables();
  }

  const std::vector<TraceJob>& jobs() const { return jobs_; }
  std::unique_ptr<Cursor> open() const override { return std::make_unique<ListCursor>(jobs_); }
  const sim::TraceTables& tables() const override { return tables_; }
  const sim::Skips& skips() const override { return skips_; }
  const std::vector<std::string>& notes() const override { return notes_; }
  const sim::TraceSummary& summary() const override { return summary_; }
  std::uint64_t job_count() const override { return jobs_.size(); }
  sim::InstantOrder instant_order() const override {
    return sim::InstantOrder::kEndsThenSubmissions;
  }
  bool run_capped_at_request() const override { return false; }

 private:
  class ListCursor final : public Cursor {
   public:
    explicit ListCursor(const std::vector<TraceJob>& jobs) : jobs_(jobs) {}
    const TraceJob* next() override { return at_ < jobs_.size() ? &jobs_[at_++] : nullptr; }

   private:
    const std::vector<TraceJob>& jobs_;
    std::size_t at_ = 0;
  };

  std::vector<TraceJob> jobs_;
  sim::TraceTables tables_;
  sim::Skips skips_;
  std::vector<std::string> notes_;
  sim::TraceSummary summary_;
};

/// The least that a replay could be: first come, first served on a count of free GPUs, with a heap
/// of ends. No nodes, no backfilling, no events, no results but the sum of the waits.
std::int64_t bare_replay(const std::vector<TraceJob>& jobs, std::uint64_t gpus) {
  struct End {
    std::int64_t at;
    std::uint32_t gpus;
    bool operator<(const End& other) const { return other.at < at; }
  };
  std::priority_queue<End> ends;
  std::uint64_t free = gpus;
  std::size_t head = 0;
  std::size_t next = 0;
  std::int64_t waits = 0;
  while (head < jobs.size()) {
    std::int64_t now = next < jobs.size() ? jobs[next].submit.us : kNever.us;
    if (!ends.empty()) now = std::min(now, ends.top().at);
    while (!ends.empty() && ends.top().at == now) {
      free += ends.top().gpus;
      ends.pop();
    }
    while (next < jobs.size() && jobs[next].submit.us == now) ++next;
    for (; head < next && jobs[head].gpus <= free; ++head) {
      free -= jobs[head].gpus;
      waits += now - jobs[head].submit.us;
      ends.push({now + jobs[head].run.us, jobs[head].gpus});
    }
  }
  return waits;
}

/// First in, first out with EASY, on `nodes` nodes of 8 GPUs.
void replay_jobs(benchmark::State& state, const sim::GenerateOptions& generate) {
  const GeneratedJobs source(generate);
  sim::ReplayOptions options;
  options.backfill = "easy";
  options.queues.push_back({"", fleet_in_racks(generate.nodes, generate.nodes)});
  const auto jobs = static_cast<double>(generate.jobs);
  const double floor = floor_ns([&] {
    benchmark::DoNotOptimize(
        bare_replay(source.jobs(), std::uint64_t{generate.nodes} * generate.gpus_per_node));
  });
  sim::RunResult result;
  std::vector<double> times;
  for (auto _ : state) {
    sim::ReplayControl control;
    const std::int64_t begin = now_ns();
    result = sim::replay(options, source, control);
    times.push_back(static_cast<double>(now_ns() - begin));
  }
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  show_beside(state, median / jobs, floor / jobs);
  state.counters["jobs_s"] = jobs / median * 1e9;
  state.counters["events_s"] = static_cast<double>(result.events) / median * 1e9;
  state.counters["mean_wait_s"] = result.mean_wait_s;
}

/// The arguments: the offered load, in hundredths, and jobs. Of an overload the backlog grows with the
/// jobs, to a fifth of them.
void BM_Replay(benchmark::State& state) {
  replay_jobs(state, {.jobs = static_cast<std::uint64_t>(state.range(1)),
                      .nodes = 1'000,
                      .load_millionths = static_cast<std::uint64_t>(state.range(0)) * 10'000,
                      .seed = 42});
}
BENCHMARK(BM_Replay)
    ->Args({95, 100'000})
    ->Args({130, 100'000})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(9);
BENCHMARK(BM_Replay)
    ->Args({95, 1'000'000})
    ->Args({130, 1'000'000})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

/// The argument: nodes.
void BM_ScaleReplay(benchmark::State& state) {
  replay_jobs(state, {.jobs = 300'000,
                      .nodes = static_cast<std::uint32_t>(state.range(0)),
                      .load_millionths = 950'000,
                      .seed = 42});
}
BENCHMARK(BM_ScaleReplay)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(625'000)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

}  // namespace
}  // namespace stargate::bench
