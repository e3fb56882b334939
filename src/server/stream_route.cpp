#include "server/stream_route.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "server/problem.h"

namespace stargate::server {

std::shared_ptr<http::Stream> begin_stream(http::Responder& responder, std::string_view comment) {
  http::Answer head;
  head.content_type = "text/event-stream";
  head.headers.push_back({"Cache-Control", "no-store"});
  auto stream = responder.stream(std::move(head));
  stream->send(fmt::format(": {}\n\n", comment));
  return stream;
}

void expect_told(std::uint64_t after, std::uint64_t durable) {
  if (after <= durable) return;
  throw Problem(
      409, "ahead",
      fmt::format("the index {} is asked to be gone on from, and the ledger ends at {}: it is of "
                  "another ledger, expected one of this, or none to follow from now on",
                  after, durable));
}

Follow follow_events(Call& call, std::string_view last_event_id) {
  constexpr std::uint64_t kFromNowOn = UINT64_MAX;
  std::uint64_t after = call.number_of("after", kFromNowOn);
  if (!last_event_id.empty()) {
    const char* const last = last_event_id.data() + last_event_id.size();
    const auto [end, error] = std::from_chars(last_event_id.data(), last, after);
    if (error != std::errc() || end != last) {
      throw Problem(400, "bad_header", "Last-Event-ID: expected the index of an event");
    }
  }
  return [token = call.token, after](Plane& plane, http::Responder& responder) {
    const std::uint64_t durable = plane.store().durable_index();
    if (after != kFromNowOn) expect_told(after, durable);
    auto stream = begin_stream(responder, "the events of the control plane");
    plane.feed().follow(token, std::min(after, durable), std::move(stream));
    plane.feed().flush(durable);
  };
}

}  // namespace stargate::server
