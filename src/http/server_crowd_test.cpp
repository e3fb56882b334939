#include <algorithm>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "http/server.h"
#include "http/server_fixture.h"

namespace stargate::http {
namespace {

using std::chrono::milliseconds;

/// How many connections this process may have both ends of, at most `wanted`.
std::size_t connections_possible(std::size_t wanted) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NOFILE, &files);
  constexpr std::size_t kOthers = 200;
  return std::min<std::size_t>(wanted, (files.rlim_cur - kOthers) / 2);
}

void answers_promptly(RawClient& client, int requests) {
  TestClock::duration longest{};
  for (int i = 0; i < requests; ++i) {
    const auto since = TestClock::now();
    ASSERT_EQ(client.get("/").status, 200);
    longest = std::max(longest, TestClock::now() - since);
  }
  EXPECT_LT(longest, milliseconds(2000));
}

class ServerCrowd : public testing::TestWithParam<unsigned> {};

TEST_P(ServerCrowd, idle_slow_and_stalled_clients_hold_up_nobody) {
  const bool is_long = std::getenv("STARGATE_LONG_TESTS") != nullptr;
  const std::size_t crowd = connections_possible(is_long ? 10'000 : 2'000);
  Options options;
  options.threads = GetParam();
  const std::string large(1 << 20, 'x');
  Server server(
      options,
      [&](const Request& request, const std::shared_ptr<Responder>& responder) {
        responder->answer(text_answer(request.path == "/large" ? large : "small"));
      },
      plain_error);
  server.start();

  // A third has had an answer, a third stays in the middle of a request, and the rest has said nothing.
  std::vector<RawClient> idle;
  for (std::size_t i = 0; i < crowd; ++i) {
    RawClient& client = idle.emplace_back(server.port());
    if (i % 3 == 0) {
      ASSERT_EQ(client.get("/").status, 200);
    } else if (i % 3 == 1) {
      client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nx");
    }
  }
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == crowd; }));
  // And some ask for more than they ever read.
  std::vector<RawClient> stalled;
  for (int i = 0; i < 5; ++i) {
    RawClient& client = stalled.emplace_back(server.port(), 4096);
    for (int n = 0; n < 8; ++n) client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
  }
  RawClient client(server.port());
  answers_promptly(client, 200);

  // All of them are still served.
  for (std::size_t i = 0; i < crowd; ++i) {
    if (i % 3 == 1) {
      idle[i].send(std::string(99, 'x'));
      ASSERT_EQ(idle[i].receive_reply().status, 200);
    } else {
      ASSERT_EQ(idle[i].get("/").status, 200);
    }
  }
  idle.clear();
  stalled.clear();
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 1; }));
  answers_promptly(client, 10);
}

INSTANTIATE_TEST_SUITE_P(Threads, ServerCrowd, testing::Values(1U, 3U));

TEST(ServerClients, many_clients_at_once_each_get_their_own_answers) {
  Options options;
  options.threads = 2;
  Server server(options, echo, plain_error);
  server.start();
  constexpr int kClients = 8;
  constexpr int kRequests = 500;
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      RawClient client(server.port());
      for (int i = 0; i < kRequests; ++i) {
        const std::string path = "/" + std::to_string(c) + "/" + std::to_string(i);
        EXPECT_EQ(client.get(path).body, "GET " + path + "|");
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(server.counts().requests_total, std::uint64_t{kClients} * kRequests);
}

TEST(ServerClients, without_sockets_left_it_waits_and_goes_on) {
  Server server({}, echo, plain_error);
  server.start();
  RawClient client(server.port());
  EXPECT_EQ(client.get("/").status, 200);
  std::vector<int> taken;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = std::min<rlim_t>(before.rlim_cur, 256);
  ::setrlimit(RLIMIT_NOFILE, &few);
  std::vector<RawClient> waiting;
  try {
    for (;;) waiting.emplace_back(server.port());
  } catch (const std::runtime_error&) {  // this process is out of sockets, and so is the server
  }
  EXPECT_EQ(client.get("/").status, 200);
  ::setrlimit(RLIMIT_NOFILE, &before);
  for (RawClient& other : waiting) EXPECT_EQ(other.get("/").status, 200);
}

}  // namespace
}  // namespace stargate::http
