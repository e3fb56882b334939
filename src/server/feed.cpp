#include "server/feed.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace stargate::server {
namespace {

constexpr std::size_t kKeptMost = 100'000;

std::string piece_of(const Told& told) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", told.index, told.kind, told.data);
}

}  // namespace

bool may_see(const Token& token, const Told& told) {
  switch (token.role) {
    case Role::kAdmin:
    case Role::kOperator:
    case Role::kAuditor: return true;
    case Role::kTenant: return told.tenant == token.tenant;
    case Role::kSupplier: return is_set(told.supplier) && told.supplier == token.supplier;
  }
  return false;
}

void Feed::add(Told told) {
  kept_.push_back(std::move(told));
  if (kept_.size() > kKeptMost) {
    kept_.pop_front();
    ++first_number_;
  }
}

void Feed::flush() {
  const std::uint64_t end = first_number_ + kept_.size();
  std::erase_if(streams_, [&](Follower& follower) {
    std::string pieces;
    for (std::uint64_t i = std::max(follower.sent_before, first_number_); i < end; ++i) {
      const Told& told = kept_[i - first_number_];
      if (may_see(follower.token, told)) pieces += piece_of(told);
    }
    follower.sent_before = end;
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
  for (auto it = first; it != kept_.end() && page.size() < most; ++it) {
    if (may_see(token, *it)) page.push_back(&*it);
  }
  return page;
}

void Feed::close() {
  for (Follower& follower : streams_) follower.stream->close();
  streams_.clear();
}

}  // namespace stargate::server
