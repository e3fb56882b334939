#include <stdexcept>

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/server_fixture.h"

namespace stargate::http {
namespace {

class ServerProtocol : public testing::Test {
 protected:
  static Options small() {
    Options options;
    options.limits.body_bytes_max = 1000;
    options.limits.header_bytes_max = 2000;
    return options;
  }
  ServerProtocol() { server_.start(); }

  Server server_{small(), echo, plain_error};
  RawClient client_{server_.port()};
};

struct BadRequest {
  const char* name;
  std::string text;
  int status;
};

std::string with_headers(const std::string& headers) {
  return "GET / HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

std::vector<BadRequest> bad_requests() {
  const std::string nul(1, '\0');
  return {
      {"no request", "hello\r\n\r\n", 400},
      {"no target", "GET HTTP/1.1\r\nHost: test\r\n\r\n", 400},
      {"a target without slash", "GET x HTTP/1.1\r\nHost: test\r\n\r\n", 400},
      {"an unknown version", "GET / HTTP/2.0\r\nHost: test\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", with_headers("Host: test\r\n"), 400},
      {"an escape that is no number", "GET /%zz HTTP/1.1\r\nHost: test\r\n\r\n", 400},
      {"an escape cut short", "GET /%4 HTTP/1.1\r\nHost: test\r\n\r\n", 400},
      {"a NUL in the path", "GET /%00 HTTP/1.1\r\nHost: test\r\n\r\n", 400},
      {"a bad escape in the query", "GET /?a=%4g HTTP/1.1\r\nHost: test\r\n\r\n", 400},
      {"a NUL in the query", "GET /?a=%00 HTTP/1.1\r\nHost: test\r\n\r\n", 400},
      {"a NUL in a key", "GET /?%00=a HTTP/1.1\r\nHost: test\r\n\r\n", 400},
      {"a NUL in a header", with_headers("X: a" + nul + "b\r\n"), 400},
      {"a header without name", with_headers(": a\r\n"), 400},
      {"a space before the colon", with_headers("X : a\r\n"), 400},
      {"a header without colon", with_headers("X\r\n"), 400},
      {"two lengths", with_headers("Content-Length: 3\r\nContent-Length: 3\r\n") + "abc", 400},
      {"a list of lengths", with_headers("Content-Length: 3, 3\r\n") + "abc", 400},
      {"different lengths", with_headers("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
      {"a negative length", with_headers("Content-Length: -1\r\n"), 400},
      {"a length in words", with_headers("Content-Length: many\r\n"), 400},
      {"a length past 64 bits", with_headers("Content-Length: 99999999999999999999\r\n"), 400},
      {"length and chunks",
       with_headers("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
      {"chunks and length",
       with_headers("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + "0\r\n\r\n", 400},
      {"another coding", with_headers("Transfer-Encoding: gzip\r\n"), 400},
      {"another coding after chunks", with_headers("Transfer-Encoding: chunked, gzip\r\n"), 400},
      {"two codings", with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
       400},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"a chunk without size", with_headers("Transfer-Encoding: chunked\r\n") + "x\r\n", 400},
      {"a chunk longer than it says",
       with_headers("Transfer-Encoding: chunked\r\n") + "2\r\nabcd\r\n0\r\n\r\n", 400},
      {"a chunk past 64 bits",
       with_headers("Transfer-Encoding: chunked\r\n") + "11111111111111111\r\n", 400},
      {"an unknown expectation", with_headers("Expect: money\r\n"), 417},
      {"a body over the limit", with_headers("Content-Length: 1001\r\n"), 413},
      {"a body far over the limit", with_headers("Content-Length: 1000000000000\r\n"), 413},
      {"a chunk over the limit", with_headers("Transfer-Encoding: chunked\r\n") + "3e9\r\n", 413},
      {"chunks over the limit",
       with_headers("Transfer-Encoding: chunked\r\n") + "3e8\r\n" + std::string(1000, 'x') +
           "\r\n1\r\n",
       413},
      {"an endless chunk line",
       with_headers("Transfer-Encoding: chunked\r\n") + "1;" + std::string(3000, 'x'), 431},
      {"endless trailers",
       with_headers("Transfer-Encoding: chunked\r\n") + "0\r\nX: " + std::string(3000, 'x'), 431},
      {"a long header", with_headers("X: " + std::string(2000, 'x') + "\r\n"), 431},
      {"a header without end", "GET / HTTP/1.1\r\nX: " + std::string(3000, 'x'), 431},
      {"a long target", "GET /" + std::string(3000, 'x'), 431},
  };
}

TEST_F(ServerProtocol, what_is_no_proper_request_is_refused_and_the_connection_closed) {
  std::uint64_t refused = 0;
  for (const BadRequest& bad : bad_requests()) {
    SCOPED_TRACE(bad.name);
    RawClient client(server_.port());
    client.send(bad.text);
    const auto reply = client.receive_reply();
    EXPECT_EQ(reply.status, bad.status) << reply.body;
    EXPECT_NE(reply.body, "");
    EXPECT_TRUE(reply.has("\r\nConnection: close\r\n"));
    client.end_sending();
    EXPECT_TRUE(client.is_closed_within(kPatience));
    EXPECT_EQ(server_.counts().refused_total, ++refused);
  }
  EXPECT_EQ(server_.counts().requests_total, 0U);
}

TEST_F(ServerProtocol, the_same_in_single_bytes) {
  for (const BadRequest& bad : bad_requests()) {
    SCOPED_TRACE(bad.name);
    RawClient client(server_.port());
    for (const char byte : bad.text) {
      if (!client.send({&byte, 1})) break;
    }
    EXPECT_EQ(client.receive_reply().status, bad.status);
  }
}

TEST_F(ServerProtocol, headers_that_come_one_by_one_are_counted_together) {
  client_.send("GET / HTTP/1.1\r\nHost: test\r\n");
  for (int i = 0; i < 60; ++i) {
    if (!client_.send("X-Filler: " + std::string(40, 'x') + "\r\n")) break;
    ::usleep(500);
  }
  EXPECT_EQ(client_.receive_reply().status, 431);
}

TEST_F(ServerProtocol, what_came_before_a_bad_request_is_answered_first) {
  client_.send("GET /1 HTTP/1.1\r\nHost: test\r\n\r\nGET /%zz HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client_.receive_reply().body, "GET /1|");
  EXPECT_EQ(client_.receive_reply().status, 400);
  EXPECT_EQ(client_.receive_all(), "");
}

TEST_F(ServerProtocol, a_body_up_to_the_limit_is_taken) {
  const std::string body(1000, 'b');
  client_.send("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n" + body);
  EXPECT_EQ(client_.receive_reply().body, "POST /x|" + body);
}

TEST_F(ServerProtocol, a_body_in_chunks_is_put_together) {
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "3\r\nabc\r\n4;name=value\r\ndefg\r\n0\r\nX-Trailer: t\r\n\r\n";
  client_.send(request);
  EXPECT_EQ(client_.receive_reply().body, "POST /x|abcdefg");
  for (const char byte : request) client_.send({&byte, 1});
  EXPECT_EQ(client_.receive_reply().body, "POST /x|abcdefg");
}

TEST_F(ServerProtocol, a_client_that_asks_is_told_to_send_its_body) {
  const std::string head =
      "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  client_.send(head);
  EXPECT_EQ(client_.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client_.send("body");
  EXPECT_EQ(client_.receive_reply().body, "POST /x|body");
  // One that sends its body at once needs no such word.
  client_.send(head + "body");
  EXPECT_EQ(client_.receive_reply().body, "POST /x|body");
}

TEST_F(ServerProtocol, a_client_that_asks_to_send_too_much_is_refused_at_once) {
  client_.send(
      "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client_.receive_reply().status, 413);
}

TEST_F(ServerProtocol, head_is_answered_without_body) {
  client_.send("HEAD /x HTTP/1.1\r\nHost: test\r\n\r\nGET /y HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto reply = client_.receive_reply(false);
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.has("\r\nContent-Length: 8\r\n"));
  EXPECT_EQ(client_.receive_reply().body, "GET /y|");
}

TEST_F(ServerProtocol, targets_may_name_the_host) {
  client_.send("GET http://test:80/a%2Fb?c HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client_.receive_reply().body, "GET /a/b c=|");
  client_.send("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client_.receive_reply().body, "OPTIONS *|");
}

TEST_F(ServerProtocol, empty_lines_before_a_request_are_passed_over) {
  client_.send(
      "\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client_.receive_reply().status, 200);
  EXPECT_EQ(client_.receive_reply().status, 200);
}

TEST_F(ServerProtocol, a_connection_closes_when_the_client_says_so) {
  client_.send("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  const auto reply = client_.receive_reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.has("\r\nConnection: close\r\n"));
  EXPECT_EQ(client_.receive_all(), "");
}

TEST_F(ServerProtocol, old_clients_keep_a_connection_only_where_they_ask) {
  client_.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(client_.receive_reply().has("\r\nConnection: keep-alive\r\n"));
  client_.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client_.receive_reply().has("\r\nConnection: close\r\n"));
  EXPECT_EQ(client_.receive_all(), "");
}

TEST_F(ServerProtocol, a_client_that_ends_its_half_gets_its_answers) {
  client_.send("GET /1 HTTP/1.1\r\nHost: test\r\n\r\nGET /2 HTTP/1.1\r\nHost: test\r\n\r\n");
  client_.end_sending();
  EXPECT_EQ(client_.receive_reply().body, "GET /1|");
  EXPECT_EQ(client_.receive_reply().body, "GET /2|");
  EXPECT_EQ(client_.receive_all(), "");
}

TEST(ServerAnswers, a_handler_that_throws_answers_500) {
  Server server(
      {},
      [](const Request& request, const std::shared_ptr<Responder>&) {
        if (request.path == "/number") throw 7;
        throw std::runtime_error("broken: " + request.path);
      },
      plain_error);
  server.start();
  RawClient client(server.port());
  auto reply = client.get("/x");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body, "broken: /x");
  EXPECT_EQ(client.get("/number").status, 500);
}

TEST(ServerAnswers, a_request_that_nobody_answers_is_answered_500) {
  Server server(
      {}, [](const Request&, const std::shared_ptr<Responder>&) {}, plain_error);
  server.start();
  RawClient client(server.port());
  EXPECT_EQ(client.get("/").status, 500);
  EXPECT_EQ(client.get("/").status, 500);
}

TEST(ServerAnswers, only_the_first_answer_counts) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto item = desk.take();
  item.responder->answer(text_answer("first"));
  item.responder->answer(text_answer("second"));
  EXPECT_FALSE(item.responder->stream(text_answer({}))->send("third"));
  desk.take().responder->answer(text_answer("next"));
  EXPECT_EQ(client.receive_reply().body, "first");
  EXPECT_EQ(client.receive_reply().body, "next");
}

TEST(ServerAnswers, an_answer_that_would_break_the_protocol_becomes_500) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  Answer split = text_answer("x");
  split.headers = {{"X", "a\r\nSet-Cookie: b"}};
  Answer name = text_answer("x");
  name.headers = {{"X Y", "a"}};
  Answer type = text_answer("x");
  type.content_type = "text/plain\r\n\r\nx";
  for (const Answer& answer : {split, name, type, text_answer("x", 100)}) {
    client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    desk.take().responder->answer(answer);
    EXPECT_EQ(client.receive_reply().status, 500);
  }
}

TEST(ServerAnswers, an_error_answer_that_throws_is_replaced) {
  Server server({}, echo, [](int, std::string_view) -> Answer { throw std::runtime_error("no"); });
  server.start();
  RawClient client(server.port());
  client.send("hello\r\n\r\n");
  EXPECT_EQ(client.receive_reply().status, 400);
}

TEST(ServerAnswers, answers_without_body_say_so) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n");
  Answer answer;
  answer.status = 204;
  answer.headers = {{"ETag", "\"7\""}};
  desk.take().responder->answer(answer);
  const auto reply = client.receive_reply();
  EXPECT_EQ(reply.status, 204);
  EXPECT_TRUE(reply.has("\r\nETag: \"7\"\r\n"));
  EXPECT_FALSE(reply.has("Content-Length"));
  desk.take().responder->answer(text_answer({}));
  EXPECT_TRUE(client.receive_reply().has("\r\nContent-Length: 0\r\n"));
}

TEST(ServerAnswers, a_large_answer_arrives_whole) {
  std::string body(20'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  Server server(
      {},
      [&](const Request&, const std::shared_ptr<Responder>& responder) {
        responder->answer(text_answer(body));
      },
      plain_error);
  server.start();
  RawClient client(server.port());
  EXPECT_TRUE(client.get("/").body == body);
  EXPECT_TRUE(client.get("/").body == body);
}

}  // namespace
}  // namespace stargate::http
