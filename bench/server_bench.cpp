// What the control plane takes: jobs over HTTP, each on the disk before its reply, beside a server of Beast
// that does nothing; and many jobs in one request, beside SQLite with rows of the same size.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <benchmark/benchmark.h>

#include "http_load.h"
#include "raw_sqlite.h"
#include "server/control_plane.h"
#include "small_world.h"

namespace stargate::bench {
namespace {

constexpr std::size_t kBulkJobs = 1'000;

/// A control plane of its own folder, whose fleet of 8,192 GPUs is simulated: jobs fill it, then wait.
class Running {
 public:
  explicit Running(const DiskFolder& folder) {
    server::Options options;
    options.data_folder = folder.path() + "/data";
    options.world_folder = folder.path() + "/world";
    std::filesystem::create_directories(options.world_folder);
    std::ofstream(options.world_folder + "/world.yaml") << kSmallWorld;
    plane_ = std::make_unique<server::ControlPlane>(options);
    std::ifstream(plane_->token_file()) >> token_;
    thread_ = std::thread([this] { plane_->run([] {}); });
    while (plane_->port() == 0) std::this_thread::yield();
  }
  ~Running() {
    plane_->stop();
    thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::uint16_t port() const { return plane_->port(); }
  const std::string& token() const { return token_; }

 private:
  std::unique_ptr<server::ControlPlane> plane_;
  std::string token_;
  std::thread thread_;
};

void submissions(benchmark::State& state) {
  constexpr auto kTurn = std::chrono::seconds(1);
  const DiskFolder folder("server-bench");
  const Running running(folder);
  BeastEcho echo;
  const std::string request = post_of("/v1/jobs", kJob, running.token());
  Load load(running.port(), request, "201");
  Load echo_load(echo.port(), request);
  std::uint64_t answers = 0;
  std::uint64_t echo_answers = 0;
  double seconds = 0;
  double echo_seconds = 0;
  double cpu_us = 0;
  for (auto _ : state) {
    const double before_us = server_cpu_us();
    const auto start = BenchClock::now();
    answers += load.run(kTurn);
    seconds += seconds_since(start);
    cpu_us += server_cpu_us() - before_us;
    const auto echo_start = BenchClock::now();
    echo_answers += echo_load.run(kTurn);
    echo_seconds += seconds_since(echo_start);
  }
  const double per_s = static_cast<double>(answers) / seconds;
  const double echo_per_s = static_cast<double>(echo_answers) / echo_seconds;
  state.counters["submissions_per_s"] = per_s;
  state.counters["beast_per_s"] = echo_per_s;
  state.counters["ratio"] = per_s / echo_per_s;
  state.counters["p50_ms"] = load.latency_ms(0.5);
  state.counters["p99_ms"] = load.latency_ms(0.99);
  state.counters["beast_p99_ms"] = echo_load.latency_ms(0.99);
  // Of all its threads. Unlike the rates, the same on a busy machine.
  state.counters["cpu_us"] = cpu_us / static_cast<double>(answers);
}
BENCHMARK(submissions)
    ->Name("server/submissions")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5)
    ->UseRealTime();

/// Rows of an entry's size a second, a thousand a transaction.
double raw_rows_per_s(const std::string& path, std::size_t row_bytes) {
  constexpr int kBatches = 100;
  RawSqlite database(path, "CREATE TABLE entry (i INTEGER PRIMARY KEY, bytes BLOB)",
                     "INSERT INTO entry VALUES (?1, ?2)");
  const std::string bytes(row_bytes, 'r');
  const auto start = BenchClock::now();
  std::int64_t next = 1;
  for (int batch = 0; batch < kBatches; ++batch) {
    database.run("BEGIN");
    for (std::size_t i = 0; i < kBulkJobs; ++i) {
      database.bind(1, next++);
      database.bind(2, bytes);
      database.insert();
    }
    database.run("COMMIT");
  }
  return static_cast<double>(next - 1) / seconds_since(start);
}

/// Each connection sends a thousand jobs in a request, which are equal or differ in their names; the ledger
/// has a row a job.
void bulk(benchmark::State& state) {
  const DiskFolder folder("server-bench");
  const Running running(folder);
  std::string body = R"({"jobs": [)";
  for (std::size_t i = 0; i < kBulkJobs; ++i) {
    std::string job = kJob;
    if (state.range(0) != 0) job.insert(job.find("train") + 5, std::to_string(1'000 + i));
    body += (i > 0 ? ", " : "") + job;
  }
  Load load(running.port(), post_of("/v1/jobs/bulk", body + "]}", running.token()), "201");
  std::uint64_t rows = 0;
  double seconds = 0;
  double raw = 0;
  for (auto _ : state) {
    const auto start = BenchClock::now();
    rows += load.run(std::chrono::seconds(1)) * kBulkJobs;
    seconds += seconds_since(start);
    // Note, command, events and hash of one of these jobs.
    raw += raw_rows_per_s(folder.path() + "/raw" + std::to_string(rows) + ".db", 250);
  }
  const double per_s = static_cast<double>(rows) / seconds;
  const double raw_per_s = raw / static_cast<double>(state.iterations());
  state.counters["rows_per_s"] = per_s;
  state.counters["sqlite_per_s"] = raw_per_s;
  state.counters["ratio"] = per_s / raw_per_s;
}
BENCHMARK(bulk)
    ->Name("server/bulk")
    ->Unit(benchmark::kMillisecond)
    ->ArgName("differ")
    ->Arg(0)
    ->Arg(1)
    ->Iterations(3)
    ->UseRealTime();

}  // namespace
}  // namespace stargate::bench
