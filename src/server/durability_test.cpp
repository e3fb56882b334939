// What the loop does while what it decided is not durable yet: nobody hears of it.

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/gated_ledger.h"
#include "server/plane_fixture.h"

namespace stargate::server {
namespace {

using Json = nlohmann::json;

/// Tells of starts and stops on any thread.
class CountingExecutor final : public executor::Executor {
 public:
  std::atomic<int> starts{0};
  std::atomic<int> stops{0};

  std::vector<executor::Node> inventory() override { return {}; }
  void start(const executor::Start&) override { ++starts; }
  void stop(JobId, std::uint64_t) override { ++stops; }
  void say(executor::Report report) {
    const std::lock_guard lock(mutex_);
    news_.push_back(std::move(report));
  }
  std::vector<executor::Report> poll() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, {});
  }
  void acknowledge(const executor::Report&) override {}
  void resume(const executor::Start&, Instant) override {}
  std::vector<Known> known() override { return {}; }
  std::string output_path(JobId, std::uint64_t, std::uint32_t, bool) const override { return ""; }

 private:
  std::mutex mutex_;
  std::vector<executor::Report> news_;
};

struct Heard {
  std::atomic<int> status{0};
  std::atomic<int> pieces{0};  ///< of a stream, without its first line
};

class HearingStream final : public http::Stream {
 public:
  explicit HearingStream(std::shared_ptr<Heard> heard) : heard_(std::move(heard)) {}
  bool send(std::string piece) override {
    if (!piece.starts_with(':')) ++heard_->pieces;
    return true;
  }
  std::uint64_t backlog_bytes() const override { return 0; }
  bool is_gone() const override { return false; }
  void close() override {}

 private:
  std::shared_ptr<Heard> heard_;
};

class HearingResponder final : public http::Responder {
 public:
  explicit HearingResponder(std::shared_ptr<Heard> heard) : heard_(std::move(heard)) {}
  void answer(http::Answer answer) override { heard_->status = answer.status; }
  std::shared_ptr<http::Stream> stream(http::Answer head) override {
    heard_->status = head.status;
    return std::make_shared<HearingStream>(heard_);
  }

 private:
  std::shared_ptr<Heard> heard_;
};

/// The loop runs on a thread of its own; each append waits until the test lets it go on.
class Durability : public testing::Test {
 protected:
  Durability() {
    auto ledger = std::make_unique<GatedLedger>();
    ledger_ = ledger.get();
    store_ = std::make_unique<Store>(std::move(ledger));
    const Instant now = world::parse_instant("2026-01-01");
    begin_with(*store_, world::read_world_texts(two_suppliers()), now);
    admin_ = make_token(*store_, now, {"root", Role::kAdmin, {}, kNo<PartyId>});
    ledger_->is_open = true;
    store_->commit();
    auto counting = std::make_unique<CountingExecutor>();
    executor_ = counting.get();
    std::vector<Runner> runners;
    runners.push_back({"fake", std::move(counting), "fake"});
    plane_ = std::make_unique<Plane>(
        *store_, std::move(runners), [](const core::State&, OrderId) { return std::size_t{0}; },
        [now] { return now; });
    api_ = std::make_unique<Api>(*plane_);
    thread_ = std::thread([this] {
      try {
        plane_->run();
      } catch (const ledger::LedgerError&) {
        has_failed_ = true;
      }
    });
  }
  ~Durability() override {
    plane_->stop();
    open();
    thread_.join();
  }

