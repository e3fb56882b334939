#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "http/server.h"
#include "server/plane.h"

// What processes of jobs print: read piece by piece, or followed.

namespace stargate::server {

/// A process of a start of a job, and which of its two outputs.
struct LogOf {
  JobId job;
  std::uint64_t start = 0;  ///< 0: it has not been started
  std::uint32_t rank = 0;
  bool is_error = false;
};

struct LogPiece {
  std::string text;          ///< ends between two characters where more may follow
  bool is_complete = false;  ///< nothing will follow
};

/// Whether there is a file of it, if an empty one. REQUIRES: there is such a job.
bool has_output(const Plane& plane, const LogOf& log);

/// From an offset on, so many bytes at most. REQUIRES: there is such a job.
LogPiece read_log(const Plane& plane, const LogOf& log, std::uint64_t offset, std::uint64_t limit);

/// Who follows logs. An event `output` has text and where it goes on ("START.OFFSET" is its id, too), `start`
/// comes with a later start of the job, and `end` with its end, after which the stream is closed. A follower
/// that is slow is sent less, and loses nothing. For the plane's thread.
class LogFeed {
 public:
  /// From `log.start` on, there from `offset`; over later starts, too. False: there are too many, of all
  /// or of this token.
  bool follow(const Token& token, const LogOf& log, std::uint64_t offset,
              std::shared_ptr<http::Stream> stream, Instant now);
  /// Sends what is new, once in a while and not much at a time; what has ended is said when that is
  /// durable.
  void pump(const Plane& plane, std::uint64_t last_index, std::uint64_t durable_index);
  /// When pump() has something to do by itself; kNever: there is nobody.
  Instant due() const { return followers_.empty() ? kNever : due_; }
  void end_streams_of(std::uint64_t token);
  void close();

 private:
  struct Follower {
    std::uint64_t token;
    LogOf log;
    std::uint64_t offset;
    std::shared_ptr<http::Stream> stream;
    Instant sent;
    /// Of the ledger, by which the end of `log.start` was seen; 0: it was not.
    std::uint64_t seen_index = 0;
  };
  enum class Progress : std::uint8_t { kNothing, kSome, kOver };
  /// Sends one piece at most.
  static Progress pump(const Plane& plane, std::uint64_t last_index, std::uint64_t durable_index,
                       Follower& follower);

  std::deque<Follower> followers_;
  Instant due_{INT64_MIN};
};

/// "START.OFFSET". False: it is no such thing.
bool read_log_position(std::string_view text, std::uint64_t& start, std::uint64_t& offset);

}  // namespace stargate::server
