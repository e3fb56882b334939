#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/net.h"
#include "http/server.h"

namespace stargate::http {

class Loop;

/// A connection of a loop, and one of its requests. Places are not used again: what arrives for one that
/// is gone is dropped.
struct Place {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  std::uint64_t request = 0;
};

/// What the two ends of a stream know of each other.
struct StreamState {
  std::atomic<bool> is_gone{false};
  std::atomic<std::uint64_t> backlog_bytes{0};  ///< sent, and not taken by the system yet
};

struct Message {
  enum class Kind : std::uint8_t {
    kAnswer,      ///< the whole answer
    kStreamHead,  ///< `stream` is set
    kPiece,
    kStreamEnd,
    kCut,  ///< the connection is closed at once
  };
  Place place;
  Kind kind = Kind::kAnswer;
  bool is_last = false;  ///< with kAnswer, kStreamHead: the connection closes after it
  std::string first;
  std::string rest;
  std::shared_ptr<StreamState> stream;
};

/// Carries messages of any thread to a loop. One waking carries all that came meanwhile. Outlives the
/// loop for as long as anybody may answer.
class Mailbox {
 public:
  Mailbox(Loop& loop, ErrorAnswer error_answer, const Limits& limits);

  /// The caller may be any thread. Drops the message where the loop is gone.
  void put(Message message);

  // For the loop.
  asio::io_context& context() { return context_; }
  /// Replaces what `into` holds.
  void take(std::vector<Message>& into);
  /// The thread that calls it takes by itself after each of its events: no need to wake it.
  void enter();
  /// Whether this thread has put something since the last take.
  bool has_own() const { return has_own_; }
  /// The loop is about to go.
  void close();

  bool is_closed() const { return is_closed_.load(std::memory_order_acquire); }
  /// error_answer's, or a plain one where that throws.
  Answer error_answer(int status, std::string_view detail) const noexcept;
  std::uint64_t backlog_bytes_max() const { return backlog_bytes_max_; }

 private:
  asio::io_context context_{1};
  Loop* loop_;
  ErrorAnswer error_answer_;
  std::uint64_t backlog_bytes_max_;
  bool has_own_ = false;
  std::atomic<bool> is_closed_{false};
  std::mutex mutex_;
  std::vector<Message> messages_;
};

}  // namespace stargate::http
