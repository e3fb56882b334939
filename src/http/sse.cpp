#include "http/sse.h"

namespace stargate::http {

namespace {

void append_line(std::string& to, std::string_view field, std::string_view value) {
  to += field;
  to += ": ";
  for (const char c : value) {
    if (c != '\n' && c != '\r') to += c;
  }
  to += '\n';
}

}  // namespace

std::string format_event(const ServerEvent& event) {
  std::string text;
  text.reserve(event.id.size() + event.name.size() + event.data.size() + 32);
  if (!event.id.empty()) append_line(text, "id", event.id);
  if (!event.name.empty()) append_line(text, "event", event.name);
  std::string_view rest = event.data;
  for (;;) {
    const std::size_t end = rest.find_first_of("\r\n");
    append_line(text, "data", rest.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool is_pair = rest.substr(end).starts_with("\r\n");
    rest.remove_prefix(end + (is_pair ? 2 : 1));
  }
  text += '\n';
  return text;
}

std::string format_heartbeat() { return ":\n\n"; }

}  // namespace stargate::http
