#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/mailbox.h"
#include "http/transport.h"

namespace stargate::http {

/// The answers of a connection, in the order of the requests, and the bytes of those whose turn it is.
class Outbox {
 public:
  using Clock = std::chrono::steady_clock;

  Outbox() = default;
  ~Outbox();  ///< streams are gone
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// A request that will be answered, the `number`-th: counted from 0 without gaps.
  void expect(std::uint64_t number);
  /// False: nothing is expected there, or not this any more.
  bool deliver(Message message);
  /// Bytes of no answer, such as "100 Continue". Only where no answer is expected.
  void add_plain(std::string text);

  /// Nothing is expected and nothing is to be sent.
  bool is_empty() const { return turns_.empty() && !has_bytes(); }
  bool has_bytes() const { return first_ < pieces_.size(); }
  std::size_t expected() const { return turns_.size(); }
  bool has_stream() const;
  /// An answer was the connection's last, and what came before is sent.
  bool is_at_end() const { return has_last_ && !has_bytes(); }
  /// Since when the first of the bytes are the first.
  Clock::time_point first_since() const { return first_since_; }

  /// Writes until all is written, the transport takes no more, or `bytes_max` are written: kDone.
  Transport::State write_to(Transport& transport, std::size_t bytes_max);

 private:
  struct Piece {
    std::string text;
    std::shared_ptr<StreamState> stream;  ///< its backlog is counted; null: none
  };
  /// The answer of a request.
  struct Turn {
    std::vector<Piece> pieces;
    std::shared_ptr<StreamState> stream;
    bool is_complete = false;
    bool is_last = false;
  };

  /// Moves what may be sent to `pieces_`.
  void advance();
  void add(std::vector<Piece>& to, Message& message, const std::shared_ptr<StreamState>& stream);
  void on_written(std::size_t bytes);

  std::vector<Turn> turns_;
  std::uint64_t first_number_ = 0;
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;
  std::size_t first_offset_ = 0;  ///< of `pieces_[first_]`, already written
  Clock::time_point first_since_;
  bool has_last_ = false;
};

}  // namespace stargate::http
