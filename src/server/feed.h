#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "http/server.h"
#include "model/market_ids.h"
#include "server/tables.h"

namespace stargate::server {

/// One thing that happened, as it is told: which parts of it who may see.
struct Told {
  std::uint64_t index = 0;  ///< of the entry of the ledger
  Instant at;
  std::string kind;  ///< of the event: "allocation_assigned"
  std::string data;  ///< JSON
  std::optional<TenantId> tenant;
  PartyId supplier = kNo<PartyId>;
  bool is_of_other_order = false;  ///< what the supplier sees is about an order that is not its own
};

/// Whether the holder of a token sees it.
bool may_see(const Token& token, const Told& told);
/// Its data as the holder of the token is told: not whose else's work or orders it is about.
std::string data_for(const Token& token, const Told& told);

/// What was committed lately, and the streams that follow it. For the plane's thread.
class Feed {
 public:
  void add(Told told);
  /// Sends what was added to every stream; closed ones are dropped.
  void flush();
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
  /// Throws InputError where the bytes are no image.
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
