// Days and instants in the words of people.

#include <string>
#include <string_view>

#include "event/describe.h"
#include "explain/explain.h"

namespace stargate::explain {
namespace {

constexpr Duration kInstant{1};

/// A deadline is a whole second, and what follows from it begins an instant later.
bool follows_a_deadline(Instant at) {
  constexpr std::int64_t kSecond = 1'000'000;
  return at != kNever && at.us % kSecond == kInstant.us;
}

}  // namespace

std::string date_text(Instant at) {
  constexpr std::string_view kMidnight = "T00:00:00Z";
  std::string text = text_of(at);
  if (text.ends_with(kMidnight)) text.resize(text.size() - kMidnight.size());
  return text;
}

std::string moment_text(Instant at) {
  if (!follows_a_deadline(at)) return date_text(at);
  return "just after " + text_of(at - kInstant);
}

std::string on_text(Instant at) { return (follows_a_deadline(at) ? "" : "on ") + moment_text(at); }

std::string last_text(Instant until) {
  return date_text(follows_a_deadline(until) ? until - kInstant : until);
}

}  // namespace stargate::explain
