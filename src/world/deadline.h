#pragma once

#include <string>

#include "base/time.h"
#include "model/contract.h"

// What only this room knows of calendars and time zones. Zones are those of the tz database.

namespace stargate::world {

bool is_time_zone(const std::string& name);

/// When a reply is due at the latest; a reply at this very instant is in time.
struct ReplyClock {
  Duration within;               ///< after the receipt; whole days where they are business days
  bool business_days = false;    ///< Monday to Friday are counted
  std::string time_zone = {};    ///< empty: UTC, and the deadline is at the receipt's time of day
  Duration deemed_receipt = {};  ///< the receipt is this long after the sending
};

/// As the clause has it.
ReplyClock clock_of(const clause::FirstRefusal& terms);

/// The receipt is `deemed_receipt` after `sent`; the count begins on the day after it.
///  - Without a zone: `within` later to the instant; business days keep the time of day in UTC, that
///    of the first business day on being counted where the receipt is on a weekend.
///  - With a zone: the end of the day there, that is, the midnight after it. Whole days are counted in
///    the zone's calendar, whatever its clocks do; a length that is no whole number of days ends with
///    the day into which it falls. Where that midnight is passed over, it is the first instant after;
///    where it comes twice, the first.
/// REQUIRES: is_time_zone(clock.time_zone) or no zone.
Instant reply_deadline(Instant sent, const ReplyClock& clock);

}  // namespace stargate::world
