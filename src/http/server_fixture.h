#pragma once

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server.h"

// What tests of the server need: raw connections, and handlers whose answers the test gives.

namespace stargate::http {

using TestClock = std::chrono::steady_clock;
inline constexpr std::chrono::seconds kPatience{20};

/// A connection over IPv4, byte by byte.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0) throw std::runtime_error("no socket");
    if (receive_bytes > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    }
    const int one = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The sockets' interface has one type for all addresses.
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(socket_);
      throw std::runtime_error("no connection");
    }
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  RawClient& operator=(RawClient&&) = delete;

  int socket() const { return socket_; }

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  /// False: the other end is gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Adds to received(). False: the end, a reset, or nothing within `patience`.
  bool receive(std::chrono::milliseconds patience = kPatience) {
    pollfd waited{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&waited, 1, static_cast<int>(patience.count())) <= 0) return false;
    std::string part(64 << 10, '\0');
    const ssize_t got = ::recv(socket_, part.data(), part.size(), 0);
    if (got <= 0) {
      has_ended_ = true;
      return false;
    }
    received_.append(part, 0, static_cast<std::size_t>(got));
    return true;
  }

  /// All that comes until the other end closes.
  std::string receive_all() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  /// The other end closes within `patience`, whatever it sends before.
  bool is_closed_within(std::chrono::milliseconds patience) {
    const auto until = TestClock::now() + patience;
    while (!has_ended_ && TestClock::now() < until) {
      receive(std::chrono::milliseconds(20));
    }
    return has_ended_;
  }
  /// Up to and with `end`; empty where it does not come.
  std::string receive_until(std::string_view end) {
    for (;;) {
      const std::size_t at = received_.find(end);
      if (at != std::string::npos) return take(at + end.size());
      if (!receive()) return {};
    }
  }
  std::string receive_bytes(std::size_t count) {
    while (received_.size() < count) {
      if (!receive()) return {};
    }
    return take(count);
  }

  struct Reply {
    int status = 0;  ///< 0: none came
    std::string head;
    std::string body;

    bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
  };
  /// An answer with Content-Length, or none where it must not have a body.
  Reply receive_reply(bool has_body = true) {
    Reply reply;
    reply.head = receive_until("\r\n\r\n");
    if (reply.head.size() < 12) return reply;
    reply.status = std::stoi(reply.head.substr(9, 3));
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const std::size_t at = reply.head.find(kLength);
    if (has_body && at != std::string::npos) {
      reply.body = receive_bytes(std::stoul(reply.head.substr(at + kLength.size())));
    }
    return reply;
  }
  Reply get(const std::string& target) {
    send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return receive_reply();
  }

  const std::string& received() const { return received_; }

 private:
  std::string take(std::size_t count) {
    std::string taken = received_.substr(0, count);
    received_.erase(0, count);
    return taken;
  }

  int socket_;
  std::string received_;
  bool has_ended_ = false;
};

/// Requests that the test answers when it likes.
class Desk {
 public:
  struct Item {
    Request request;
    std::shared_ptr<Responder> responder;
  };

  Handler handler() {
    return [this](Request request, std::shared_ptr<Responder> responder) {
      const std::lock_guard lock(mutex_);
      items_.push_back({std::move(request), std::move(responder)});
      changed_.notify_all();
    };
  }
  /// The oldest. Without responder: none within the tests' patience.
  Item take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return !items_.empty(); })) return {};
    Item item = std::move(items_.front());
    items_.erase(items_.begin());
    return item;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> items_;
};

inline Answer text_answer(std::string body, int status = 200) {
  Answer answer;
  answer.status = status;
  answer.content_type = "text/plain";
  answer.body = std::move(body);
  return answer;
}

inline Answer plain_error(int status, std::string_view detail) {
  return text_answer(std::string(detail), status);
}

/// Answers what was asked: method, path, query and body.
inline void echo(const Request& request, const std::shared_ptr<Responder>& responder) {
  std::string text = request.method + " " + request.path;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  responder->answer(text_answer(text + "|" + request.body));
}

template <typename Condition>
bool becomes_true(Condition condition) {
  const auto until = TestClock::now() + kPatience;
  while (!condition()) {
    if (TestClock::now() > until) return false;
    ::usleep(2000);
  }
  return true;
}

}  // namespace stargate::http
