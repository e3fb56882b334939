#include <gtest/gtest.h>

#include "http/server.h"
#include "http/server_fixture.h"

namespace stargate::http {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

TEST(ServerLimits, a_request_that_drips_in_is_answered_408_in_time) {
  Options options;
  options.limits.request_time_max = stargate::milliseconds(300);
  Server server(options, echo, plain_error);
  server.start();
  RawClient slow(server.port());
  RawClient other(server.port());
  const auto since = TestClock::now();
  const std::string request = "GET / HTTP/1.1\r\nHost: test\r\nX: " + std::string(1000, 'x');
  for (const char byte : request) {
    if (!slow.send({&byte, 1}) || slow.receive(milliseconds(5))) break;
    EXPECT_EQ(other.get("/").status, 200);
  }
  const auto took = TestClock::now() - since;
  EXPECT_GE(took, milliseconds(300));
  EXPECT_LT(took, kPatience);
  EXPECT_EQ(slow.receive_reply().status, 408);
  EXPECT_TRUE(slow.is_closed_within(kPatience));
  EXPECT_EQ(server.counts().refused_total, 1U);
}

TEST(ServerLimits, a_body_that_does_not_come_is_answered_408) {
  Options options;
  options.limits.request_time_max = stargate::milliseconds(100);
  Server server(options, echo, plain_error);
  server.start();
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nbody");
  EXPECT_EQ(client.receive_reply().status, 408);
}

TEST(ServerLimits, the_time_to_answer_counts_neither_as_idle_nor_as_a_request) {
  Desk desk;
  Options options;
  options.limits.request_time_max = stargate::milliseconds(50);
  options.limits.idle_time_max = stargate::milliseconds(50);
  Server server(options, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send(kGet);
  const auto item = desk.take();
  ::usleep(300'000);
  item.responder->answer(text_answer("late"));
  EXPECT_EQ(client.receive_reply().body, "late");
}

TEST(ServerLimits, an_idle_connection_is_closed) {
  Options options;
  options.limits.idle_time_max = stargate::milliseconds(200);
  Server server(options, echo, plain_error);
  server.start();
  RawClient fresh(server.port());
  RawClient used(server.port());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(used.get("/").status, 200);
    ::usleep(40'000);
  }
  EXPECT_TRUE(fresh.is_closed_within(kPatience));
  EXPECT_TRUE(used.is_closed_within(kPatience));
  EXPECT_EQ(used.received(), "");
  EXPECT_EQ(server.counts().connections, 0U);
}

TEST(ServerLimits, an_answer_that_is_not_read_is_given_up) {
  Desk desk;
  Options options;
  options.limits.write_time_max = stargate::milliseconds(200);
  Server server(options, desk.handler(), plain_error);
  server.start();
  RawClient stalled(server.port(), 4096);
  RawClient other(server.port());
  stalled.send(kGet);
  desk.take().responder->answer(text_answer(std::string(64 << 20, 'x')));
  other.send(kGet);
  desk.take().responder->answer(text_answer("quick"));
  EXPECT_EQ(other.receive_reply().body, "quick");
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 1; }));
  EXPECT_EQ(server.counts().refused_total, 1U);
}

TEST(ServerLimits, a_stream_that_is_not_read_is_cut_off_in_time) {
  Desk desk;
  Options options;
  options.limits.write_time_max = stargate::milliseconds(200);
  options.limits.stream_backlog_bytes_max = 1 << 30;
  Server server(options, desk.handler(), plain_error);
  server.start();
  RawClient stalled(server.port(), 4096);
  stalled.send(kGet);
  const auto stream = desk.take().responder->stream(text_answer({}));
  const std::string piece(1 << 20, 'p');
  for (int i = 0; i < 32; ++i) stream->send(piece);
  EXPECT_TRUE(becomes_true([&] { return !stream->send("x"); }));
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 0; }));
}

TEST(ServerLimits, a_quiet_stream_is_not_cut_off) {
  Desk desk;
  Options options;
  options.limits.write_time_max = stargate::milliseconds(50);
  options.limits.idle_time_max = stargate::milliseconds(50);
  options.limits.request_time_max = stargate::milliseconds(50);
  Server server(options, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send(kGet);
  const auto stream = desk.take().responder->stream(text_answer({}));
  ::usleep(300'000);
  EXPECT_TRUE(stream->send("late"));
  EXPECT_NE(client.receive_until("late\r\n"), "");
}

TEST(ServerLimits, too_many_connections_are_told_to_come_back) {
  Options options;
  options.limits.connections_max = 2;
  Server server(options, echo, plain_error);
  server.start();
  RawClient first(server.port());
  RawClient second(server.port());
  EXPECT_EQ(first.get("/").status, 200);
  EXPECT_EQ(second.get("/").status, 200);
  RawClient third(server.port());
  const auto reply = third.receive_reply();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.has("\r\nRetry-After: 1\r\n"));
  EXPECT_TRUE(third.is_closed_within(kPatience));
  EXPECT_EQ(server.counts().connections, 2U);
  EXPECT_EQ(server.counts().refused_total, 1U);

  first.close();
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 1; }));
  RawClient fourth(server.port());
  EXPECT_EQ(fourth.get("/").status, 200);
  EXPECT_EQ(second.get("/").status, 200);
}

TEST(ServerLimits, a_storm_of_connections_over_the_limit_does_not_hold_up_those_within) {
  Options options;
  options.limits.connections_max = 1;
  Server server(options, echo, plain_error);
  server.start();
  RawClient client(server.port());
  EXPECT_EQ(client.get("/").status, 200);
  std::vector<RawClient> others;
  for (int i = 0; i < 600; ++i) {
    others.emplace_back(server.port());
    if (i % 50 == 0) {
      EXPECT_EQ(client.get("/").status, 200);
    }
  }
  for (RawClient& other : others) EXPECT_TRUE(other.is_closed_within(kPatience));
  EXPECT_EQ(client.get("/").status, 200);
}

TEST(ServerLimits, bodies_that_arrive_share_a_limit) {
  Options options;
  options.limits.arriving_bytes_max = 100'000;
  Server server(options, echo, plain_error);
  server.start();
  const std::string start =
      "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 70000\r\n\r\n" + std::string(60'000, 'x');
  RawClient first(server.port());
  first.send(start);
  ::usleep(50'000);
  RawClient second(server.port());
  second.send(start);
  EXPECT_EQ(second.receive_reply().status, 503);
  first.send(std::string(10'000, 'x'));
  EXPECT_EQ(first.receive_reply().body.size(), 70'007U);
  RawClient third(server.port());
  third.send(start + std::string(10'000, 'x'));
  EXPECT_EQ(third.receive_reply().status, 200);
}

}  // namespace
}  // namespace stargate::http
