#include "explain/capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oracle/small_market.h"

namespace stargate::explain {
namespace {

using agreement::Moment;
using oracle::SmallMarket;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto day = SmallMarket::day;

/// 40 GPUs of an order, of which 8 are accepted, are due on day 100.
class CapacityTest : public testing::Test {
 protected:
  CapacityTest() {
    order_ = market_.order(SmallMarket::kAzure, day(0));
    stage_ = market_.stage(order_, 10);
    tranche_ = tranche(stage_, day(100));
    EXPECT_EQ(market_.capacity(stage_, CapacityState::kAccepted, day(10), 2), Reason::kNone);
  }
  ClauseId tranche(StageId stage, Instant due) {
    clause::Tranche duty;
    duty.order = market_.book.stages()[stage.value].order;
    duty.stages = {stage};
    duty.amount = {40, CapacityUnit::kGpus};
    duty.due = due;
    return market_.clause(SmallMarket::kAzure, duty);
  }
  /// Of the only site of the only lab.
  SiteCapacity at(Instant now, Instant by, std::vector<Duration> slips) const {
    const Capacity found = capacity_by(market_.book, {now, now}, by, std::move(slips));
    return found.labs.empty() ? SiteCapacity{} : found.labs[0].all;
  }

  SmallMarket market_;
  OrderId order_;
  StageId stage_;
  ClauseId tranche_;
};

TEST_F(CapacityTest, WhatIsAwaitedComesWithItsSlipToTheVeryInstant) {
  const std::vector<Duration> slips{days(10), days(20), days(30)};
  const SiteCapacity found = at(day(50), day(120), slips);
  EXPECT_EQ(found.accepted_gpus, 8U);
  EXPECT_EQ(found.promised_gpus, 40U);
  EXPECT_THAT(found.gpus, ElementsAre(40U, 40U, 8U));
  EXPECT_THAT(at(day(50), day(120) - Duration{1}, slips).gpus, ElementsAre(40U, 8U, 8U));
  EXPECT_THAT(at(day(50), day(130), slips).gpus, ElementsAre(40U, 40U, 40U));
  EXPECT_EQ(at(day(50), day(100) - Duration{1}, slips).promised_gpus, 8U);
}

TEST_F(CapacityTest, OfWhatIsLateOnlyLongerSlipsCount) {
  const std::vector<Duration> slips{days(10), days(20), days(30)};
  // On day 115 it is 15 days late: 20 or 30 days, so day 120 at the least.
  EXPECT_THAT(at(day(115), day(119), slips).gpus, ElementsAre(8U, 8U, 8U));
  EXPECT_THAT(at(day(115), day(120), slips).gpus, ElementsAre(40U, 40U, 8U));
  EXPECT_THAT(at(day(130), day(900), slips).gpus, ElementsAre(8U, 8U, 8U)) << "no slip is longer";
}

TEST_F(CapacityTest, WhatNobodyPromisedOrSignedDoesNotCome) {
  market_.stage(order_, 5);
  const OrderId proposed = market_.order(SmallMarket::kOracle, kNever);
  const StageId wished = market_.stage(proposed, 5);
  ASSERT_EQ(market_.capacity(wished, CapacityState::kAccepted, day(10)), Reason::kNone);
  EXPECT_THAT(at(day(50), day(900), {days(1)}).gpus, ElementsAre(40U, 40U, 40U));
  EXPECT_EQ(at(day(50), day(900), {days(1)}).accepted_gpus, 8U);
}

TEST_F(CapacityTest, WhatEndsByThenIsGone) {
  clause::Reserve window;
  window.order = order_;
  window.max_gpus = 40;
  market_.clause(SmallMarket::kAzure, window, day(0), day(150));
  EXPECT_THAT(at(day(50), day(150) - Duration{1}, {days(1)}).gpus, ElementsAre(40U, 40U, 40U));
  EXPECT_THAT(at(day(50), day(150), {days(1)}).gpus, ElementsAre(0U, 0U, 0U));
  EXPECT_EQ(at(day(50), day(150), {days(1)}).accepted_gpus, 8U);
}

TEST_F(CapacityTest, SlipsAreThoseOfWhatWasDeliveredOrPutOff) {
  EXPECT_THAT(observed_slips(market_.book, {day(200), day(200)}), IsEmpty()) << "still awaited";
  Act amend;
  amend.kind = ActKind::kAmendDue;
  amend.effective = day(90);
  amend.clause = tranche_;
  amend.until = day(140);
  ASSERT_EQ(market_.enter(amend), Reason::kNone);
  EXPECT_THAT(observed_slips(market_.book, {day(89), day(89)}), IsEmpty());
  EXPECT_THAT(observed_slips(market_.book, {day(90), day(90)}), ElementsAre(days(40)));
  ASSERT_EQ(market_.capacity(stage_, CapacityState::kAccepted, day(105)), Reason::kNone);
  EXPECT_THAT(observed_slips(market_.book, {day(200), day(200)}), ElementsAre(days(5)))
      << "against its first due date";
  tranche(stage_, day(300));  // there before it is due
  EXPECT_THAT(observed_slips(market_.book, {day(200), day(200)}), ElementsAre(days(0), days(5)));
}

TEST(SlipAt, IsTheNearestRank) {
  const std::vector<Duration> slips{days(1), days(2), days(3), days(4)};
  EXPECT_EQ(slip_at(slips, 10), days(1));
  EXPECT_EQ(slip_at(slips, 50), days(2));
  EXPECT_EQ(slip_at(slips, 51), days(3));
  EXPECT_EQ(slip_at(slips, 90), days(4));
  EXPECT_EQ(slip_at(slips, 100), days(4));
}

}  // namespace
}  // namespace stargate::explain
