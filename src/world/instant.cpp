#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include "world/quantity.h"

namespace stargate::world {
namespace {

[[noreturn]] void fail(const std::string& why) { throw QuantityError(why); }

/// Takes `count` digits off the front.
int take_digits(std::string_view& text, std::size_t count, const char* what) {
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') {
      fail(fmt::format("its {} has not {} digits", what, count));
    }
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

void take(std::string_view& text, char c) {
  if (!text.starts_with(c)) fail(fmt::format("a {} is missing", c));
  text.remove_prefix(1);
}

Instant instant_of(date::sys_seconds at) {
  return {std::chrono::microseconds(at.time_since_epoch()).count()};
}

Instant in_zone(date::local_seconds local, const std::string& name) {
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(name);
  } catch (const std::runtime_error&) {
    fail(fmt::format("unknown time zone {}", name));
  }
  const date::local_info info = zone->get_info(local);
  if (info.result == date::local_info::nonexistent) fail("clocks there passed over this time");
  if (info.result == date::local_info::ambiguous) fail("clocks there showed this time twice");
  return instant_of(date::sys_seconds{local.time_since_epoch() - info.first.offset});
}

}  // namespace

Instant parse_instant(std::string_view text) {
  const int year = take_digits(text, 4, "year");
  take(text, '-');
  const int month = take_digits(text, 2, "month");
  take(text, '-');
  const int day = take_digits(text, 2, "day");
  const date::year_month_day ymd{date::year{year}, date::month{static_cast<unsigned>(month)},
                                 date::day{static_cast<unsigned>(day)}};
  if (!ymd.ok()) fail("there is no such day");
  if (year < 1970) fail("it is before 1970");
  if (text.empty()) return instant_of(date::sys_days{ymd});
  take(text, 'T');
  const int hour = take_digits(text, 2, "hour");
  take(text, ':');
  const int minute = take_digits(text, 2, "minute");
  int second = 0;
  Duration fraction;
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    second = take_digits(text, 2, "second");
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      fraction.us = take_digits(text, 6, "microseconds");
    }
  }
  if (hour > 23 || minute > 59 || second > 59) fail("there is no such time of day");
  const date::local_seconds local = date::local_days{ymd} + std::chrono::hours{hour} +
                                    std::chrono::minutes{minute} + std::chrono::seconds{second};
  if (text == "Z") return instant_of(date::sys_seconds{local.time_since_epoch()}) + fraction;
  if (text.empty()) fail("its time zone is missing");
  if (!text.starts_with(' ')) fail("a Z, or a blank and a time zone, are missing");
  while (text.starts_with(' ')) text.remove_prefix(1);
  return in_zone(local, std::string(text)) + fraction;
}

}  // namespace stargate::world
