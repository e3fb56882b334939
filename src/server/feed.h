#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "server/told.h"

namespace stargate::server {

/// What was committed lately, and the streams that follow it. For the plane's thread.
class Feed {
 public:
  void add(Told told);
  /// Sends what was added, up to the index, to every stream; closed ones are dropped.
  void flush(std::uint64_t last_index);
  /// A stream that first gets all that is kept after the index.
  void follow(const Token& token, std::uint64_t after, std::shared_ptr<http::Stream> stream);
  /// Ends what the token follows.
  void end_streams_of(std::uint64_t token);
  /// What is kept after the index and the token sees: so many, and what else happened in the last one's
  /// entry.
  std::vector<const Told*> page(const Token& token, std::uint64_t after, std::size_t most) const;
  /// The first index that is still kept.
  std::uint64_t first_index() const { return kept_.empty() ? 0 : kept_.front().index; }
  std::size_t streams() const { return streams_.size(); }
  /// Ends all streams.
  void close();

  /// What is kept, as bytes, appended.
  void write_image(std::string& bytes) const;
  /// Throws InputError where the bytes are no image of this version.
  static Feed from_image(std::string_view bytes);

 private:
  struct Follower {
    Token token;
    std::uint64_t sent_before;  ///< number of the next event that it is to get
    std::shared_ptr<http::Stream> stream;
  };
  std::deque<Told> kept_;
  std::uint64_t first_number_ = 0;  ///< of kept_.front(), counted from the start
  std::vector<Follower> streams_;
};

}  // namespace stargate::server
