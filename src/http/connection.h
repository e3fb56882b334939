#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/answer_text.h"
#include "http/loop.h"
#include "http/outbox.h"
#include "http/request_parser.h"
#include "http/transport.h"

namespace stargate::http {

/// One connection: requests in, answers out in the order of the requests. For the loop's thread. Every
/// call may close it; whoever called then looks at is_closed().
class Connection {
 public:
  Connection(Loop& loop, Place place, Loop::Arrival arrival);
  ~Connection() { end_request(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  void on_ready(bool for_read);
  /// True: the first since send_ready().
  bool deliver(Message message);
  void send_ready();
  void on_deadline(Clock::time_point now);
  void begin_stop();

  bool is_closed() const { return is_closed_; }
  bool is_refused() const { return is_refused_; }
  Clock::time_point deadline() const;

 private:
  void shake_hands();
  void read();
  void take_bytes(std::string_view bytes);
  /// Returns how much was taken.
  std::size_t parse(std::string_view bytes);
  /// False: too much arrives already.
  bool count_body();
  void end_request();
  void dispatch();
  void refuse_request(int status, std::string_view detail);
  void on_end_of_input();
  void wait_read();
  void wait_write();
  void write();
  void linger();
  void close() { is_closed_ = true; }

  bool is_full() const;
  bool may_read() const { return !has_stopped_reading_ && !is_full(); }
  bool has_work() const { return !outbox_.is_empty(); }

  Loop& loop_;
  Place place_;  ///< and the number of the next request
  Tcp::socket socket_;
  Transport transport_;
  std::string peer_;

  std::optional<RequestParser> parser_;  ///< while a request is under way
  std::uint64_t counted_bytes_ = 0;      ///< of its body
  std::string unparsed_;
  Outbox outbox_;
  Clock::time_point accepted_at_;
  Clock::time_point request_since_;  ///< with parser_
  Clock::time_point idle_since_;
  Clock::time_point lingers_until_ = kNoDeadline;

  bool is_refused_;
  bool is_shaking_hands_ = true;
  bool is_waiting_read_ = false;
  bool is_waiting_write_ = false;
  bool read_waits_for_write_ = false;  ///< TLS
  bool has_stopped_reading_ = false;
  bool has_input_ended_ = false;
  bool owes_continue_ = false;
  bool is_touched_ = false;
  bool is_closed_ = false;
};

}  // namespace stargate::http
