#include "agreement/stages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agreement/permit.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;
using testing::ElementsAre;
using enum CapacityState;

constexpr auto day = SmallMarket::day;

struct StageTest : testing::Test {
  SmallMarket market;
  OrderId order = market.order(SmallMarket::kAzure, day(0));
  StageId stage = market.stage(order, 10);

  std::vector<StageRun> at(Instant then) const { return runs_of(market.book, stage, {then, then}); }
  void add_tranche(Duration deemed, UseMask early) {
    clause::Tranche terms;
    terms.order = order;
    terms.stages = {stage};
    terms.deemed_acceptance = deemed;
    terms.early_use = early != 0;
    terms.early_uses = early;
    market.clause(SmallMarket::kAzure, terms);
  }
};

TEST_F(StageTest, APartMovesTheFirstNodesThatMay) {
  EXPECT_EQ(market.capacity(stage, kAccepted, day(1), 4), Reason::kNone);
  EXPECT_EQ(market.capacity(stage, kInstalled, day(2), 3), Reason::kNone);
  EXPECT_THAT(at(day(2)), ElementsAre(StageRun{.nodes = 4, .state = kAccepted, .since = day(1)},
                                      StageRun{.nodes = 3, .state = kInstalled, .since = day(2)},
                                      StageRun{.nodes = 3}));
  EXPECT_EQ(accepted_gpus(market.book, stage, {day(2), day(2)}), 16U);
  EXPECT_EQ(market.capacity(stage, kAccepted, day(3), 6), Reason::kNone);
  EXPECT_EQ(market.capacity(stage, kAccepted, day(4)), Reason::kNotNow);
  EXPECT_EQ(market.capacity(stage, kAccepted, day(4), 11), Reason::kInvalid);
}

TEST_F(StageTest, WhatIsLongEnoughInAcceptanceIsAccepted) {
  add_tranche(days(15), 0);
  EXPECT_EQ(market.capacity(stage, kInAcceptance, day(10)), Reason::kNone);
  EXPECT_EQ(at(day(25) - Duration{1})[0].state, kInAcceptance);
  EXPECT_THAT(at(day(25)),
              ElementsAre(StageRun{.nodes = 10, .state = kAccepted, .since = day(25)}));
  EXPECT_EQ(next_change(market.book, day(10)), day(25));
}

TEST_F(StageTest, EarlyUseIsAllowedWhileInAcceptanceAndNeverCountsAsAccepted) {
  add_tranche({}, mask_of(Use::kResearch));
  EXPECT_EQ(market.capacity(stage, kInAcceptance, day(10), 5), Reason::kNone);
  const auto runs = at(day(11));
  EXPECT_TRUE(runs[0].early_use);
  EXPECT_EQ(runs[0].early_uses, mask_of(Use::kResearch));
  EXPECT_FALSE(runs[1].early_use);
  EXPECT_EQ(accepted_gpus(market.book, stage, {day(11), day(11)}), 0U);
}

TEST_F(StageTest, ASupplierThatFailsTakesItsCapacityAwayUntilItReturns) {
  EXPECT_EQ(market.capacity(stage, kAccepted, day(1)), Reason::kNone);
  Act act;
  act.kind = ActKind::kSupplierFails;
  act.party = SmallMarket::kAzure;
  act.effective = day(5);
  EXPECT_EQ(market.enter(act), Reason::kNone);
  EXPECT_EQ(market.enter(act), Reason::kNotNow);
  act.kind = ActKind::kSupplierReturns;
  act.effective = day(9);
  EXPECT_EQ(market.enter(act), Reason::kNone);
  EXPECT_TRUE(at(day(5))[0].supplier_failed);
  EXPECT_EQ(accepted_gpus(market.book, stage, {day(5), day(9)}), 0U);
  EXPECT_EQ(accepted_gpus(market.book, stage, {day(9), day(9)}), 40U);
}

}  // namespace
}  // namespace stargate::agreement
