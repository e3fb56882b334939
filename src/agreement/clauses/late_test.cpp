#include <gtest/gtest.h>

#include "agreement/clauses/slip_fixture.h"
#include "agreement/delivery.h"

namespace stargate::agreement {
namespace {

using LateTest = Slip;

TEST_F(LateTest, ASlipOfHalfAYearIsNotBilledCreditedRefundedAndSaidToBeAssumed) {
  const Instant half = day(100) + hours(4'380);
  const Judgement owed = at(late, half);
  EXPECT_EQ(owed.standing, Standing::kBreached);
  EXPECT_EQ(owed.since, day(130));
  EXPECT_TRUE(owed.may_terminate);
  ASSERT_EQ(owed.dues.size(), 2U);
  // 1.2 GW x 13.3 $B/GW-yr x half a year.
  EXPECT_EQ(owed.dues[0].kind, DueKind::kNotBilled);
  EXPECT_EQ(owed.dues[0].amount, dollars(7'980'000'000));
  EXPECT_EQ(owed.dues[0].from, SmallMarket::kLab);
  // 152.5 days are 22 weeks begun: 22 %, at most 10 % of 15.96.
  EXPECT_EQ(owed.dues[1].kind, DueKind::kCredit);
  EXPECT_EQ(owed.dues[1].amount, dollars(1'596'000'000));
  EXPECT_EQ(owed.dues[1].from, SmallMarket::kOracle);
  EXPECT_EQ(owed.dues[1].assumptions, std::vector<AssumptionId>{{0}});

  const Judgement paid = at(prepay, half);
  ASSERT_EQ(paid.dues.size(), 2U);
  EXPECT_EQ(paid.dues[0].kind, DueKind::kPayment);
  EXPECT_EQ(paid.dues[0].due, day(70));
  EXPECT_EQ(paid.dues[1].kind, DueKind::kRefund);
  EXPECT_EQ(paid.dues[1].amount, dollars(3'192'000'000));
}

TEST_F(LateTest, CreditsCountWeeksBegunFromTheEndOfTheGrace) {
  EXPECT_EQ(at(late, day(130)).dues.size(), 1U);  // not billed, no credit
  EXPECT_EQ(at(late, day(130) + Duration{1}).dues[1].amount, dollars(159'600'000));
  EXPECT_EQ(at(late, day(137)).dues[1].amount, dollars(159'600'000));
  EXPECT_EQ(at(late, day(137) + Duration{1}).dues[1].amount, dollars(319'200'000));
  EXPECT_FALSE(at(late, day(280)).may_terminate);
  EXPECT_TRUE(at(late, day(280) + Duration{1}).may_terminate);
}

/// 75 of the 100 nodes are accepted: what is missing is a quarter.
TEST_F(LateTest, WhatIsAcceptedIsBilledAndTheRestIsLate) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(100) + hours(2'190), 75),
            Reason::kNone);
  const Judgement owed = at(late, day(100) + hours(4'380));
  ASSERT_EQ(owed.dues.size(), 2U);
  // A quarter of a year of all of it, and one of a quarter of it: 3.99 and 0.9975.
  EXPECT_EQ(owed.dues[0].amount, dollars(4'987'500'000));
  EXPECT_EQ(owed.standing, Standing::kBreached);
  EXPECT_TRUE(owed.may_terminate);
}

TEST_F(LateTest, ACreditIsForWhatIsMissingWhenItsPeriodBegins) {
  // Late from day 130: a week of all, then one begins just as half of it is accepted.
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(137), 50), Reason::kNone);
  EXPECT_EQ(at(late, day(137)).dues[1].amount, dollars(159'600'000));
  EXPECT_EQ(at(late, day(144)).dues[1].amount, dollars(159'600'000 + 79'800'000));
  // What comes within a week changes the next.
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(145), 25), Reason::kNone);
  EXPECT_EQ(at(late, day(151)).dues[1].amount, dollars(159'600'000 + 2 * 79'800'000));
  EXPECT_EQ(at(late, day(152)).dues[1].amount, dollars(159'600'000 + 2 * 79'800'000 + 39'900'000));
}

TEST_F(LateTest, PartsDoNotLiftTheCap) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(130), 50), Reason::kNone);
  // 22 weeks begun of half: 11 %, at most 10 % of the whole.
  EXPECT_EQ(at(late, day(100) + hours(4'380)).dues[1].amount, dollars(1'596'000'000));
}

/// The rate is doubled for the second half of the year that the tranche is for.
TEST_F(LateTest, WhatIsNotBilledIsByTheRatesOfTheTime) {
  Clause newer;
  newer.agreement = SmallMarket::with(SmallMarket::kOracle);
  newer.from = day(100) + hours(4'380);
  newer.known = day(0);
  newer.supersedes = {{0}};
  clause::Rate rate;
  rate.price = {dollars(26'600'000'000), RateUnit::kGwYear, CapacityUnit::kFacilityWatts};
  newer.terms = rate;
  market.add(newer);
  const Judgement owed = at(late, day(100) + hours(6'570));
  // Half a year at 7.98 and a quarter at twice that; 10 % of the year's 7.98 + 15.96.
  EXPECT_EQ(owed.dues[0].amount, dollars(15'960'000'000));
  EXPECT_EQ(owed.dues[1].amount, dollars(2'394'000'000));
}

TEST_F(LateTest, AFeeByTheMonthIsCountedByTheTranchesShareOfItsOrder) {
  Clause newer;
  newer.agreement = SmallMarket::with(SmallMarket::kOracle);
  newer.from = newer.known = day(0);
  newer.supersedes = {{0}};
  clause::Rate rate;
  rate.order = order;
  rate.price = {dollars(1'000'000), RateUnit::kMonth};
  newer.terms = rate;
  market.add(newer);
  Clause half = market.book.clause(tranche);
  half.supersedes = {tranche};
  std::get<clause::Tranche>(half.terms).amount.value /= 2;
  market.add(half);
  const ClauseId second{static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  Clause judged = market.book.clause(late);
  judged.supersedes = {late};
  std::get<clause::Late>(judged.terms).tranches = {second};
  market.add(judged);
  late = {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  // Six months of half of it.
  EXPECT_EQ(at(late, day(100) + hours(4'380)).dues[0].amount, dollars(3'000'000));
}

TEST_F(LateTest, NothingIsOwedAfterANoticeHasEndedTheOrder) {
  const ClauseId leave = market.clause(SmallMarket::kOracle, clause::Terminate{});
  Act act;
  act.kind = ActKind::kTerminate;
  act.effective = day(150);
  act.until = day(173);
  act.party = SmallMarket::kLab;
  act.clause = leave;
  ASSERT_EQ(market.enter(act), Reason::kNone);
  const Judgement owed = at(late, day(400));
  ASSERT_EQ(owed.dues.size(), 2U);
  // A fifth of the year; seven weeks begun of the price as it was when it became late.
  EXPECT_EQ(owed.dues[0].amount, dollars(3'192'000'000));
  EXPECT_EQ(owed.dues[1].amount, dollars(7 * 159'600'000));
  EXPECT_FALSE(owed.may_terminate);
  EXPECT_EQ(owed.since, day(130));
}

TEST_F(LateTest, WhatWasDeliveredWasLate) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(140)), Reason::kNone);
  EXPECT_EQ(at(late, day(150)).why.substr(at(late, day(150)).why.size() - 9), "was late.");
}

TEST_F(LateTest, AnExcuseRunsSinceItBegan) {
  EXPECT_EQ(excuse(ActKind::kExcuse, day(110), day(250), day(112)), Reason::kNone);
  EXPECT_EQ(at(tranche, day(140)).standing, Standing::kNotified);
  EXPECT_EQ(at(tranche, day(140)).since, day(110));
}

TEST_F(LateTest, ItIsAtRiskSinceTooLittleIsLeft) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kCancelled, day(20), 10), Reason::kNone);
  ASSERT_EQ(market.capacity(stage, CapacityState::kCancelled, day(40), 10), Reason::kNone);
  EXPECT_EQ(at(tranche, day(50)).standing, Standing::kAtRisk);
  EXPECT_EQ(at(tranche, day(50)).since, day(20));
}

TEST_F(LateTest, AnExcuseCountsWhereItsNoticeCameInTimeAndForSoLongAtMost) {
  EXPECT_EQ(excuse(ActKind::kExcuse, day(110), day(250), day(121)), Reason::kNone);
  EXPECT_EQ(standing(day(131)), Standing::kBreached);
  EXPECT_EQ(excuse(ActKind::kExcuse, day(122), day(262), day(132)), Reason::kNone);
  EXPECT_EQ(standing(day(140)), Standing::kNotified);
  // 90 days at most: until 130 + 90.
  EXPECT_EQ(standing(day(220)), Standing::kExcused);
  EXPECT_EQ(standing(day(221)), Standing::kBreached);
}

TEST_F(LateTest, WhatTheCustomerCausedPutsTheDeadlineOff) {
  EXPECT_EQ(excuse(ActKind::kCustomerCaused, day(90), day(110), day(110)), Reason::kNone);
  EXPECT_EQ(standing(day(131)), Standing::kExcused);
  EXPECT_EQ(market.capacity(stage, CapacityState::kAccepted, day(150)), Reason::kNone);
  EXPECT_EQ(standing(day(151)), Standing::kExcused);
  EXPECT_TRUE(at(late, day(151)).dues.size() == 1U);
}

/// Another stage under the same agreement, of all that the tranche is for, which no tranche names;
/// the `late` clause lets it stand in.
struct CureTest : Slip {
  StageId other;

  CureTest() {
    Clause newer = market.book.clause(late);
    newer.supersedes = {late};
    auto terms = std::get<clause::Late>(newer.terms);
    terms.cure_by_alternative = true;
    newer.terms = terms;
    market.add(newer);
    late = {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
    const CapacityAmount all{1'200'000'000, CapacityUnit::kFacilityWatts};
    other = market.stage(market.order(SmallMarket::kOracle, day(0), all), 100, all);
  }
};

TEST_F(CureTest, OtherCapacityInTimeExcusesTheTrancheAndCostsNoCredit) {
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(130)), Reason::kNone);
  EXPECT_EQ(standing(day(129)), Standing::kInCure);
  EXPECT_EQ(standing(day(130)), Standing::kExcused);
  EXPECT_EQ(at(tranche, day(200)).since, day(130));
  // What the tranche itself did not deliver is still not billed.
  const Judgement owed = at(late, day(200));
  ASSERT_EQ(owed.dues.size(), 1U);
  EXPECT_EQ(owed.dues[0].kind, DueKind::kNotBilled);
  EXPECT_FALSE(at(late, day(400)).may_terminate);
  ASSERT_EQ(at(prepay, day(400)).dues.size(), 2U);
  EXPECT_EQ(at(prepay, day(400)).dues[1].kind, DueKind::kRefund)
      << "what stands in is billed by its own order";
}

TEST_F(CureTest, CreditsStopWhenOtherCapacityStandsIn) {
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(137), 99), Reason::kNone);
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(144), 1), Reason::kNone);
  // All of it is needed: two weeks late, 2 % of $15.96B.
  const Judgement owed = at(late, day(300));
  ASSERT_EQ(owed.dues.size(), 2U);
  EXPECT_EQ(owed.dues[1].amount, dollars(319'200'000));
  EXPECT_EQ(owed.dues[1].due, day(144));
  EXPECT_FALSE(owed.may_terminate);
  EXPECT_EQ(standing(day(300)), Standing::kBreached);
}

TEST_F(CureTest, WhatWasThereBeforeTheDueDateCuresNothing) {
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(20), 99), Reason::kNone);
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(110), 1), Reason::kNone);
  EXPECT_EQ(standing(day(130)), Standing::kInCure);
  EXPECT_EQ(standing(day(131)), Standing::kBreached);
}

TEST_F(CureTest, WhatIsAcceptedOnTheDueDateCures) {
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(100)), Reason::kNone);
  EXPECT_EQ(standing(day(100)), Standing::kExcused);
}

TEST_F(CureTest, WhatComesAfterNoticeOfAnExcuseCuresFromTheDueDateOn) {
  ASSERT_EQ(excuse(ActKind::kExcuse, day(80), day(81), day(82)), Reason::kNone);
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(82)), Reason::kNone);
  EXPECT_EQ(standing(day(99)), Standing::kPending);
  EXPECT_EQ(standing(day(100)), Standing::kExcused);
}

TEST_F(CureTest, ANoticeThatCameTooLateBeginsNoCure) {
  ASSERT_EQ(excuse(ActKind::kExcuse, day(50), day(60), day(82)), Reason::kNone);
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(90)), Reason::kNone);
  EXPECT_EQ(standing(day(140)), Standing::kBreached);
}

TEST_F(CureTest, WhatCameBeforeTheNoticeCuresNothing) {
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(81)), Reason::kNone);
  ASSERT_EQ(excuse(ActKind::kExcuse, day(80), day(81), day(82)), Reason::kNone);
  EXPECT_EQ(standing(day(140)), Standing::kBreached);
}

