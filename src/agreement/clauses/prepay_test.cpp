#include "agreement/clauses/prepayment.h"
#include "agreement/clauses/slip_fixture.h"

namespace stargate::agreement {
namespace {

/// 20 % of $15.96B, 30 days before day 100.
struct PrepayTest : Slip {
  static constexpr Money kShare{3'192'000'000'000'000, {}};

  std::vector<Due> dues(Instant then) const { return at(prepay, then).dues; }
  Act amendment(Instant at, Instant due) const {
    Act act;
    act.kind = ActKind::kAmendDue;
    act.effective = at;
    act.until = due;
    act.clause = tranche;
    return act;
  }
};

TEST_F(PrepayTest, TheShareFallsDueBeforeDelivery) {
  EXPECT_EQ(at(prepay, day(70) - Duration{1}).standing, Standing::kPending);
  EXPECT_EQ(at(prepay, day(70)).standing, Standing::kKept);
  ASSERT_EQ(dues(day(70)).size(), 1U);
  EXPECT_EQ(dues(day(70))[0].kind, DueKind::kPayment);
  EXPECT_EQ(dues(day(70))[0].amount, kShare);
  EXPECT_EQ(dues(day(70))[0].due, day(70));
  EXPECT_EQ(dues(day(70))[0].from, SmallMarket::kLab);
}

TEST_F(PrepayTest, ItIsCreditedFromItsMonthAfterAcceptance) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(95)), Reason::kNone);
  ASSERT_EQ(dues(day(95)).size(), 2U);
  EXPECT_EQ(dues(day(95))[1].kind, DueKind::kCredit);
  EXPECT_EQ(dues(day(95))[1].amount, kShare);
  EXPECT_EQ(dues(day(95))[1].due, day(95 + 365)) << "twelve months";
}

TEST_F(PrepayTest, ItIsRefundedJustPastTheOutsideDate) {
  EXPECT_EQ(dues(day(280)).size(), 1U);
  ASSERT_EQ(dues(day(280) + Duration{1}).size(), 2U);
  EXPECT_EQ(dues(day(280) + Duration{1})[1].kind, DueKind::kRefund);
  EXPECT_EQ(dues(day(280) + Duration{1})[1].amount, kShare);
}

TEST_F(PrepayTest, WhatIsNotRefundableStaysPaid) {
  Clause newer = market.book.clause(prepay);
  newer.supersedes = {prepay};
  std::get<clause::Prepay>(newer.terms).refundable = false;
  market.add(newer);
  prepay = {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  EXPECT_EQ(dues(day(300)).size(), 1U);
}

TEST_F(PrepayTest, WhatHasFallenDueStaysDue) {
  ASSERT_EQ(market.enter(amendment(day(80), day(150))), Reason::kNone);
  EXPECT_EQ(dues(day(80))[0].due, day(70));
  ASSERT_EQ(market.enter(amendment(day(85), day(90))), Reason::kNone);
  EXPECT_EQ(dues(day(85))[0].due, day(70));
}

TEST_F(PrepayTest, NorDoesItsAmountChange) {
  ASSERT_EQ(market.enter(amendment(day(80), day(282) + hours(12))), Reason::kNone);
  EXPECT_EQ(dues(day(90))[0].amount, kShare) << "half a year fewer is what comes after";
}

TEST_F(PrepayTest, WhatComesBeforeItIsPaidIsCreditedOnceItIs) {
  Clause newer = market.book.clause(prepay);
  newer.supersedes = {prepay};
  std::get<clause::Prepay>(newer.terms).credited_from_month = 0;
  market.add(newer);
  prepay = {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(20)), Reason::kNone);
  ASSERT_EQ(dues(day(70)).size(), 2U);
  EXPECT_EQ(dues(day(70))[0].due, day(70));
  EXPECT_EQ(dues(day(70))[1].due, day(70));
}

TEST_F(PrepayTest, ADelayBeforeItIsDuePutsItOff) {
  ASSERT_EQ(market.enter(amendment(day(60), day(150))), Reason::kNone);
  EXPECT_EQ(dues(day(80))[0].due, day(120));
}

TEST_F(PrepayTest, AnAdvanceMakesItPayableAtOnceAtTheEarliest) {
  ASSERT_EQ(market.enter(amendment(day(60), day(80))), Reason::kNone);
  EXPECT_EQ(dues(day(60))[0].due, day(60));
}

TEST_F(PrepayTest, EachPartIsCreditedFromItsAcceptanceAndTheRestRefunded) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(95), 25), Reason::kNone);
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(150), 25), Reason::kNone);
  const std::vector<Due> owed = dues(day(280) + Duration{1});
  ASSERT_EQ(owed.size(), 4U);
  EXPECT_EQ(owed[1].kind, DueKind::kCredit);
  EXPECT_EQ(owed[1].amount, dollars(798'000'000));
  EXPECT_EQ(owed[1].due, day(95 + 365));
  EXPECT_EQ(owed[2].kind, DueKind::kCredit);
  EXPECT_EQ(owed[2].amount, dollars(798'000'000));
  EXPECT_EQ(owed[2].due, day(150 + 365));
  EXPECT_EQ(owed[3].kind, DueKind::kRefund);
  EXPECT_EQ(owed[3].amount, dollars(1'596'000'000));
}

/// What is paid for ahead is the order of the tranche, while the payment is there to be used.
struct PaidAheadTest : PrepayTest {
  PaidAhead asked(Instant then) const { return paid_ahead(market.book, order, {then, then}); }
};

TEST_F(PaidAheadTest, FromThePaymentUntilTheRefund) {
  EXPECT_EQ(asked(day(50)), (PaidAhead{false, day(70)}));
  EXPECT_EQ(asked(day(70)), (PaidAhead{true, day(280) + Duration{1}}));
  EXPECT_EQ(asked(day(280)).is_paid, true);
  EXPECT_EQ(asked(day(280) + Duration{1}), (PaidAhead{false, kNever}));
}

TEST_F(PaidAheadTest, OrUntilTheCreditIsUsedUp) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(95)), Reason::kNone);
  // Credited from day 460 on, for a fifth of the year that the tranche is for.
  EXPECT_EQ(asked(day(100)), (PaidAhead{true, day(460 + 73)}));
  EXPECT_EQ(asked(day(460 + 73)), (PaidAhead{false, kNever}));
}

TEST_F(PaidAheadTest, OfNoOtherOrderOfTheAgreement) {
  const OrderId other = market.order(SmallMarket::kOracle, day(0));
  EXPECT_EQ(paid_ahead(market.book, other, {day(70), day(70)}), (PaidAhead{false, kNever}));
}

TEST_F(PaidAheadTest, TheNextInstantIsTheSameWhicheverExcuseHasRunByThen) {
  EXPECT_EQ(excuse(ActKind::kExcuse, day(110), day(150), day(111)), Reason::kNone);
  const Instant next = asked(day(112)).changes_at;
  EXPECT_EQ(next, day(280) + Duration{1});
  EXPECT_EQ(asked(day(140)).changes_at, next);
  EXPECT_EQ(asked(day(300)), (PaidAhead{true, day(320) + Duration{1}}));
  EXPECT_FALSE(asked(day(320) + Duration{1}).is_paid);
}

}  // namespace
}  // namespace stargate::agreement
