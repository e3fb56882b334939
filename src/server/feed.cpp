#include "server/feed.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "event/bytes.h"
#include "event/codec.h"
#include "event/describe.h"

namespace stargate::server {
namespace {

constexpr std::size_t kKeptMost = 100'000;
/// Greater than any count, which is what other images begin with.
constexpr std::uint64_t kVersion = 1'000'001;
constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;

/// Only the last event of an entry has its index as id: whoever goes on from an id misses nothing.
std::string piece_of(const Token& token, const Told& told, bool is_last) {
  return fmt::format("{}event: {}\ndata: {}\n\n",
                     is_last ? fmt::format("id: {}\n", told.index) : "", told.kind,
                     data_for(token, told).dump(-1, ' ', false, kReplace));
}

}  // namespace

void Feed::end_streams_of(std::uint64_t token) {
  std::erase_if(streams_, [&](Follower& follower) {
    if (follower.token.id != token) return false;
    follower.stream->close();
    return true;
  });
}

void Feed::add(Told told) {
  kept_.push_back(std::move(told));
  if (kept_.size() > kKeptMost) {
    kept_.pop_front();
    ++first_number_;
  }
}

void Feed::flush(std::uint64_t last_index) {
  if (streams_.empty()) return;
  const auto after = std::ranges::upper_bound(kept_, last_index, {}, &Told::index);
  const std::uint64_t end = first_number_ + static_cast<std::uint64_t>(after - kept_.begin());
  std::erase_if(streams_, [&](Follower& follower) {
    std::string pieces;
    const Told* last = nullptr;
    for (std::uint64_t i = std::max(follower.sent_before, first_number_); i < end; ++i) {
      const Told& told = kept_[i - first_number_];
      if (!may_see(follower.token, told)) continue;
      if (last != nullptr) pieces += piece_of(follower.token, *last, last->index != told.index);
      last = &told;
    }
    if (last != nullptr) pieces += piece_of(follower.token, *last, true);
    follower.sent_before = std::max(follower.sent_before, end);
    return !pieces.empty() && !follower.stream->send(std::move(pieces));
  });
}

void Feed::follow(const Token& token, std::uint64_t after, std::shared_ptr<http::Stream> stream) {
  const auto first = std::ranges::upper_bound(kept_, after, {}, &Told::index);
  streams_.push_back({token, first_number_ + static_cast<std::uint64_t>(first - kept_.begin()),
                      std::move(stream)});
}

std::vector<const Told*> Feed::page(const Token& token, std::uint64_t after,
                                    std::size_t most) const {
  std::vector<const Told*> page;
  const auto first = std::ranges::upper_bound(kept_, after, {}, &Told::index);
  for (auto it = first; it != kept_.end(); ++it) {
    if (page.size() >= most && page.back()->index != it->index) break;
    if (may_see(token, *it)) page.push_back(&*it);
  }
  return page;
}

void Feed::close() {
  for (Follower& follower : streams_) follower.stream->close();
  streams_.clear();
}

void Feed::write_image(std::string& bytes) const {
  ByteWriter out(bytes);
  out.varint(kVersion);
  out.varint(kept_.size());
  for (const Told& told : kept_) {
    out.varint(told.index);
    out.zigzag(told.at.us);
    out.text(told.event);
    out.text(told.name);
    out.flag(told.tenant.has_value());
    if (told.tenant) out.varint(told.tenant->value);
    out.varint(told.supplier.value);
    out.flag(told.is_of_other_order);
  }
}

Feed Feed::from_image(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.varint() != kVersion) in.fail("the events told are of another version");
  Feed feed;
  EventBatch batch;
  for (std::uint64_t i = in.count(1); i > 0; --i) {
    Told told;
    told.index = in.varint();
    told.at = {in.zigzag()};
    told.event = in.text();
    batch.clear();
    ByteReader record(told.event);
    Decoder(told.at).event(record, batch);
    record.expect_end();
    told.kind = stargate::name_of(batch.events.front().body);
    told.name = in.text();
    if (in.flag()) told.tenant = TenantId{in.varint32()};
    told.supplier = {in.varint32()};
    told.is_of_other_order = in.flag();
    feed.add(std::move(told));
  }
  in.expect_end();
  return feed;
}

}  // namespace stargate::server