TEST_F(CureTest, WhatStoodInForOneTrancheAndCameBeforeTheNextIsNotForThatOne) {
  // A second tranche of the same size, due on day 200 and after the first in the list.
  auto duty = std::get<clause::Tranche>(market.book.clause(tranche).terms);
  const CapacityAmount all{1'200'000'000, CapacityUnit::kFacilityWatts};
  duty.order = market.order(SmallMarket::kOracle, day(0), all);
  duty.stages = {market.stage(duty.order, 100, all)};
  duty.due = day(200);
  const ClauseId second = market.clause(SmallMarket::kOracle, duty);
  const StageId third = market.stage(market.order(SmallMarket::kOracle, day(0), all), 100, all);
  Clause newer = market.book.clause(late);
  newer.supersedes = {late};
  std::get<clause::Late>(newer.terms).tranches.push_back(second);
  market.add(newer);
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(110)), Reason::kNone);
  // The first is delivered after all: what stood in for it came before the second failed.
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(150)), Reason::kNone);
  EXPECT_EQ(at(second, day(231)).standing, Standing::kBreached);
  ASSERT_EQ(market.capacity(third, CapacityState::kAccepted, day(240)), Reason::kNone);
  EXPECT_EQ(delivery_of(market.book, second, {day(250), day(250)}).cured_at, day(240));
}

