#pragma once

#include <memory>
#include <string_view>

#include "server/api.h"

// Answers that go on, as server-sent events.

namespace stargate::server {

/// Events after the index that was seen last, else after `after` of the query, else from now on.
Follow follow_events(Call& call, std::string_view last_event_id);

/// The head of a stream of events, and what it begins with.
std::shared_ptr<http::Stream> begin_stream(http::Responder& responder, std::string_view comment);

/// Nobody has seen what is not durable: throws Problem (409) where `after` is ahead of it.
void expect_told(std::uint64_t after, std::uint64_t durable);

}  // namespace stargate::server
