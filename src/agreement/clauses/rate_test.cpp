#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "agreement/price.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr auto dollars = SmallMarket::dollars;

struct RateTest : testing::Test {
  SmallMarket market;
  OrderId order = market.order(SmallMarket::kAzure, day(0));

  void rate(Price price, std::vector<clause::RampStep> ramp = {}, Instant from = day(0),
            Instant until = kNever) {
    clause::Rate terms;
    terms.price = price;
    terms.ramp = std::move(ramp);
    market.clause(SmallMarket::kAzure, terms, from, until);
  }
  std::optional<Money> price(std::uint64_t gpus, Instant from, Instant until) const {
    return price_of(market.book, order, gpus, from, until, day(1'000));
  }
};

TEST_F(RateTest, GpuHoursAreRoundedOnceToTheNearestMillionth) {
  rate({{2'350'000, {}}, RateUnit::kGpuHour});
  EXPECT_EQ(price(8, day(0), day(1)), (Money{8 * 24 * 2'350'000LL, {}}));
  // 2.35 $ / 3600 s = 652.7 millionths a second.
  EXPECT_EQ(price(1, day(0), day(0) + seconds(1)), (Money{653, {}}));
}

TEST_F(RateTest, PowerIsThatOfTheBasis) {
  rate({dollars(10'000'000'000), RateUnit::kGwYear, CapacityUnit::kItWatts});
  // 1,000 GPUs of 1.6 kW are 1.6 MW.
  EXPECT_EQ(price(1'000, day(0), day(365)), dollars(16'000'000));
}

TEST_F(RateTest, AKilowattMonthIsATwelfthOfAYear) {
  rate({dollars(153), RateUnit::kKwMonth, CapacityUnit::kFacilityWatts});
  EXPECT_EQ(price(1, day(0), day(365)), dollars(2 * 153 * 12));
}

TEST_F(RateTest, ARampSplitsTheTime) {
  rate({dollars(1), RateUnit::kGpuHour}, {{day(1), 500'000}, {day(2), 1'000'000}});
  EXPECT_EQ(price(1, day(0), day(3)), dollars(24 + 12 + 24));
}

TEST_F(RateTest, TimeIsPricedByTheRateInForceAndNotAtAllWithoutOne) {
  rate({dollars(1), RateUnit::kGpuHour}, {}, day(0), day(1));
  rate({dollars(2), RateUnit::kGpuHour}, {}, day(1), day(2));
  EXPECT_EQ(price(1, day(0), day(2)), dollars(72));
  EXPECT_EQ(price(1, day(0), day(3)), std::nullopt);
}

TEST(Scaled, IsExactBeyond128Bits) {
  const Int128 large = Int128{1} << 100;
  EXPECT_EQ(scaled(large, large, Int128{1} << 120), std::nullopt);
  EXPECT_EQ(scaled(large * 3, large, (Int128{1} << 125)), std::nullopt);
  EXPECT_EQ(scaled(Int128{7} << 90, Int128{3} << 30, Int128{1} << 120), 21);
  EXPECT_EQ(scaled(1, 1, 2), 1);
  EXPECT_EQ(scaled(1, 1, 3), 0);
}

}  // namespace
}  // namespace stargate::agreement
