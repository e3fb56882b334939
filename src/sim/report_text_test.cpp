#include "sim/report_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace stargate::sim {
namespace {

TEST(ReportText, CountsHaveSeparators) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
}

TEST(ReportText, NumbersKeepWhatMatters) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(0.01234), "0.0123");
  EXPECT_EQ(number_text(92.577), "92.58");
  EXPECT_EQ(number_text(6'814.97), "6,814.97");
  EXPECT_EQ(number_text(1'234'567.8), "1,234,568");
  EXPECT_EQ(number_text(-1'234.5), "-1,234.50");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "-");
}

TEST(ReportText, DurationsShowTheirTwoGreatestUnits) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(0.053), "0.053 s");
  EXPECT_EQ(duration_text(42), "42 s");
  EXPECT_EQ(duration_text(261), "4 min 21 s");
  EXPECT_EQ(duration_text(15'696.8), "4 h 22 min");
  EXPECT_EQ(duration_text(3'600), "1 h");
  EXPECT_EQ(duration_text(86'400 * 3 + 3'600 * 14), "3 d 14 h");
  EXPECT_EQ(duration_text(29'378'040), "340 d");
  EXPECT_EQ(duration_text(-61), "-1 min 1 s");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), "-");
}

TEST(ReportText, DurationsRoundUpIntoTheNextUnit) {
  EXPECT_EQ(duration_text(9.999), "10 s");
  EXPECT_EQ(duration_text(59.7), "1 min");
  EXPECT_EQ(duration_text(3'599.6), "1 h");
  EXPECT_EQ(duration_text(86'399), "1 d");
}

TEST(ReportText, BytesAndShares) {
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(1'536), "1.5 KiB");
  EXPECT_EQ(bytes_text(std::uint64_t{3} << 40U), "3.0 TiB");
  EXPECT_EQ(percent_text(0.704), "70.4%");
}

TEST(ReportText, InstantsAreInUtc) {
  EXPECT_EQ(instant_text(0), "1970-01-01 00:00");
  EXPECT_EQ(instant_text(-1), "1969-12-31 23:59");
  EXPECT_EQ(instant_text(951'782'400), "2000-02-29 00:00");
  EXPECT_EQ(instant_text(1'507'039'559), "2017-10-03 14:05");
}

TEST(ReportText, LogsThatCountFromZeroHaveNoDates) {
  EXPECT_FALSE(is_date(0));
  EXPECT_FALSE(is_date(86'400.0 * 365));
  EXPECT_TRUE(is_date(850'000'000));
}

}  // namespace
}  // namespace stargate::sim
