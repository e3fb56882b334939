// Tranches, what their delay costs, and what was paid ahead for them.

#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr auto dollars = SmallMarket::dollars;

/// 1.2 GW at $13.3B a GW-year for a year from day 100, $15.96B; 20 % of it paid 30 days ahead. 30 days
/// of grace, then 1 % for each week begun, at most 10 %; to be ended from 180 days after the due date.
struct LateTest : testing::Test {
  SmallMarket market;
  OrderId order;
  StageId stage;
  ClauseId tranche;
  ClauseId late;
  ClauseId prepay;

  LateTest() {
    market.add(Assumption{"grace", "The grace is not public."});
    Order made;
    made.agreement = SmallMarket::with(SmallMarket::kOracle);
    made.amount = {1'200'000'000, CapacityUnit::kFacilityWatts};
    made.signed_at = day(0);
    made.until = day(465);
    market.add(made);
    order = {0};
    stage = market.stage(order, 100, made.amount);
    clause::Rate rate;
    rate.price = {dollars(13'300'000'000), RateUnit::kGwYear, CapacityUnit::kFacilityWatts};
    market.clause(SmallMarket::kOracle, rate);
    clause::Tranche duty;
    duty.order = order;
    duty.stages = {stage};
    duty.amount = made.amount;
    duty.due = day(100);
    duty.grace = days(30);
    tranche = market.clause(SmallMarket::kOracle, duty);
    Clause priced;
    priced.agreement = made.agreement;
    priced.from = priced.known = day(0);
    priced.assumptions = {{0}};
    clause::Late terms;
    terms.tranches = {tranche};
    terms.credits = {{{}, 10'000, days(7)}};
    terms.credit_cap_ppm = 100'000;
    terms.outside = days(180);
    terms.excuses_force_majeure = terms.excuses_customer_caused = true;
    terms.notice_within = days(10);
    terms.longest_extension = days(90);
    priced.terms = terms;
    market.add(priced);
    late = {2};
    clause::Prepay ahead;
    ahead.ppm = 200'000;
    ahead.before_delivery = days(30);
    ahead.credited_from_month = 12;
    prepay = market.clause(SmallMarket::kOracle, ahead);
  }

  Judgement at(ClauseId clause, Instant then) const {
    return judge(market.book, clause, {}, {then, then});
  }
  Standing standing(Instant then) const { return at(tranche, then).standing; }
  Reason excuse(ActKind kind, Instant from, Instant until, Instant entered) {
    Act act;
    act.kind = kind;
    act.effective = from;
    act.until = until;
    act.clause = tranche;
    return market.enter(act, entered);
  }
};

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

TEST_F(LateTest, ATrancheIsPendingThenInCureThenLate) {
  EXPECT_EQ(standing(day(100)), Standing::kPending);
  EXPECT_EQ(standing(day(101)), Standing::kInCure);
  EXPECT_EQ(standing(day(130)), Standing::kInCure);
  EXPECT_EQ(standing(day(131)), Standing::kBreached);
}

TEST_F(LateTest, DeliveryAtTheEndOfTheGraceIsInTimeAndAllOfItIsNeeded) {
  EXPECT_EQ(market.capacity(stage, CapacityState::kAccepted, day(120), 99), Reason::kNone);
  EXPECT_EQ(standing(day(125)), Standing::kInCure);
  EXPECT_EQ(market.capacity(stage, CapacityState::kAccepted, day(130), 1), Reason::kNone);
  EXPECT_EQ(standing(day(200)), Standing::kKept);
  EXPECT_EQ(at(tranche, day(200)).since, day(130));
  ASSERT_EQ(at(prepay, day(200)).dues.size(), 2U);
  EXPECT_EQ(at(prepay, day(200)).dues[1].kind, DueKind::kCredit);
  EXPECT_EQ(at(prepay, day(200)).dues[1].due, day(130 + 365));
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

TEST_F(LateTest, DeliveryIsJudgedByTheDueDateInForceWhenItWasMadeAsKnownThen) {
  EXPECT_EQ(market.capacity(stage, CapacityState::kAccepted, day(140)), Reason::kNone);
  Act act;
  act.kind = ActKind::kAmendDue;
  act.effective = day(135);
  act.until = day(150);
  act.clause = tranche;
  EXPECT_EQ(market.enter(act, day(145)), Reason::kNone);
  EXPECT_EQ(standing(day(160)), Standing::kBreached);
}

TEST_F(LateTest, AnAmendedDueDateIsTheOneThatCounts) {
  Act act;
  act.kind = ActKind::kAmendDue;
  act.effective = day(90);
  act.until = day(150);
  act.clause = tranche;
  EXPECT_EQ(market.enter(act), Reason::kNone);
  EXPECT_EQ(standing(day(140)), Standing::kPending);
  EXPECT_EQ(standing(day(151)), Standing::kInCure);
}

TEST_F(LateTest, ATrancheWhoseCapacityWasCancelledIsAtRisk) {
  EXPECT_EQ(market.capacity(stage, CapacityState::kCancelled, day(50), 1), Reason::kNone);
  EXPECT_EQ(standing(day(49)), Standing::kPending);
  EXPECT_EQ(standing(day(50)), Standing::kAtRisk);
}

}  // namespace
}  // namespace stargate::agreement
