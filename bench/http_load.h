#pragma once

// A client of many keep-alive connections, and the least server that Beast can be.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/server_fixture.h"

namespace stargate::bench {

using BenchClock = std::chrono::steady_clock;
using Tcp = boost::asio::ip::tcp;
namespace beast = boost::beast;

constexpr int kConnections = 64;
constexpr std::string_view kEchoBody = "{\"accepted\": true}";

inline double seconds_since(BenchClock::time_point start) {
  return std::chrono::duration<double>(BenchClock::now() - start).count();
}

inline std::string post_of(const std::string& path, const std::string& body,
                           const std::string& token = "") {
  std::string text = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!token.empty()) text += "Authorization: Bearer " + token + "\r\n";
  text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size());
  return text + "\r\n\r\n" + body;
}

/// Keep-alive connections that each send the same request when the last is answered. One thread.
class Load {
 public:
  /// Every answer has this status, or run() throws.
  Load(std::uint16_t port, std::string request, std::string_view status = "200")
      : request_(std::move(request)), status_(status), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; i < kConnections; ++i) connect(port);
  }
  ~Load() { ::close(epoll_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Answers to what was asked within `time`; all of them have come.
  std::uint64_t run(BenchClock::duration time) {
    const auto until = BenchClock::now() + time;
    std::uint64_t answers = 0;
    for (Connection& connection : connections_) send(connection);
    std::size_t under_way = connections_.size();
    std::array<epoll_event, kConnections> events{};
    while (under_way > 0) {
      const int ready = ::epoll_wait(epoll_, events.data(), kConnections, 30'000);
      if (ready <= 0) throw std::runtime_error("the server does not answer");
      for (int i = 0; i < ready; ++i) {
        Connection& connection = connections_[events.at(static_cast<std::size_t>(i)).data.u32];
        if (!receive(connection)) continue;
        const auto now = BenchClock::now();
        latencies_us_.push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - connection.sent).count()));
        ++answers;
        if (now < until) {
          send(connection);
        } else {
          --under_way;
        }
      }
    }
    return answers;
  }

  /// Of all answers until now.
  double latency_ms(double part) {
    if (latencies_us_.empty()) return 0;
    const auto at =
        static_cast<std::ptrdiff_t>(static_cast<double>(latencies_us_.size() - 1) * part);
    std::nth_element(latencies_us_.begin(), latencies_us_.begin() + at, latencies_us_.end());
    return latencies_us_[static_cast<std::size_t>(at)] / 1e3;
  }

 private:
  struct Connection {
    http::RawClient client;
    std::string received;
    BenchClock::time_point sent;
  };

  void connect(std::uint16_t port) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(connections_.size());
    connections_.push_back({http::RawClient(port), {}, {}});
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back().client.socket(), &event);
  }

  void send(Connection& connection) {
    connection.sent = BenchClock::now();
    if (!connection.client.send(request_)) throw std::runtime_error("the server takes no request");
  }

  /// True: the answer is there in whole.
  bool receive(Connection& connection) const {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::recv(connection.client.socket(), bytes.data(), bytes.size(), 0);
    if (got <= 0) throw std::runtime_error("the server closed a connection");
    std::string& text = connection.received;
    text.append(bytes.data(), static_cast<std::size_t>(got));
    const std::size_t head = text.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t length = text.find(kLength);
    if (length > head) throw std::runtime_error("an answer has no length");
    const auto size = std::strtoull(text.c_str() + length + kLength.size(), nullptr, 10);
    if (text.size() < head + 4 + size) return false;
    if (text.compare(9, 3, status_) != 0) throw std::runtime_error("refused: " + text);
    text.clear();
    return true;
  }

  std::string request_;
  std::string status_;
  int epoll_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> latencies_us_;
};

class BeastSession : public std::enable_shared_from_this<BeastSession> {
 public:
  explicit BeastSession(Tcp::socket socket) : stream_(std::move(socket)) {}

  void read() {
    request_ = {};
    beast::http::async_read(stream_, buffer_, request_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error) self->write();
                            });
  }

 private:
  void write() {
    answer_ = {beast::http::status::ok, request_.version()};
    answer_.set(beast::http::field::content_type, "application/json");
    answer_.keep_alive(request_.keep_alive());
    answer_.body() = kEchoBody;
    answer_.prepare_payload();
    beast::http::async_write(stream_, answer_,
                             [self = shared_from_this()](beast::error_code error, std::size_t) {
                               if (!error) self->read();
                             });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  beast::http::request<beast::http::string_body> request_;
  beast::http::response<beast::http::string_body> answer_;
};

class BeastEcho {
 public:
  BeastEcho() : acceptor_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~BeastEcho() {
    context_.stop();
    thread_.join();
  }
  BeastEcho(const BeastEcho&) = delete;
  BeastEcho& operator=(const BeastEcho&) = delete;

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (error) return;
      socket.set_option(Tcp::no_delay(true));
      std::make_shared<BeastSession>(std::move(socket))->read();
      accept();
    });
  }

  boost::asio::io_context context_{1};
  Tcp::acceptor acceptor_;
  std::thread thread_;
};

/// CPU time of all threads but this one, which is the client.
inline double server_cpu_us() {
  timespec all{};
  timespec own{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
  return static_cast<double>(all.tv_sec - own.tv_sec) * 1e6 +
         static_cast<double>(all.tv_nsec - own.tv_nsec) / 1e3;
}

}  // namespace stargate::bench
