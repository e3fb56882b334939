#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "http/mailbox.h"
#include "http/net.h"
#include "http/server.h"
#include "http/transport.h"

namespace stargate::http {

class Connection;

using Clock = std::chrono::steady_clock;
inline constexpr Clock::time_point kNoDeadline = Clock::time_point::max();

/// What the loops of a server share.
struct Shared {
  Limits limits;
  Handler handler;
  ErrorAnswer error_answer;
  std::unique_ptr<TlsContext> tls;  ///< null: none

  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> refused_connections{0};  ///< open: they get their 503
  std::atomic<std::uint64_t> arriving_bytes{0};       ///< of bodies
  std::atomic<std::uint64_t> connections_total{0};
  std::atomic<std::uint64_t> requests_total{0};
  std::atomic<std::uint64_t> refused_total{0};
};

/// Some of the connections, and the one thread that works on them. All is for that thread, but for what
/// says otherwise. Deadlines are looked at every `tick`: what is due may be late by that.
class Loop {
 public:
  explicit Loop(Shared& shared);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Any thread. What is posted to it runs in run().
  asio::io_context& context() { return mailbox_->context(); }
  /// Until stopped and without connections, or until the end of the time to stop.
  void run();
  /// Takes no more requests; ends run() when those under way are answered, or after `within`.
  void begin_stop(Clock::duration within);

  struct Arrival {
    Tcp::socket socket;
    std::string peer;
    bool is_refused = false;  ///< answered 503
  };
  /// The socket belongs to context().
  void add(Arrival arrival);
  void take_messages();

  // For the connections.
  Shared& shared() { return shared_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  std::array<char, 64 << 10>& scratch() { return scratch_; }
  void wait_read(Tcp::socket& socket, Place place) { wait(socket, place, true); }
  void wait_write(Tcp::socket& socket, Place place) { wait(socket, place, false); }

 private:
  struct Entry {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;
    Clock::time_point deadline = kNoDeadline;
  };

  void wait(Tcp::socket& socket, Place place, bool for_read);
  void on_ready(Place place, bool for_read);
  std::atomic<std::uint64_t>& count_of(const Connection& connection);
  Connection* find(Place place);
  /// After whatever was done with a connection: removes it, or keeps its deadline.
  void settle(std::uint32_t index);
  void start_tick();
  void on_tick();
  void end_if_done();

  Shared& shared_;
  std::shared_ptr<Mailbox> mailbox_;
  asio::steady_timer tick_timer_;
  asio::steady_timer stop_timer_;
  Clock::duration tick_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::vector<Message> messages_;
  std::vector<Place> touched_;
  std::uint32_t open_ = 0;
  bool is_stopping_ = false;
  std::array<char, 64 << 10> scratch_{};
};

}  // namespace stargate::http