  std::shared_ptr<Heard> ask(const std::string& method, const std::string& path,
                             const std::string& body = "", const std::string& accept = "") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.headers.push_back({"authorization", "Bearer " + admin_});
    if (!accept.empty()) request.headers.push_back({"accept", accept});
    auto heard = std::make_shared<Heard>();
    api_->handle(std::move(request), std::make_shared<HearingResponder>(heard));
    return heard;
  }
  /// From now on appends wait; none is under way. REQUIRES: all was asked and answered.
  void close() {
    ledger_->is_open = false;
    while (ledger_->begun.try_acquire()) {
    }
  }
  void open() {
    ledger_->is_open = true;
    ledger_->gate.release(1'000);
  }
  std::shared_ptr<Heard> submit() {
    return ask("POST", "/v1/jobs", R"({"gpus": 8, "command": ["train"]})");
  }
  template <class Condition>
  static bool becomes(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  /// Long enough for what must not happen.
  static void linger() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

  GatedLedger* ledger_ = nullptr;
  std::unique_ptr<Store> store_;
  std::string admin_;
  CountingExecutor* executor_ = nullptr;
  std::unique_ptr<Plane> plane_;
  std::unique_ptr<Api> api_;
  std::atomic<bool> has_failed_{false};
  std::thread thread_;
};

TEST_F(Durability, AnswersStartsAndStreamsWaitForTheSync) {
  const auto events = ask("GET", "/v1/events", "", "text/event-stream");
  ASSERT_TRUE(becomes([&] { return events->status == 200; }));
  close();
  const std::uint64_t before = plane_->requests();
  const auto first = submit();
  ledger_->begun.acquire();
  // Meanwhile the loop goes on.
  const auto second = submit();
  const auto look = ask("GET", "/v1/jobs/1");
  const auto page = ask("GET", "/v1/events");
  ASSERT_TRUE(becomes([&] { return plane_->requests() >= before + 4; }));
  linger();
  for (const auto& heard : {first, second, look, page}) EXPECT_EQ(heard->status, 0);
  EXPECT_EQ(executor_->starts, 0);
  EXPECT_EQ(events->pieces, 0);
  ledger_->gate.release();
  EXPECT_TRUE(becomes([&] { return first->status == 201; }));
  EXPECT_TRUE(becomes([&] { return executor_->starts == 1; }));
  EXPECT_TRUE(becomes([&] { return events->pieces == 1; }));
  ledger_->begun.acquire();
  linger();
  for (const auto& heard : {second, look, page}) EXPECT_EQ(heard->status, 0);
  EXPECT_EQ(executor_->starts, 1);
  open();
  EXPECT_TRUE(becomes([&] { return second->status == 201 && look->status == 200; }));
  EXPECT_TRUE(becomes([&] { return page->status == 200 && executor_->starts == 2; }));
  EXPECT_TRUE(becomes([&] { return events->pieces >= 2; }));
}

TEST_F(Durability, AFollowedLogSaysNothingThatMayBeLost) {
  const auto submitted = submit();
  ASSERT_TRUE(becomes([&] { return executor_->starts == 1; }));
  const auto log = ask("GET", "/v1/jobs/1/log", "", "text/event-stream");
  ASSERT_TRUE(becomes([&] { return log->status == 200; }));
  close();
  executor_->say({JobId{1}, 1, executor::Outcome::kFailedToStart, {}, 1, 0, "", {}});
  plane_->post_look([](Plane&) {});
  ledger_->begun.acquire();
  const auto unseen = ask("GET", "/v1/jobs/2/log", "", "text/event-stream");
  const auto second = submit();
  const auto of_second = ask("GET", "/v1/jobs/2/log", "", "text/event-stream");
  linger();
  EXPECT_EQ(log->pieces, 0) << "its end is not durable yet";
  EXPECT_EQ(of_second->status, 0) << "nor is the job";
  open();
  EXPECT_TRUE(becomes([&] { return log->pieces == 1; }));
  EXPECT_TRUE(becomes([&] { return of_second->status == 200 && unseen->status == 404; }));
}

TEST_F(Durability, AStopWaitsForTheSync) {
  const auto submitted = submit();
  ASSERT_TRUE(becomes([&] { return executor_->starts == 1; }));
  close();
  const auto cancelled = ask("POST", "/v1/jobs/1/cancel");
  ledger_->begun.acquire();
  linger();
  EXPECT_EQ(cancelled->status, 0);
  EXPECT_EQ(executor_->stops, 0);
  open();
  EXPECT_TRUE(becomes([&] { return cancelled->status == 202 && executor_->stops == 1; }));
}

TEST_F(Durability, AfterAFailedWriteNobodyHearsOfIt) {
  const auto events = ask("GET", "/v1/events", "", "text/event-stream");
  ASSERT_TRUE(becomes([&] { return events->status == 200; }));
  close();
  ledger_->fails = true;
  const auto first = submit();
  ledger_->begun.acquire();
  const auto second = submit();
  open();
  ASSERT_TRUE(becomes([&] { return has_failed_.load(); }));
  const auto third = submit();
  linger();
  for (const auto& heard : {first, second, third}) EXPECT_EQ(heard->status, 0);
  EXPECT_EQ(executor_->starts, 0);
  EXPECT_EQ(events->pieces, 0);
}

}  // namespace
}  // namespace stargate::server
