// The HTTP server, beside the least that Beast can do: one request a connection at a time, answered where
// it was read. Here each request goes to a second thread and its answer comes back from there.

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/server.h"

namespace stargate {
namespace {

using BenchClock = std::chrono::steady_clock;
using Tcp = boost::asio::ip::tcp;
namespace beast = boost::beast;

constexpr int kConnections = 64;
constexpr std::string_view kRequest =
    "POST /v1/workloads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Content-Length: 52\r\n\r\n{\"workload\": \"job-1234567\", \"gpus\": 8, \"minutes\": 9}";
static_assert(kRequest.size() - kRequest.find("{") == 52);
constexpr std::string_view kAnswerBody = "{\"accepted\": true}";

/// Keep-alive connections that each send a request when the last is answered.
class Load {
 public:
  explicit Load(std::uint16_t port) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; i < kConnections; ++i) connect(port);
    answer_size_ = first_answer();
  }
  ~Load() {
    for (const int socket : sockets_) ::close(socket);
    ::close(epoll_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Answers within `time`.
  std::uint64_t run(BenchClock::duration time) {
    const auto until = BenchClock::now() + time;
    std::uint64_t answers = 0;
    for (const int socket : sockets_) send(socket);
    std::size_t under_way = sockets_.size();
    bool goes_on = true;
    std::array<epoll_event, kConnections> events{};
    std::array<char, 4096> bytes{};
    while (under_way > 0) {
      const int ready = ::epoll_wait(epoll_, events.data(), kConnections, 5000);
      if (ready <= 0) throw std::runtime_error("the server does not answer");
      goes_on = goes_on && BenchClock::now() < until;
      for (int i = 0; i < ready; ++i) {
        const auto index = events.at(static_cast<std::size_t>(i)).data.u32;
        const ssize_t got = ::recv(sockets_[index], bytes.data(), bytes.size(), 0);
        if (got <= 0) throw std::runtime_error("the server closed a connection");
        received_[index] += static_cast<std::size_t>(got);
        if (received_[index] < answer_size_) continue;
        received_[index] = 0;
        ++answers;
        if (goes_on) {
          send(sockets_[index]);
        } else {
          --under_way;
        }
      }
    }
    return answers;
  }

 private:
  void connect(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no connection to the server");
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(sockets_.size());
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    sockets_.push_back(socket);
    received_.push_back(0);
  }

  static void send(int socket) {
    if (::send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(kRequest.size())) {
      throw std::runtime_error("the server takes no request");
    }
  }

  std::size_t first_answer() {
    send(sockets_.front());
    std::string text;
    while (text.find(kAnswerBody) == std::string::npos) {
      std::array<char, 4096> bytes{};
      const ssize_t got = ::recv(sockets_.front(), bytes.data(), bytes.size(), 0);
      if (got <= 0) throw std::runtime_error("the server does not answer");
      text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return text.size();
  }

  int epoll_;
  std::vector<int> sockets_;
  std::vector<std::size_t> received_;
  std::size_t answer_size_ = 0;
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
    answer_.body() = kAnswerBody;
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

/// A thread that answers all requests there are, at each of its turns.
class Clerk {
 public:
  Clerk() : thread_([this] { work(); }) {}
  ~Clerk() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Clerk(const Clerk&) = delete;
  Clerk& operator=(const Clerk&) = delete;

  http::Handler handler() {
    return [this](http::Request request, std::shared_ptr<http::Responder> responder) {
      bool wakes = false;
      {
        const std::lock_guard lock(mutex_);
        wakes = waiting_.empty();
        waiting_.push_back({std::move(request), std::move(responder)});
      }
      if (wakes) changed_.notify_one();
    };
  }

 private:
  struct Item {
    http::Request request;
    std::shared_ptr<http::Responder> responder;
  };

  void work() {
    std::vector<Item> items;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
        if (ends_) return;
        waiting_.swap(items);
      }
      for (const Item& item : items) {
        http::Answer answer;
        answer.body = kAnswerBody;
        item.responder->answer(std::move(answer));
      }
      items.clear();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> waiting_;
  bool ends_ = false;
  std::thread thread_;
};

/// CPU time of all threads but this one, which is the client.
double server_cpu_us() {
  timespec all{};
  timespec own{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
  return static_cast<double>(all.tv_sec - own.tv_sec) * 1e6 +
         static_cast<double>(all.tv_nsec - own.tv_nsec) / 1e3;
}

void http_beside_beast(benchmark::State& state) {
  constexpr auto kTurn = std::chrono::milliseconds(300);
  Clerk clerk;
  http::Server server({}, clerk.handler(), [](int status, std::string_view) {
    http::Answer answer;
    answer.status = status;
    return answer;
  });
  server.start();
  BeastEcho echo;
  Load load(server.port());
  Load echo_load(echo.port());
  std::uint64_t answers = 0;
  std::uint64_t echo_answers = 0;
  double cpu_us = 0;
  double echo_cpu_us = 0;
  std::uint64_t turns = 0;
  for (auto _ : state) {
    const double before_us = server_cpu_us();
    answers += load.run(kTurn);
    const double between_us = server_cpu_us();
    echo_answers += echo_load.run(kTurn);
    cpu_us += between_us - before_us;
    echo_cpu_us += server_cpu_us() - between_us;
    ++turns;
  }
  const double seconds = static_cast<double>(turns) * std::chrono::duration<double>(kTurn).count();
  state.counters["requests_per_s"] = static_cast<double>(answers) / seconds;
  state.counters["beast_per_s"] = static_cast<double>(echo_answers) / seconds;
  // All its threads. Unlike the rates, the same on a busy machine.
  state.counters["cpu_us"] = cpu_us / static_cast<double>(answers);
  state.counters["beast_cpu_us"] = echo_cpu_us / static_cast<double>(echo_answers);
  state.counters["ratio"] = static_cast<double>(answers) / static_cast<double>(echo_answers);
}
BENCHMARK(http_beside_beast)->Unit(benchmark::kMillisecond)->Iterations(5)->UseRealTime();

}  // namespace
}  // namespace stargate
