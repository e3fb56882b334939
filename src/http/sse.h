#pragma once

#include <string>
#include <string_view>

// Server-sent events, as text/event-stream carries them.

namespace stargate::http {

inline constexpr std::string_view kEventStreamType = "text/event-stream";

struct ServerEvent {
  std::string_view id;    ///< empty: none, the last one stays. Without NUL, which a client ignores
  std::string_view name;  ///< empty: "message"
  std::string_view data;  ///< any text; a line end of any kind reaches the client as LF
};

/// Line ends in `id` and `name` are left out.
std::string format_event(const ServerEvent& event);

/// What clients pass over: keeps a connection from looking dead.
std::string format_heartbeat();

}  // namespace stargate::http
