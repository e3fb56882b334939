#include "world/quantity.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace stargate::world {
namespace {

template <class Read>
std::string why(Read read, std::string_view text) {
  try {
    static_cast<void>(read(text));
    return "read";
  } catch (const QuantityError& error) {
    return error.what();
  }
}

TEST(Quantity, LengthsAreExact) {
  EXPECT_EQ(parse_duration("90 days"), days(90));
  EXPECT_EQ(parse_duration("1 day"), days(1));
  EXPECT_EQ(parse_duration("1.5 hours"), minutes(90));
  EXPECT_EQ(parse_duration("2 weeks"), days(14));
  EXPECT_EQ(parse_duration("1 year"), days(365));
  EXPECT_EQ(parse_duration("12 months"), days(365));
  EXPECT_EQ(parse_duration("0 days"), Duration{});
  EXPECT_EQ(why(parse_duration, "0.0000001 seconds"), "it is finer than a microsecond");
  EXPECT_EQ(why(parse_duration, "99999999999999 years"), "it is too large");
  EXPECT_EQ(why(parse_duration, ""), "its number is missing");
  EXPECT_EQ(why(parse_duration, "days"), "its number is missing");
  EXPECT_EQ(why(parse_duration, "1. days"), "a number has digits and at most one point, not .");
}

TEST(Quantity, BusinessDaysAreWhole) {
  EXPECT_EQ(parse_reply_time("10 business days"), (ReplyTime{days(10), true}));
  EXPECT_EQ(parse_reply_time("30 days"), (ReplyTime{days(30), false}));
  EXPECT_EQ(why(parse_reply_time, "0.5 business days"), "it is finer than a business day");
}

TEST(Quantity, PowerIsWholeWatts) {
  EXPECT_EQ(parse_power_w("1.2 GW"), 1'200'000'000);
  EXPECT_EQ(parse_power_w("200MW"), 200'000'000);
  EXPECT_EQ(parse_power_w("0.000000001 GW"), 1);
  EXPECT_EQ(why(parse_power_w, "0.0000000001 GW"), "it is finer than a watt");
  EXPECT_EQ(why(parse_power_w, "1 gw"), "unknown unit gw");
  EXPECT_EQ(why(parse_power_w, "1"), "its unit is missing");
}

TEST(Quantity, AmountsAreGpusOrPower) {
  EXPECT_EQ(parse_amount("4000 gpus"), (Amount{4'000, false}));
  EXPECT_EQ(parse_amount("1 MW"), (Amount{1'000'000, true}));
  EXPECT_EQ(why(parse_amount, "4000 gpus each"), "unknown unit gpus each");
}

TEST(Quantity, MoneyIsExactToAMillionth) {
  EXPECT_EQ(parse_money("$250B"), (Money{250'000'000'000'000'000, {}}));
  EXPECT_EQ(parse_money("$11.9B"), (Money{11'900'000'000'000'000, {}}));
  EXPECT_EQ(parse_money("$3.35"), (Money{3'350'000, {}}));
  EXPECT_EQ(parse_money("USD 40M"), (Money{40'000'000'000'000, {}}));
  EXPECT_EQ(parse_money("EUR 5M"), (Money{5'000'000'000'000, {{'E', 'U', 'R'}}}));
  EXPECT_EQ(parse_money("£1K"), (Money{1'000'000'000, {{'G', 'B', 'P'}}}));
  EXPECT_EQ(parse_money("$9.2T").micros, 9'200'000'000'000'000'000);
  EXPECT_EQ(why(parse_money, "$9.3T"), "it is too large");
  EXPECT_EQ(why(parse_money, "250B"), "its currency is missing");
  EXPECT_EQ(why(parse_money, "$250 B"), "what is \" B\"?");
  EXPECT_EQ(why(parse_money, "$01"), "a leading zero");
}

TEST(Quantity, PricesNameWhatTheyAreFor) {
  EXPECT_EQ(parse_price("$13.3B/GW-yr").unit, RateUnit::kGwYear);
  EXPECT_EQ(parse_price("$153/kW-mo").unit, RateUnit::kKwMonth);
  EXPECT_EQ(parse_price("$1.25B/mo").unit, RateUnit::kMonth);
  EXPECT_EQ(parse_price("$2.35/GPU-h").amount.micros, 2'350'000);
  EXPECT_EQ(why(parse_price, "$2.35"), "what it is paid for is missing");
  EXPECT_EQ(why(parse_price, "$2.35/h"), "unknown unit h");
}

TEST(Quantity, SharesAreMillionths) {
  EXPECT_EQ(parse_share_ppm("20 %"), 200'000U);
  EXPECT_EQ(parse_share_ppm("100%"), kWhole);
  EXPECT_EQ(parse_share_ppm("0.0001 %"), 1U);
  EXPECT_EQ(why(parse_share_ppm, "0.00001 %"), "it is finer than a millionth");
  EXPECT_EQ(why(parse_share_ppm, "100.0001 %"), "it is more than all");
}

TEST(Quantity, DataIsDecimal) {
  EXPECT_EQ(parse_bytes("2 PB"), 2'000'000'000'000'000);
  EXPECT_EQ(parse_byte_rate("100 Gbit/s"), 12'500'000'000);
  EXPECT_EQ(parse_byte_rate("10 GB/s"), 10'000'000'000);
  EXPECT_EQ(parse_price_per_tb("$0.02/GB").micros, 20'000'000);
  EXPECT_EQ(parse_price_per_tb("$20/TB").micros, 20'000'000);
  EXPECT_EQ(why(parse_bytes, "1.5 B"), "it is finer than a byte");
}

TEST(Quantity, RatiosAreWholeNumbers) {
  EXPECT_EQ(parse_rational("3/2"), (Rational{3, 2}));
  EXPECT_EQ(parse_rational("2"), (Rational{2, 1}));
  EXPECT_EQ(why(parse_rational, "1.5"), "it is no whole number");
  EXPECT_EQ(why(parse_rational, "3/"), "its number is missing");
  EXPECT_EQ(why(parse_rational, "0/1"), "it is zero");
}

TEST(Quantity, InstantsAreOfUtcUnlessTheySayAZone) {
  EXPECT_EQ(parse_instant("1970-01-02"), Instant{} + days(1));
  EXPECT_EQ(parse_instant("2025-01-21T18:00:00Z"), parse_instant("2025-01-21") + hours(18));
  EXPECT_EQ(parse_instant("2025-01-21T18:00:00.000250Z"),
            parse_instant("2025-01-21") + hours(18) + Duration{250});
  EXPECT_EQ(why(parse_instant, "2025-01-21T18:00:00.25Z"), "its microseconds has not 6 digits");
  EXPECT_EQ(parse_instant("2025-01-21T18:00 America/New_York"),
            parse_instant("2025-01-21") + hours(23));
  EXPECT_EQ(parse_instant("2025-07-21T18:00 America/New_York"),
            parse_instant("2025-07-21") + hours(22));
  EXPECT_EQ(why(parse_instant, "2025-02-29"), "there is no such day");
  EXPECT_EQ(why(parse_instant, "2025-1-1"), "its month has not 2 digits");
  EXPECT_EQ(why(parse_instant, "1969-12-31"), "it is before 1970");
  EXPECT_EQ(why(parse_instant, "2025-01-21 18:00"), "a T is missing");
  EXPECT_EQ(why(parse_instant, "2025-03-09T02:30 America/New_York"),
            "clocks there passed over this time");
  EXPECT_EQ(why(parse_instant, "2025-11-02T01:30 America/New_York"),
            "clocks there showed this time twice");
}

}  // namespace
}  // namespace stargate::world
