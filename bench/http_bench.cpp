// The HTTP server, beside the least that Beast can do: one request a connection at a time, answered where
// it was read. Here each request goes to a second thread and its answer comes back from there.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "http/server.h"
#include "http_load.h"

namespace stargate::bench {
namespace {

/// A thread that answers all requests there are, at each of its turns.
class Clerk {
 public:
  Clerk() : thread_([this] { work(); }) {}
  ~Clerk() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Clerk(const Clerk&) = delete;
  Clerk& operator=(const Clerk&) = delete;

  http::Handler handler() {
    return [this](http::Request request, std::shared_ptr<http::Responder> responder) {
      bool wakes = false;
      {
        const std::lock_guard lock(mutex_);
        wakes = waiting_.empty();
        waiting_.push_back({std::move(request), std::move(responder)});
      }
      if (wakes) changed_.notify_one();
    };
  }

 private:
  struct Item {
    http::Request request;
    std::shared_ptr<http::Responder> responder;
  };

  void work() {
    std::vector<Item> items;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
        if (ends_) return;
        waiting_.swap(items);
      }
      for (const Item& item : items) {
        http::Answer answer;
        answer.body = kEchoBody;
        item.responder->answer(std::move(answer));
      }
      items.clear();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> waiting_;
  bool ends_ = false;
  std::thread thread_;
};

void http_beside_beast(benchmark::State& state) {
  constexpr auto kTurn = std::chrono::milliseconds(300);
  Clerk clerk;
  http::Server server({}, clerk.handler(), [](int status, std::string_view) {
    http::Answer answer;
    answer.status = status;
    return answer;
  });
  server.start();
  BeastEcho echo;
  const std::string request =
      post_of("/v1/workloads", R"({"workload": "job-1234567", "gpus": 8, "minutes": 9})");
  Load load(server.port(), request);
  Load echo_load(echo.port(), request);
  std::uint64_t answers = 0;
  std::uint64_t echo_answers = 0;
  double cpu_us = 0;
  double echo_cpu_us = 0;
  std::uint64_t turns = 0;
  for (auto _ : state) {
    const double before_us = server_cpu_us();
    answers += load.run(kTurn);
    const double between_us = server_cpu_us();
    echo_answers += echo_load.run(kTurn);
    cpu_us += between_us - before_us;
    echo_cpu_us += server_cpu_us() - between_us;
    ++turns;
  }
  const double seconds = static_cast<double>(turns) * std::chrono::duration<double>(kTurn).count();
  state.counters["requests_per_s"] = static_cast<double>(answers) / seconds;
  state.counters["beast_per_s"] = static_cast<double>(echo_answers) / seconds;
  // All its threads. Unlike the rates, the same on a busy machine.
  state.counters["cpu_us"] = cpu_us / static_cast<double>(answers);
  state.counters["beast_cpu_us"] = echo_cpu_us / static_cast<double>(echo_answers);
  state.counters["ratio"] = static_cast<double>(answers) / static_cast<double>(echo_answers);
}
BENCHMARK(http_beside_beast)->Unit(benchmark::kMillisecond)->Iterations(5)->UseRealTime();

}  // namespace
}  // namespace stargate::bench