TEST_F(CureTest, OneCapacityDoesNotStandInForTwo) {
  // A second tranche of the same size, after the first in the list.
  auto duty = std::get<clause::Tranche>(market.book.clause(tranche).terms);
  const CapacityAmount all{1'200'000'000, CapacityUnit::kFacilityWatts};
  duty.order = market.order(SmallMarket::kOracle, day(0), all);
  duty.stages = {market.stage(duty.order, 100, all)};
  const ClauseId second = market.clause(SmallMarket::kOracle, duty);
  Clause newer = market.book.clause(late);
  newer.supersedes = {late};
  std::get<clause::Late>(newer.terms).tranches.push_back(second);
  market.add(newer);
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(110)), Reason::kNone);
  EXPECT_EQ(at(tranche, day(200)).standing, Standing::kExcused);
  EXPECT_EQ(at(second, day(200)).standing, Standing::kBreached);
  // The first is delivered: what stood in for it is free for the second.
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(210)), Reason::kNone);
  EXPECT_EQ(delivery_of(market.book, second, {day(211), day(211)}).cured_at, day(210));
}

TEST_F(LateTest, OtherCapacityCuresNothingWhereTheClauseDoesNotSaySo) {
  const CapacityAmount all{1'200'000'000, CapacityUnit::kFacilityWatts};
  const StageId other = market.stage(market.order(SmallMarket::kOracle, day(0), all), 100, all);
  ASSERT_EQ(market.capacity(other, CapacityState::kAccepted, day(110)), Reason::kNone);
  EXPECT_EQ(standing(day(131)), Standing::kBreached);
}

}  // namespace
}  // namespace stargate::agreement
