#include "http/server.h"

#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "http/server_fixture.h"

namespace stargate::http {
namespace {

TEST(Server, answers_one_request_after_the_other_on_a_connection) {
  Server server({}, echo, plain_error);
  server.start();
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.get("/a%20b/" + std::to_string(i) + "?x=1+2&y=%26");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "GET /a b/" + std::to_string(i) + " x=1 2 y=&|");
    EXPECT_TRUE(reply.has("\r\nContent-Type: text/plain\r\n"));
    EXPECT_TRUE(reply.has("\r\nDate: "));
  }
  EXPECT_EQ(server.counts().requests_total, 3U);
  EXPECT_EQ(server.counts().connections, 1U);
  EXPECT_EQ(server.counts().connections_total, 1U);
  client.close();
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 0; }));
}

TEST(Server, gives_the_handler_headers_in_lower_case_and_the_peer) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send("POST /x HTTP/1.1\r\nHOST: test\r\nX-One:  two \r\nContent-Length: 4\r\n\r\nbody");
  Desk::Item item = desk.take();
  ASSERT_NE(item.responder, nullptr);
  EXPECT_EQ(item.request.method, "POST");
  EXPECT_EQ(item.request.body, "body");
  EXPECT_EQ(item.request.header("x-one"), "two");
  EXPECT_EQ(item.request.header("host"), "test");
  EXPECT_EQ(item.request.header("absent"), "");
  EXPECT_EQ(item.request.peer, "127.0.0.1");
  item.responder->answer(text_answer("done", 201));
  const auto reply = client.receive_reply();
  EXPECT_EQ(reply.head.substr(0, 22), "HTTP/1.1 201 Created\r\n");
  EXPECT_EQ(reply.body, "done");
}

TEST(Server, pipelined_answers_leave_in_the_order_of_their_requests) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: test\r\n\r\n";
  }
  client.send(requests);
  std::vector<Desk::Item> items;
  for (int i = 0; i < 20; ++i) items.push_back(desk.take());
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    ASSERT_NE(item->responder, nullptr);
    item->responder->answer(text_answer(item->request.path));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.receive_reply().body, "/" + std::to_string(i));
}

TEST(Server, more_pipelined_requests_than_it_keeps_at_once_are_all_answered) {
  Server server({}, echo, plain_error);
  server.start();
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 5000; ++i) {
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: test\r\n\r\n";
  }
  std::thread sender([&] { client.send(requests); });
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(client.receive_reply().body, "GET /" + std::to_string(i) + "|");
  }
  sender.join();
}

TEST(Server, a_stream_carries_pieces_until_it_is_closed_and_the_connection_goes_on) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send("GET /events HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto stream = desk.take().responder->stream(text_answer({}));
  EXPECT_TRUE(client.receive_until("\r\n\r\n").find("Transfer-Encoding: chunked") !=
              std::string::npos);
  EXPECT_TRUE(stream->send("hello"));
  EXPECT_EQ(client.receive_until("hello\r\n"), "5\r\nhello\r\n");
  const std::string large(100'000, 'x');
  EXPECT_TRUE(stream->send(large));
  EXPECT_EQ(client.receive_until("\r\n"), "186a0\r\n");
  EXPECT_EQ(client.receive_bytes(large.size() + 2), large + "\r\n");
  stream->close();
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "0\r\n\r\n");
  EXPECT_FALSE(stream->send("more"));

  client.send("GET /next HTTP/1.1\r\nHost: test\r\n\r\n");
  desk.take().responder->answer(text_answer("next"));
  EXPECT_EQ(client.receive_reply().body, "next");
}

TEST(Server, a_stream_notices_that_its_client_is_gone) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send("GET /events HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto stream = desk.take().responder->stream(text_answer({}));
  EXPECT_TRUE(stream->send("hello"));
  EXPECT_NE(client.receive_until("hello"), "");
  client.close();
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 0; }));
  EXPECT_FALSE(stream->send("hello"));
}

TEST(Server, listens_on_ipv6) {
  Options options;
  options.address = "::1";
  Desk desk;
  std::optional<Server> server;
  try {
    server.emplace(options, desk.handler(), plain_error);
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << error.what();
  }
  server->start();
  const int client = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(server->port());
  address.sin6_addr = in6addr_loopback;
  ASSERT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n";
  EXPECT_EQ(::send(client, kRequest.data(), kRequest.size(), 0),
            static_cast<ssize_t>(kRequest.size()));
  EXPECT_EQ(desk.take().request.peer, "::1");
  ::close(client);

  options.port = server->port();
  try {
    const Server second(options, echo, plain_error);
    FAIL() << "two servers listen on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "[::1]:" + std::to_string(options.port) + ": address already in use");
  }
}

TEST(Server, an_address_that_is_none_is_an_error) {
  Options options;
  options.address = "somewhere";
  try {
    const Server server(options, echo, plain_error);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "somewhere: expected an IP address");
  }
}

TEST(Server, a_taken_port_is_an_error_that_names_it) {
  Server server({}, echo, plain_error);
  Options options;
  options.port = server.port();
  try {
    const Server second(options, echo, plain_error);
    FAIL() << "two servers listen on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(),
              "127.0.0.1:" + std::to_string(options.port) + ": address already in use");
  }
}

}  // namespace
}  // namespace stargate::http
