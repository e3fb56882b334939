#include <atomic>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/server_fixture.h"

namespace stargate::http {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

TEST(ServerStop, finishes_what_is_under_way_and_takes_nothing_new) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient busy(server.port());
  RawClient idle(server.port());
  RawClient partial(server.port());
  busy.send(std::string(kGet) + std::string(kGet));
  const auto first = desk.take();
  const auto second = desk.take();
  partial.send("GET / HTTP/1.1\r\n");
  std::thread stopper([&] { server.stop(seconds(20)); });
  EXPECT_TRUE(idle.is_closed_within(kPatience));
  EXPECT_TRUE(partial.is_closed_within(kPatience));
  EXPECT_THROW(RawClient(server.port()), std::runtime_error);
  busy.send(kGet);  // too late
  second.responder->answer(text_answer("two"));
  first.responder->answer(text_answer("one"));
  EXPECT_EQ(busy.receive_reply().body, "one");
  EXPECT_EQ(busy.receive_reply().body, "two");
  EXPECT_EQ(busy.receive_all(), "");
  busy.close();
  stopper.join();
  EXPECT_EQ(desk.size(), 0U);
  EXPECT_EQ(server.counts().connections, 0U);
}

TEST(ServerStop, waits_no_longer_than_told) {
  Desk desk;
  std::optional<Server> server(std::in_place, Options{}, desk.handler(), plain_error);
  server->start();
  RawClient client(server->port());
  RawClient listener(server->port());
  client.send(kGet);
  const auto item = desk.take();
  listener.send(kGet);
  const auto stream = desk.take().responder->stream(text_answer({}));
  const auto since = TestClock::now();
  server->stop(stargate::milliseconds(100));
  const auto took = TestClock::now() - since;
  EXPECT_GE(took, milliseconds(100));
  EXPECT_LT(took, kPatience);
  EXPECT_TRUE(client.is_closed_within(kPatience));
  EXPECT_FALSE(stream->send("x"));
  // Answers may come after the server is gone.
  server.reset();
  item.responder->answer(text_answer("late"));
  EXPECT_FALSE(stream->send("x"));
}

TEST(ServerStop, a_second_stop_and_a_server_that_never_started_are_nothing_special) {
  Server server({}, echo, plain_error);
  const Server unstarted({}, echo, plain_error);
  server.start();
  server.stop();
  server.stop();
  server.start();
  EXPECT_THROW(RawClient(server.port()), std::runtime_error);
}

TEST(ServerStop, answers_and_pieces_of_other_threads_may_race_with_the_end) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> ends = false;
    Desk desk;
    std::vector<std::thread> threads;
    {
      Options options;
      options.threads = 2;
      Server server(options, desk.handler(), plain_error);
      server.start();
      for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&, port = server.port()] {
          try {
            RawClient client(port);
            while (!ends && client.get("/").status == 200) {
            }
          } catch (const std::runtime_error&) {  // the server is gone already
          }
        });
      }
      threads.emplace_back([&] {
        std::vector<std::shared_ptr<Stream>> streams;
        while (!ends) {
          if (desk.size() == 0) continue;
          const auto item = desk.take();
          if (streams.size() < 2) {
            streams.push_back(item.responder->stream(text_answer({})));
          } else {
            item.responder->answer(text_answer("x"));
          }
          for (const auto& stream : streams) stream->send("piece");
        }
      });
      ::usleep(static_cast<useconds_t>(round) * 1000);
    }
    ends = true;
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace stargate::http
