#include <gtest/gtest.h>

#include "base/prng.h"
#include "http/server.h"
#include "http/server_fixture.h"
#include "oracle/rounds.h"

namespace stargate::http {
namespace {

class ServerGarbage : public testing::Test {
 protected:
  static Options small() {
    Options options;
    options.limits.body_bytes_max = 4000;
    options.limits.header_bytes_max = 2000;
    return options;
  }
  ServerGarbage() { server_.start(); }

  /// Sends it in parts of random sizes, and reads what is answered to the end.
  std::string exchange(const std::string& bytes, Prng& prng) {
    RawClient client(server_.port());
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t size = prng.below(4) == 0 ? prng.below(8) + 1 : prng.below(5000) + 1;
      if (!client.send(std::string_view(bytes).substr(at, size))) break;
      at += size;
    }
    client.end_sending();
    return client.receive_all();
  }

  /// Nothing, or answers of this server one after the other.
  static void expect_answers(std::string_view text) {
    constexpr std::string_view kStart = "HTTP/1.1 ";
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    while (!text.empty()) {
      ASSERT_TRUE(text.starts_with(kStart)) << text;
      const std::size_t end = text.find("\r\n\r\n");
      ASSERT_NE(end, std::string_view::npos) << text;
      const std::string head(text.substr(0, end + 2));
      text.remove_prefix(end + 4);
      // Without body: "100 Continue", or the answer to a HEAD request.
      if (text.empty() || text.starts_with(kStart)) continue;
      const std::size_t at = head.find(kLength);
      ASSERT_NE(at, std::string::npos) << head;
      const std::size_t length = std::stoul(head.substr(at + kLength.size()));
      ASSERT_LE(length, text.size()) << head;
      text.remove_prefix(length);
    }
  }

  Server server_{small(), echo, plain_error};
};

TEST_F(ServerGarbage, random_bytes_end_with_an_answer_or_the_end) {
  for (int seed = 0; seed < oracle::rounds(300); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Prng prng(static_cast<std::uint64_t>(seed));
    std::string bytes(prng.below(6000), '\0');
    for (char& byte : bytes) byte = static_cast<char>(prng.below(256));
    expect_answers(exchange(bytes, prng));
  }
  RawClient client(server_.port());
  EXPECT_EQ(client.get("/").status, 200);
}

std::string random_request(Prng& prng) {
  static const std::vector<std::string> kTargets{
      "/",    "/v1/jobs/7?after=3&x=%20+", "http://test/a",    "*",
      "/%41", "/" + std::string(300, 'p'), "/?=&&a==b&%3d=%26"};
  static const std::vector<std::string> kHeaders{"Connection: keep-alive\r\n",
                                                 "Connection: close\r\n",
                                                 "Expect: 100-continue\r\n",
                                                 "X-Fold: a\r\n b\r\n",
                                                 "Accept: */*\r\n",
                                                 "X: " + std::string(200, 'x') + "\r\n",
                                                 "Upgrade: websocket\r\n",
                                                 "Connection: upgrade\r\n",
                                                 "Cookie: a=b; c=d\r\n"};
  static const std::vector<std::string> kMethods{"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"};
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[prng.below(from.size())];
  };
  std::string text = pick(kMethods) + " " + pick(kTargets) +
                     (prng.below(8) == 0 ? " HTTP/1.0" : " HTTP/1.1") + "\r\nHost: test\r\n";
  for (std::uint64_t i = prng.below(4); i > 0; --i) text += pick(kHeaders);
  const std::string body(prng.below(300), 'b');
  switch (prng.below(3)) {
    case 0: return text + "\r\n";
    case 1: return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    default:
      return text + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n1e;x=y\r\n" +
             std::string(30, 'c') + "\r\n0\r\nT: v\r\n\r\n";
  }
}

void mutate(std::string& text, Prng& prng) {
  static constexpr std::string_view kLikely = "\r\n :;,%\0/0159afgxHTPC-=&?\t\x7f\xff";
  const std::size_t at = prng.below(text.size());
  switch (prng.below(6)) {
    case 0: text[at] = static_cast<char>(prng.below(256)); break;
    case 1: text[at] = kLikely[prng.below(kLikely.size())]; break;
    case 2: text.erase(at, prng.below(20) + 1); break;
    case 3: text.insert(at, 1, kLikely[prng.below(kLikely.size())]); break;
    case 4: text.insert(at, text.substr(prng.below(text.size()), prng.below(60))); break;
    default: text.resize(at + 1);
  }
  if (text.empty()) text = "G";
}

TEST_F(ServerGarbage, requests_with_faults_end_with_answers_or_the_end) {
  for (int seed = 0; seed < oracle::rounds(1000, 200); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Prng prng(static_cast<std::uint64_t>(seed));
    std::string text;
    for (std::uint64_t i = prng.below(4) + 1; i > 0; --i) text += random_request(prng);
    for (std::uint64_t i = prng.below(4); i > 0; --i) mutate(text, prng);
    expect_answers(exchange(text, prng));
    if (HasFatalFailure()) return;
  }
  // Both kinds were met.
  EXPECT_GT(server_.counts().refused_total, 20U);
  EXPECT_GT(server_.counts().requests_total, 200U);
  RawClient client(server_.port());
  EXPECT_EQ(client.get("/").status, 200);
}

}  // namespace
}  // namespace stargate::http
