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

struct CostTest : RateTest {
  OrderCost cost(std::vector<UseRecord> use, std::int64_t from, std::int64_t until) const {
    return cost_of(market.book, order, use, {day(from), day(until)}, day(1'000));
  }
  UseRecord use(std::uint64_t gpus, std::int64_t from, std::int64_t until) const {
    return {order, Use::kTraining, day(from), day(until), gpus};
  }
};

TEST_F(CostTest, UseCountsAtItsRateWithinTheSpan) {
  rate({dollars(1), RateUnit::kGpuHour});
  // 2 GPUs for two of four days, 1 for three of five.
  EXPECT_EQ(cost({use(2, 0, 4), use(1, 2, 7)}, 2, 5), (OrderCost{dollars(96 + 72), {}}));
  EXPECT_EQ(cost({use(2, 0, 2), use(1, 5, 7)}, 2, 5), (OrderCost{std::nullopt, {}}));
}

TEST_F(CostTest, WhatHasNoRateIsToldApart) {
  rate({dollars(1), RateUnit::kGpuHour}, {}, day(0), day(3));
  EXPECT_EQ(cost({use(2, 2, 4)}, 0, 9), (OrderCost{dollars(48), {Int128{2} * days(1).us}}));
}

TEST_F(CostTest, AMonthlyFeeIsPaidOnceFromTheOrdersBeginningToItsEnd) {
  rate({dollars(730), RateUnit::kMonth}, {}, day(-5));  // $1 an hour
  EXPECT_EQ(cost({use(2, 2, 4), use(64, 3, 8)}, 0, 10).money, dollars(240));
  EXPECT_EQ(cost({}, 0, 10).money, dollars(240));
  EXPECT_EQ(cost({}, -5, 10).money, dollars(240)) << "the order begins on day 0";
  EXPECT_EQ(cost({}, -5, 0).money, std::nullopt);
}

TEST_F(CostTest, AFeeForAllOrdersIsPaidOnceForThemTogether) {
  rate({dollars(730), RateUnit::kMonth});
  Order made;
  made.agreement = SmallMarket::with(SmallMarket::kAzure);
  made.signed_at = made.from = day(-3);
  made.until = day(6);
  market.add(made);
  const auto of = [&](OrderId which, std::int64_t from, std::int64_t until) {
    return cost_of(market.book, which, {}, {day(from), day(until)}, day(1'000)).money;
  };
  // The first order, from day 0 on, bears it; the second is paid for in no day that it has.
  EXPECT_EQ(of(order, -5, 10), dollars(240));
  EXPECT_EQ(of({1}, 0, 10), std::nullopt);
}

TEST_F(CostTest, AFeeForAllOrdersGoesOnWithTheNextWhenTheFirstHasEnded) {
  SmallMarket two;
  Order made;
  made.agreement = SmallMarket::with(SmallMarket::kAzure);
  made.signed_at = made.from = day(0);
  made.until = day(6);
  clause::Rate terms;
  terms.price = {dollars(730), RateUnit::kMonth};
  two.add(made);
  made.until = day(8);
  two.add(made);
  two.clause(SmallMarket::kAzure, terms);
  const auto of = [&](OrderId which) {
    return cost_of(two.book, which, {}, {day(0), day(10)}, day(1'000)).money;
  };
  EXPECT_EQ(of({0}), dollars(6 * 24));
  EXPECT_EQ(of({1}), dollars(2 * 24));
}

TEST_F(CostTest, AFeeForOneOrderIsItsOwn) {
  const OrderId second = market.order(SmallMarket::kAzure, day(0));
  clause::Rate terms;
  terms.price = {dollars(730), RateUnit::kMonth};
  terms.order = second;
  market.clause(SmallMarket::kAzure, terms);
  EXPECT_EQ(cost({}, 0, 10).money, std::nullopt);
  EXPECT_EQ(cost_of(market.book, second, {}, {day(0), day(10)}, day(1'000)).money, dollars(240));
}

TEST_F(CostTest, ANoticeEndsTheFee) {
  rate({dollars(730), RateUnit::kMonth});
  Act notice;
  notice.kind = ActKind::kTerminate;
  notice.clause = market.clause(SmallMarket::kAzure, clause::Terminate{});
  notice.party = SmallMarket::kLab;
  notice.effective = day(3);
  notice.until = day(6);
  ASSERT_EQ(market.enter(notice), Reason::kNone);
  EXPECT_EQ(cost({}, 0, 10).money, dollars(6 * 24));
}

TEST_F(CostTest, AFeeAndUseFollowEachOtherAsTheRateChanges) {
  rate({dollars(730), RateUnit::kMonth}, {}, day(0), day(2));
  rate({dollars(1), RateUnit::kGpuHour}, {}, day(2));
  EXPECT_EQ(cost({use(3, 1, 3)}, 0, 10).money, dollars(48 + 72));
}

TEST_F(CostTest, PowerIsPassedOnBesideThePriceAndHasNoRamp) {
  clause::Rate terms;
  terms.price = {dollars(1), RateUnit::kGpuHour};
  terms.ramp = {{day(0), 500'000}};
  terms.pass_through_power = true;
  terms.power_price = {dollars(73), RateUnit::kKwMonth, CapacityUnit::kFacilityWatts};
  market.clause(SmallMarket::kAzure, terms);
  // 5 GPUs of 2 kW for a day: half of $120, and 10 kW at $0.10 an hour.
  EXPECT_EQ(cost({use(5, 0, 1)}, 0, 10).money, dollars(60 + 24));
  EXPECT_EQ(price(5, day(0), day(1)), dollars(60 + 24));
}

TEST_F(CostTest, PowerIsPassedOnBesideAFee) {
  clause::Rate terms;
  terms.price = {dollars(730), RateUnit::kMonth};
  terms.pass_through_power = true;
  terms.power_price = {dollars(73), RateUnit::kKwMonth, CapacityUnit::kFacilityWatts};
  market.clause(SmallMarket::kAzure, terms);
  EXPECT_EQ(cost({use(5, 0, 1)}, 0, 2).money, dollars(48 + 24));
}

TEST_F(CostTest, PowerIsPricedByThePower) {
  clause::Rate terms;
  terms.price = {dollars(1), RateUnit::kGpuHour};
  terms.pass_through_power = true;
  terms.power_price = {dollars(1), RateUnit::kGpuHour};
  Clause made;
  made.agreement = SmallMarket::with(SmallMarket::kAzure);
  made.from = made.known = day(0);
  made.terms = terms;
  EXPECT_EQ(market.book.check(made), Reason::kInvalid);
}

/// A stage of which what is in acceptance may be used early, at $0.25 a GPU-hour.
struct EarlyCostTest : CostTest {
  clause::Tranche tranche;
  ClauseId clause;

  EarlyCostTest() {
    rate({dollars(1), RateUnit::kGpuHour});
    tranche.order = order;
    tranche.stages = {market.stage(order, 1)};
    tranche.amount = {4, CapacityUnit::kGpus};
    tranche.due = day(30);
    tranche.early_use = true;
    tranche.early_uses = kAnyUse;
    tranche.has_early_price = true;
    tranche.early_price = {{250'000, {}}, RateUnit::kGpuHour};
  }
  UseRecord early(std::uint64_t gpus, std::int64_t from, std::int64_t until) const {
    UseRecord record = use(gpus, from, until);
    record.early = clause;
    return record;
  }
};

TEST_F(EarlyCostTest, EarlyUseHasItsOwnPrice) {
  clause = market.clause(SmallMarket::kAzure, tranche);
  EXPECT_EQ(cost({early(4, 0, 1), use(4, 1, 2)}, 0, 9).money, dollars(24 + 96));
}

TEST_F(EarlyCostTest, WithoutOneItCostsWhatUseCosts) {
  tranche.has_early_price = false;
  clause = market.clause(SmallMarket::kAzure, tranche);
  EXPECT_EQ(cost({early(4, 0, 1)}, 0, 9).money, dollars(96));
}

TEST_F(EarlyCostTest, AFeeForEarlyUseRunsWhileAnythingIsUsedEarly) {
  tranche.early_price = {dollars(730), RateUnit::kMonth};
  clause = market.clause(SmallMarket::kAzure, tranche);
  EXPECT_EQ(cost({early(2, 0, 2), early(2, 1, 3), early(4, 5, 6)}, 0, 9).money, dollars(4 * 24));
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
