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

TEST_F(PrepayTest, ADelayDoesNotUndoAPaymentAndAnAdvanceBringsItForward) {
  ASSERT_EQ(market.enter(amendment(day(80), day(150))), Reason::kNone);
  EXPECT_EQ(dues(day(80))[0].due, day(70));
  ASSERT_EQ(market.enter(amendment(day(85), day(90))), Reason::kNone);
  EXPECT_EQ(dues(day(85))[0].due, day(60));
}

}  // namespace
}  // namespace stargate::agreement
