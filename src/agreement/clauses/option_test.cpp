#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "agreement/price.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;

/// A right to 250 MW more, until day 30.
struct OptionTest : testing::Test {
  SmallMarket market;
  ClauseId clause;

  OptionTest() {
    clause::Option terms;
    terms.amount = {250'000'000, CapacityUnit::kItWatts};
    terms.expires = day(30);
    clause = market.clause(SmallMarket::kAzure, terms);
  }
  Judgement at(Instant then) const { return judge(market.book, clause, {}, {then, then}); }
  Reason exercise(Instant then, Instant entered) {
    Act act;
    act.kind = ActKind::kExercise;
    act.clause = clause;
    act.effective = then;
    return market.enter(act, entered);
  }
};

TEST_F(OptionTest, IsOpenUntilItExpires) {
  EXPECT_EQ(at(day(30) - Duration{1}).standing, Standing::kPending);
  EXPECT_EQ(at(day(30)).standing, Standing::kKept);
  EXPECT_EQ(at(day(30)).why, "It expired unused.");
  EXPECT_EQ(at(day(30)).since, day(30));
}

TEST_F(OptionTest, IsExercisedBeforeItExpiresAndNotOnThatInstant) {
  EXPECT_EQ(exercise(day(30), day(30)), Reason::kNotNow);
  EXPECT_EQ(exercise(day(30) - Duration{1}, day(30)), Reason::kNone);
  EXPECT_EQ(at(day(40)).why, "It was exercised.");
  EXPECT_EQ(at(day(40)).since, day(30) - Duration{1});
}

/// An option at $3 a GPU-hour beside a rate of $1 for all of the agreement's orders.
struct OptionPriceTest : testing::Test {
  SmallMarket market;
  ClauseId rate;
  ClauseId option;
  OrderId before = market.order(SmallMarket::kAzure, day(0));
  OrderId added = market.order(SmallMarket::kAzure, day(0));

  OptionPriceTest() {
    clause::Rate all;
    all.price = {SmallMarket::dollars(1), RateUnit::kGpuHour};
    rate = market.clause(SmallMarket::kAzure, all);
    clause::Option terms;
    terms.amount = {100, CapacityUnit::kGpus};
    terms.expires = day(30);
    terms.has_price = true;
    terms.price = {SmallMarket::dollars(3), RateUnit::kGpuHour};
    option = market.clause(SmallMarket::kAzure, terms, day(0), day(30));
  }
  Reason exercise(OrderId order, Instant at, Instant entered, std::int64_t dollars = 0) {
    Act act;
    act.kind = ActKind::kExercise;
    act.clause = option;
    act.order = order;
    act.effective = at;
    act.terms.has_price = dollars > 0;
    act.terms.price = {SmallMarket::dollars(dollars), RateUnit::kGpuHour};
    return market.enter(act, entered);
  }
  /// Of one GPU of the order for the days.
  Money cost(OrderId order, Instant from, Instant until, Instant known) const {
    const UseRecord use[] = {{order, Use::kTraining, from, until, 1}};
    return cost_of(market.book, order, use, {day(0), day(99)}, known).money.value();
  }
};

TEST_F(OptionPriceTest, WhatAnExerciseAddsIsAtTheOptionsPriceFromThenOnAndAfterItExpires) {
  ASSERT_EQ(exercise(added, day(10), day(10)), Reason::kNone);
  EXPECT_EQ(cost(added, day(9), day(11), day(50)), SmallMarket::dollars(24 + 72));
  EXPECT_EQ(cost(added, day(40), day(41), day(50)), SmallMarket::dollars(72));
  EXPECT_EQ(cost(before, day(40), day(41), day(50)), SmallMarket::dollars(24));
  EXPECT_EQ(rate_of(market.book, added, {day(10) - Duration{1}, day(50)}).clause, rate);
  EXPECT_EQ(rate_of(market.book, added, {day(10), day(50)}).clause, option);
  EXPECT_EQ(judge(market.book, option, {}, {day(40), day(40)}).why, "It was exercised for order.");
}

TEST_F(OptionPriceTest, APriceThatTheExerciseSaysGoesBeforeTheOptions) {
  ASSERT_EQ(exercise(added, day(10), day(10), 2), Reason::kNone);
  EXPECT_EQ(cost(added, day(20), day(21), day(50)), SmallMarket::dollars(48));
}

TEST_F(OptionPriceTest, ARateForTheOrderGoesBeforeTheOption) {
  ASSERT_EQ(exercise(added, day(10), day(10)), Reason::kNone);
  clause::Rate own;
  own.order = added;
  own.price = {SmallMarket::dollars(2), RateUnit::kGpuHour};
  market.clause(SmallMarket::kAzure, own, day(20));
  EXPECT_EQ(cost(added, day(19), day(21), day(50)), SmallMarket::dollars(72 + 48));
}

TEST_F(OptionPriceTest, AnExerciseThatIsNotKnownPricesNothing) {
  ASSERT_EQ(exercise(added, day(10), day(12)), Reason::kNone);
  EXPECT_EQ(cost(added, day(10), day(11), day(12) - Duration{1}), SmallMarket::dollars(24));
  EXPECT_EQ(cost(added, day(10), day(11), day(12)), SmallMarket::dollars(72));
}

TEST_F(OptionPriceTest, AnOrderIsAddedOnceAndUnderItsOwnAgreement) {
  EXPECT_EQ(exercise(market.order(SmallMarket::kOracle, day(0)), day(1), day(1)), Reason::kInvalid);
  ASSERT_EQ(exercise(added, day(2), day(2)), Reason::kNone);
  EXPECT_EQ(exercise(added, day(3), day(3)), Reason::kNotNow);
}

TEST_F(OptionPriceTest, NoLessIsExercisedThanTheStagesOfItsOrderComeTo) {
  market.stage(added, 20, {80, CapacityUnit::kGpus});
  Act act;
  act.kind = ActKind::kExercise;
  act.clause = option;
  act.order = added;
  act.effective = day(5);
  act.terms.amount = {79, CapacityUnit::kGpus};
  EXPECT_EQ(market.enter(act), Reason::kInvalid);
  act.terms.amount.value = 80;
  EXPECT_EQ(market.enter(act), Reason::kNone);
}

TEST_F(OptionTest, AnExerciseCountsFromWhenItIsKnown) {
  EXPECT_EQ(exercise(day(20), day(35)), Reason::kNone);
  EXPECT_EQ(judge(market.book, clause, {}, {day(32), day(34)}).why, "It expired unused.");
  EXPECT_EQ(judge(market.book, clause, {}, {day(32), day(35)}).why, "It was exercised.");
}

}  // namespace
}  // namespace stargate::agreement
