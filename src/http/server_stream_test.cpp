#include <thread>

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/server_fixture.h"

namespace stargate::http {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

TEST(ServerStream, waits_for_the_answers_before_it) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send(std::string(kGet) + std::string(kGet) + std::string(kGet));
  const auto first = desk.take();
  const auto second = desk.take();
  const auto third = desk.take();
  const auto stream = second.responder->stream(text_answer({}));
  EXPECT_TRUE(stream->send("one"));
  third.responder->answer(text_answer("last"));
  EXPECT_TRUE(stream->send("two"));
  first.responder->answer(text_answer("first"));
  EXPECT_EQ(client.receive_reply().body, "first");
  EXPECT_NE(client.receive_until("\r\n\r\n"), "");
  EXPECT_EQ(client.receive_until("two\r\n"), "3\r\none\r\n3\r\ntwo\r\n");
  stream->close();
  EXPECT_EQ(client.receive_until("0\r\n\r\n"), "0\r\n\r\n");
  EXPECT_EQ(client.receive_reply().body, "last");
}

TEST(ServerStream, old_clients_get_it_without_chunks_to_the_end_of_the_connection) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto stream = desk.take().responder->stream(text_answer({}));
  EXPECT_TRUE(stream->send("one "));
  EXPECT_TRUE(stream->send("two"));
  stream->close();
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_NE(head.find("Connection: close"), std::string::npos);
  EXPECT_EQ(head.find("chunked"), std::string::npos);
  EXPECT_EQ(client.receive_all(), "one two");
}

TEST(ServerStream, head_gets_no_stream) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n" + std::string(kGet));
  const auto stream = desk.take().responder->stream(text_answer({}));
  EXPECT_FALSE(stream->send("piece"));
  stream->close();
  EXPECT_EQ(client.receive_reply(false).status, 200);
  desk.take().responder->answer(text_answer("next"));
  EXPECT_EQ(client.receive_reply().body, "next");
}

TEST(ServerStream, one_that_is_not_closed_is_cut_off) {
  Desk desk;
  Server server({}, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send(kGet);
  desk.take().responder->stream(text_answer({}))->send("piece");
  const std::string all = client.receive_all();
  EXPECT_EQ(all.find("0\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 0; }));
}

TEST(ServerStream, pieces_of_several_threads_stay_whole_and_in_the_order_of_each) {
  Desk desk;
  Options options;
  options.limits.stream_backlog_bytes_max = 1 << 30;
  Server server(options, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  const auto stream = desk.take().responder->stream(text_answer({}));
  constexpr int kThreads = 3;
  constexpr int kPieces = 3000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kPieces; ++n) {
        stream->send(std::to_string(i) + ":" + std::to_string(n) + "\n");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stream->close();
  EXPECT_NE(client.receive_until("\r\n\r\n"), "");
  std::vector<int> next(kThreads, 0);
  for (int i = 0; i < kThreads * kPieces; ++i) {
    const std::string line = client.receive_until("\n");
    ASSERT_GE(line.size(), 4U);
    const auto thread = static_cast<std::size_t>(line[0] - '0');
    ASSERT_LT(thread, next.size());
    ASSERT_EQ(line, std::to_string(thread) + ":" + std::to_string(next[thread]++) + "\n");
  }
  EXPECT_EQ(client.receive_all(), "");
}

TEST(ServerStream, a_reader_that_does_not_read_is_cut_off_and_others_go_on) {
  Desk desk;
  Options options;
  options.limits.stream_backlog_bytes_max = 256 << 10;
  Server server(options, desk.handler(), plain_error);
  server.start();
  RawClient stalled(server.port(), 4096);
  RawClient reader(server.port());
  stalled.send(kGet);
  const auto stalled_stream = desk.take().responder->stream(text_answer({}));
  reader.send(kGet);
  const auto stream = desk.take().responder->stream(text_answer({}));
  EXPECT_NE(reader.receive_until("\r\n\r\n"), "");

  const std::string piece(10'000, 'p');
  bool is_cut = false;
  for (int i = 0; i < 10'000 && !is_cut; ++i) {
    is_cut = !stalled_stream->send(piece);
    ASSERT_TRUE(stream->send(piece));
    ASSERT_EQ(reader.receive_bytes(piece.size() + 8).substr(0, 6), "2710\r\n");
  }
  EXPECT_TRUE(is_cut);
  EXPECT_FALSE(stalled_stream->send(piece));
  EXPECT_TRUE(becomes_true([&] { return server.counts().connections == 1; }));
  EXPECT_EQ(server.counts().refused_total, 1U);
  EXPECT_TRUE(stream->send("still"));
  EXPECT_EQ(reader.receive_until("still\r\n"), "5\r\nstill\r\n");
}

TEST(ServerStream, one_large_piece_is_no_backlog) {
  Desk desk;
  Options options;
  options.limits.stream_backlog_bytes_max = 1000;
  Server server(options, desk.handler(), plain_error);
  server.start();
  RawClient client(server.port());
  client.send(kGet);
  const auto stream = desk.take().responder->stream(text_answer({}));
  const std::string piece(8'000'000, 'p');
  EXPECT_TRUE(stream->send(piece));
  EXPECT_FALSE(stream->send(piece));
}

}  // namespace
}  // namespace stargate::http
