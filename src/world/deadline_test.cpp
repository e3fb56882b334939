#include "world/deadline.h"

#include <gtest/gtest.h>

#include "world/quantity.h"

namespace stargate::world {
namespace {

Instant at(const char* text) { return parse_instant(text); }

TEST(Deadline, WithoutAZoneIsToTheInstant) {
  EXPECT_EQ(reply_deadline(at("2025-03-01T10:00:00Z"), {.within = days(30)}),
            at("2025-03-31T10:00:00Z"));
  EXPECT_EQ(
      reply_deadline(at("2025-03-01T10:00:00Z"), {.within = hours(12), .deemed_receipt = days(2)}),
      at("2025-03-03T22:00:00Z"));
}

TEST(Deadline, BusinessDaysPassOverWeekends) {
  const ReplyClock clock{.within = days(10), .business_days = true};
  // A Monday.
  EXPECT_EQ(reply_deadline(at("2025-03-03T10:00:00Z"), clock), at("2025-03-17T10:00:00Z"));
  // A Friday, a Saturday, a Sunday.
  const ReplyClock one{.within = days(1), .business_days = true};
  EXPECT_EQ(reply_deadline(at("2025-03-07T10:00:00Z"), one), at("2025-03-10T10:00:00Z"));
  EXPECT_EQ(reply_deadline(at("2025-03-08T10:00:00Z"), one), at("2025-03-10T10:00:00Z"));
  EXPECT_EQ(reply_deadline(at("2025-03-09T10:00:00Z"), one), at("2025-03-10T10:00:00Z"));
}

TEST(Deadline, OfAZoneEndsAtItsMidnight) {
  const ReplyClock clock{.within = days(10), .time_zone = "America/New_York"};
  EXPECT_EQ(reply_deadline(at("2025-01-02T15:00 America/New_York"), clock),
            at("2025-01-13T00:00 America/New_York"));
  // 23:00 there is the next day in UTC.
  EXPECT_EQ(reply_deadline(at("2025-01-02T23:00 America/New_York"), clock),
            at("2025-01-13T00:00 America/New_York"));
}

TEST(Deadline, CountsDaysOfTheCalendarWhenClocksChange) {
  const ReplyClock clock{.within = days(10), .time_zone = "America/New_York"};
  // Summer time begins on 2025-03-09 and ends on 2025-11-02.
  EXPECT_EQ(reply_deadline(at("2025-03-05T23:30 America/New_York"), clock),
            at("2025-03-16T00:00 America/New_York"));
  EXPECT_EQ(reply_deadline(at("2025-03-05T23:30 America/New_York"), clock),
            at("2025-03-16T04:00:00Z"));
  EXPECT_EQ(reply_deadline(at("2025-10-30T00:30 America/New_York"), clock),
            at("2025-11-10T05:00:00Z"));
}

TEST(Deadline, OfAZoneThatPassesOverMidnightIsTheFirstInstantAfter) {
  // In Beirut, clocks went from 00:00 to 01:00 on 2025-03-30.
  const ReplyClock clock{.within = days(1), .time_zone = "Asia/Beirut"};
  EXPECT_EQ(reply_deadline(at("2025-03-28T12:00 Asia/Beirut"), clock),
            at("2025-03-30T01:00 Asia/Beirut"));
}

TEST(Deadline, OfBusinessDaysInAZone) {
  const ReplyClock clock{.within = days(10),
                         .business_days = true,
                         .time_zone = "America/New_York",
                         .deemed_receipt = days(2)};
  // Sent on a Monday, received on the Wednesday.
  EXPECT_EQ(reply_deadline(at("2025-03-03T15:00 America/New_York"), clock),
            at("2025-03-20T00:00 America/New_York"));
}

TEST(Deadline, OfHoursEndsWithTheirDay) {
  const ReplyClock clock{.within = hours(36), .time_zone = "Europe/Berlin"};
  EXPECT_EQ(reply_deadline(at("2025-01-02T06:00 Europe/Berlin"), clock),
            at("2025-01-04T00:00 Europe/Berlin"));
}

TEST(Deadline, KnowsZones) {
  EXPECT_TRUE(is_time_zone("America/Los_Angeles"));
  EXPECT_FALSE(is_time_zone("Los_Angeles"));
  EXPECT_FALSE(is_time_zone(""));
}

}  // namespace
}  // namespace stargate::world
