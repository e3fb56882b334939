#include "world/deadline.h"

#include <chrono>
#include <stdexcept>

#include <date/date.h>
#include <date/tz.h>

namespace stargate::world {
namespace {

using std::chrono::microseconds;
using LocalTime = date::local_time<microseconds>;

date::sys_time<microseconds> system_time(Instant at) {
  return date::sys_time<microseconds>{microseconds{at.us}};
}

/// The day `count` business days after `day`.
date::local_days add_business_days(date::local_days day, std::int64_t count) {
  constexpr std::int64_t kWeek = 5;
  const auto weekday = [&] { return date::weekday{day}.iso_encoding(); };
  // Weekends count as the Friday before them.
  while (weekday() > 5) day -= date::days{1};
  day += date::days{7 * (count / kWeek)};
  for (std::int64_t left = count % kWeek; left > 0; --left) {
    day += date::days{1};
    while (weekday() > 5) day += date::days{1};
  }
  return day;
}

Instant midnight_after(const date::time_zone& zone, date::local_days day) {
  const LocalTime midnight = day + date::days{1};
  const auto found = zone.to_sys(midnight, date::choose::earliest);
  return {found.time_since_epoch().count()};
}

Instant without_zone(Instant receipt, const ReplyClock& clock) {
  if (!clock.business_days) return receipt + clock.within;
  const date::local_time<microseconds> local{microseconds{receipt.us}};
  const date::local_days day = date::floor<date::days>(local);
  const microseconds time_of_day = local - day;
  const date::local_days last = add_business_days(day, clock.within.us / days(1).us);
  return {(last.time_since_epoch() + time_of_day).count()};
}

}  // namespace

bool is_time_zone(const std::string& name) {
  try {
    date::locate_zone(name);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

ReplyClock clock_of(const clause::FirstRefusal& terms) {
  return {.within = terms.reply_within,
          .business_days = terms.business_days,
          .time_zone = terms.time_zone,
          .deemed_receipt = terms.deemed_receipt};
}

Instant reply_deadline(Instant sent, const ReplyClock& clock) {
  const Instant receipt = sent + clock.deemed_receipt;
  if (clock.time_zone.empty()) return without_zone(receipt, clock);
  const date::time_zone& zone = *date::locate_zone(clock.time_zone);
  const date::local_days day = date::floor<date::days>(zone.to_local(system_time(receipt)));
  const std::int64_t whole_days = clock.within.us / days(1).us;
  if (clock.business_days) return midnight_after(zone, add_business_days(day, whole_days));
  if (clock.within.us % days(1).us == 0) {
    return midnight_after(zone, day + date::days{whole_days});
  }
  return midnight_after(
      zone, date::floor<date::days>(zone.to_local(system_time(receipt + clock.within))));
}

}  // namespace stargate::world
