#include "server/stream_route.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "server/problem.h"

namespace stargate::server {

void follow_events(Plane& plane, const http::Request& request, const Asker& asker,
                   std::shared_ptr<http::Responder> responder) {
  std::string_view from = request.header("last-event-id");
  for (const auto& [name, value] : request.query) {
    if (from.empty() && name == "after") from = value;
  }
  std::uint64_t after = UINT64_MAX;
  if (!from.empty()) {
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), after);
    if (error != std::errc() || end != from.data() + from.size()) {
      throw Problem(400, "bad_query", "after: expected the index of an event");
    }
  }
  plane.post_look([asker, after, responder = std::move(responder)](Plane& ready) {
    Token token;
    try {
      token = allowed_token(ready, asker.token_sha256, asker.roles);
    } catch (const Problem& problem) {
      responder->answer(answer_of(problem));
      return;
    }
    http::Answer head;
    head.content_type = "text/event-stream";
    head.headers.push_back({"Cache-Control", "no-store"});
    auto stream = responder->stream(std::move(head));
    stream->send(": the events of the control plane\n\n");
    const std::uint64_t durable = ready.store().durable_index();
    ready.feed().follow(token, std::min(after, durable), std::move(stream));
    ready.feed().flush(durable);
  });
}

}  // namespace stargate::server
