#include "http/server.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include <boost/asio/post.hpp>
#include <netinet/tcp.h>

#include "http/loop.h"
#include "http/net.h"

namespace stargate::http {

std::string_view Request::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

namespace {

constexpr int kAcceptsPerTurnMax = 64;
/// Connections over the limit that are answered 503; more are closed without a word.
constexpr std::uint64_t kRefusedAtOnceMax = 256;
constexpr auto kPauseWithoutSockets = std::chrono::milliseconds(50);

std::string place_of(const Options& options) {
  const bool is_v6 = options.address.find(':') != std::string::npos;
  return (is_v6 ? "[" + options.address + "]" : options.address) + ":" +
         std::to_string(options.port);
}

void check(const Options& options, const Error& error) {
  if (!error) return;
  std::string what = error.message();
  if (!what.empty()) {
    what.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(what.front())));
  }
  throw std::runtime_error(place_of(options) + ": " + what);
}

/// Signals are for the program's own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct Server::Impl {
  Options options;
  Shared shared;
  std::vector<std::unique_ptr<Loop>> loops;
  std::optional<Tcp::acceptor> acceptor;
  std::optional<asio::steady_timer> accept_timer;
  std::size_t next_loop = 0;
  std::uint16_t port = 0;
  std::vector<std::thread> threads;
  std::mutex mutex;  ///< of start and stop
  bool is_stopped = false;

  void listen();
  void wait_for_arrivals();
  void accept_arrivals();
  void place_arrival(Tcp::socket socket, const Tcp::endpoint& peer, Loop& loop);
};

void Server::Impl::listen() {
  Error error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) throw std::runtime_error(options.address + ": expected an IP address");
  const Tcp::endpoint endpoint(address, options.port);
  acceptor.emplace(loops.front()->context());
  acceptor->open(endpoint.protocol(), error);
  check(options, error);
  acceptor->set_option(Tcp::acceptor::reuse_address(true));
  // Accepted sockets inherit these.
  acceptor->set_option(Tcp::no_delay(true));
  acceptor->set_option(asio::socket_base::keep_alive(true));
  using IdleSeconds = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  acceptor->set_option(IdleSeconds(60));
  acceptor->bind(endpoint, error);
  check(options, error);
  acceptor->listen(asio::socket_base::max_listen_connections, error);
  check(options, error);
  acceptor->non_blocking(true);
  port = acceptor->local_endpoint().port();
  accept_timer.emplace(loops.front()->context());
}

void Server::Impl::wait_for_arrivals() {
  acceptor->async_wait(Tcp::acceptor::wait_read, [this](Error error) {
    if (!error) accept_arrivals();
  });
}

void Server::Impl::accept_arrivals() {
  for (int count = 0; count < kAcceptsPerTurnMax; ++count) {
    Loop& loop = *loops[next_loop];
    Tcp::endpoint peer;
    Error error;
    Tcp::socket socket = acceptor->accept(loop.context(), peer, error);
    if (error == asio::error::would_block || error == asio::error::try_again) break;
    if (error == asio::error::connection_aborted) continue;
    if (error) {
      // Out of sockets or memory: others must close first.
      accept_timer->expires_after(kPauseWithoutSockets);
      accept_timer->async_wait([this](Error cancelled) {
        if (!cancelled) wait_for_arrivals();
      });
      return;
    }
    next_loop = (next_loop + 1) % loops.size();
    place_arrival(std::move(socket), peer, loop);
  }
  wait_for_arrivals();
}

void Server::Impl::place_arrival(Tcp::socket socket, const Tcp::endpoint& peer, Loop& loop) {
  Error error;
  socket.non_blocking(true, error);
  if (error) return;
  shared.connections_total.fetch_add(1, std::memory_order_relaxed);
  const bool is_refused = shared.connections.load() >= options.limits.connections_max;
  if (is_refused && shared.refused_connections.load() >= kRefusedAtOnceMax) {
    shared.refused_total.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  Loop::Arrival arrival{
      .socket = std::move(socket), .peer = peer.address().to_string(), .is_refused = is_refused};
  if (&loop == loops.front().get()) {
    loop.add(std::move(arrival));
    return;
  }
  asio::post(loop.context(),
             [&loop, arrival = std::move(arrival)]() mutable { loop.add(std::move(arrival)); });
}

Server::Server(Options options, Handler handler, ErrorAnswer error_answer)
    : impl_(std::make_unique<Impl>()) {
  Impl& impl = *impl_;
  impl.options = std::move(options);
  impl.shared.limits = impl.options.limits;
  impl.shared.handler = std::move(handler);
  impl.shared.error_answer = std::move(error_answer);
  const bool has_certificate = !impl.options.certificate_file.empty();
  if (has_certificate != !impl.options.key_file.empty()) {
    throw std::runtime_error("TLS needs both a certificate and its key: expected " +
                             std::string(has_certificate ? "a key file" : "a certificate file"));
  }
  if (has_certificate) {
    impl.shared.tls =
        std::make_unique<TlsContext>(impl.options.certificate_file, impl.options.key_file);
  }
  for (unsigned i = 0; i < std::max(impl.options.threads, 1U); ++i) {
    impl.loops.push_back(std::make_unique<Loop>(impl.shared));
  }
  impl.listen();
}

Server::~Server() { stop(Duration{}); }

std::uint16_t Server::port() const { return impl_->port; }

void Server::start() {
  Impl& impl = *impl_;
  const std::lock_guard lock(impl.mutex);
  if (impl.is_stopped || !impl.threads.empty()) return;
  impl.wait_for_arrivals();
  const SignalsBlocked blocked;
  for (const auto& loop : impl.loops) {
    impl.threads.emplace_back([&loop = *loop] { loop.run(); });
  }
}

void Server::stop(Duration within) {
  Impl& impl = *impl_;
  const std::lock_guard lock(impl.mutex);
  if (impl.is_stopped) return;
  impl.is_stopped = true;
  if (!impl.threads.empty()) {
    asio::post(impl.loops.front()->context(), [&impl, within] {
      Error ignored;
      impl.acceptor->close(ignored);
      impl.accept_timer->cancel();
      for (const auto& loop : impl.loops) {
        asio::post(loop->context(), [&loop = *loop, within] {
          loop.begin_stop(std::chrono::microseconds(within.us));
        });
      }
    });
    for (std::thread& thread : impl.threads) thread.join();
  }
  impl.accept_timer.reset();
  impl.acceptor.reset();
  impl.loops.clear();
}

Server::Counts Server::counts() const {
  const Shared& shared = impl_->shared;
  return {.connections = shared.connections.load(),
          .connections_total = shared.connections_total.load(),
          .requests_total = shared.requests_total.load(),
          .refused_total = shared.refused_total.load()};
}

}  // namespace stargate::http
