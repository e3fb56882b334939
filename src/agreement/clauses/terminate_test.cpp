#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr auto dollars = SmallMarket::dollars;

Judgement at(const SmallMarket& market, ClauseId clause, Instant then) {
  return judge(market.book, clause, {}, {then, then});
}

TEST(Terminate, NoticeAsAgreedCostsTheFeeAndAShortOneBreaksTheClause) {
  for (const std::int64_t notice : {90, 89}) {
    SmallMarket market;
    clause::Terminate terms;
    terms.after = day(10);
    terms.notice = days(90);
    terms.has_fee = true;
    terms.fee = dollars(7);
    const ClauseId clause = market.clause(SmallMarket::kAzure, terms);
    EXPECT_EQ(at(market, clause, day(15)).standing, Standing::kPending);
    Act act;
    act.kind = ActKind::kTerminate;
    act.effective = day(20);
    act.until = day(20 + notice);
    act.party = SmallMarket::kLab;
    act.clause = clause;
    ASSERT_EQ(market.enter(act), Reason::kNone);
    const Judgement judged = at(market, clause, day(20));
    EXPECT_EQ(judged.standing, notice == 90 ? Standing::kKept : Standing::kBreached);
    ASSERT_EQ(judged.dues.size(), 1U);
    EXPECT_EQ(judged.dues[0].kind, DueKind::kFee);
    EXPECT_EQ(judged.dues[0].amount, dollars(7));
    EXPECT_EQ(judged.dues[0].to, SmallMarket::kAzure);
  }
}

TEST(Terminate, NoticeCountsFromTheVeryDayFromWhichItMayBeGiven) {
  for (const std::int64_t early_us : {0, 1}) {
    SmallMarket market;
    clause::Terminate terms;
    terms.by = SmallMarket::kLab;
    terms.after = day(10);
    const ClauseId clause = market.clause(SmallMarket::kAzure, terms);
    Act act;
    act.kind = ActKind::kTerminate;
    act.effective = day(10) - Duration{early_us};
    act.until = day(20);
    act.party = SmallMarket::kLab;
    act.clause = clause;
    ASSERT_EQ(market.enter(act), Reason::kNone);
    EXPECT_EQ(at(market, clause, day(20)).standing,
              early_us == 0 ? Standing::kKept : Standing::kBreached);
  }
}

/// A clause by which either party may leave when control of the other changes.
struct ChangeOfControl : testing::Test {
  SmallMarket market;
  ClauseId leave;

  ChangeOfControl() {
    clause::Terminate terms;
    terms.cause = clause::TerminateCause::kChangeOfControl;
    leave = market.clause(SmallMarket::kAzure, terms);
  }
  Reason control_changes(PartyId party, Instant at, Instant entered) {
    Act act;
    act.kind = ActKind::kControlChanges;
    act.effective = at;
    act.party = party;
    return market.enter(act, entered);
  }
  Judgement notice(PartyId by, Instant at) {
    Act act;
    act.kind = ActKind::kTerminate;
    act.effective = act.until = at;
    act.party = by;
    act.clause = leave;
    EXPECT_EQ(market.enter(act), Reason::kNone);
    return judge(market.book, leave, {}, {at, at});
  }
};

TEST_F(ChangeOfControl, NobodyMayLeaveBeforeIt) {
  const Judgement judged = notice(SmallMarket::kLab, day(9));
  EXPECT_EQ(judged.standing, Standing::kBreached);
  EXPECT_EQ(judged.why, "Notice was given for a change of control that had not come.");
}

TEST_F(ChangeOfControl, TheOtherMayLeaveFromTheVeryInstant) {
  ASSERT_EQ(control_changes(SmallMarket::kAzure, day(10), day(10)), Reason::kNone);
  EXPECT_EQ(notice(SmallMarket::kLab, day(10)).standing, Standing::kKept);
}

TEST_F(ChangeOfControl, ThePartyWhoseControlChangedMayNot) {
  ASSERT_EQ(control_changes(SmallMarket::kAzure, day(10), day(10)), Reason::kNone);
  EXPECT_EQ(notice(SmallMarket::kAzure, day(11)).standing, Standing::kBreached);
}

TEST_F(ChangeOfControl, WhatNobodyKnewWhenNoticeWasGivenIsNoCause) {
  const Judgement judged = notice(SmallMarket::kLab, day(11));
  ASSERT_EQ(control_changes(SmallMarket::kAzure, day(10), day(12)), Reason::kNone);
  EXPECT_EQ(judge(market.book, leave, {}, {day(20), day(20)}).standing, Standing::kBreached);
  EXPECT_EQ(judged.standing, Standing::kBreached);
}

TEST_F(ChangeOfControl, NeedsAParty) {
  EXPECT_EQ(control_changes(kNo<PartyId>, day(1), day(1)), Reason::kUnknown);
}

/// Two tranches due on days 10 and 20, and a clause to leave for repeated failure.
struct RepeatedFailure : testing::Test {
  SmallMarket market;
  ClauseId leave;

  RepeatedFailure() {
    const OrderId order = market.order(SmallMarket::kAzure, day(0));
    for (const std::int64_t due : {10, 20}) {
      clause::Tranche tranche;
      tranche.order = order;
      tranche.stages = {market.stage(order, 1)};
      tranche.amount = {4, CapacityUnit::kGpus};
      tranche.due = day(due);
      market.clause(SmallMarket::kAzure, tranche);
    }
    clause::Terminate terms;
    terms.cause = clause::TerminateCause::kRepeatedFailure;
    leave = market.clause(SmallMarket::kAzure, terms);
  }
  Judgement notice(PartyId by, Instant at) {
    Act act;
    act.kind = ActKind::kTerminate;
    act.effective = act.until = at;
    act.party = by;
    act.clause = leave;
    EXPECT_EQ(market.enter(act), Reason::kNone);
    return judge(market.book, leave, {}, {at, at});
  }
};

TEST_F(RepeatedFailure, OneFailureIsNotRepeated) {
  const Judgement judged = notice(SmallMarket::kLab, day(20));
  EXPECT_EQ(judged.standing, Standing::kBreached);
  EXPECT_EQ(judged.why, "Notice was given for repeated failure, without two failures.");
}

TEST_F(RepeatedFailure, TheCustomerMayLeaveJustAfterTheSecond) {
  EXPECT_EQ(notice(SmallMarket::kLab, day(20) + Duration{1}).standing, Standing::kKept);
}

TEST_F(RepeatedFailure, TheSupplierThatFailedMayNot) {
  EXPECT_EQ(notice(SmallMarket::kAzure, day(30)).standing, Standing::kBreached);
}

TEST_F(RepeatedFailure, ASupplierThatFailedAltogetherCountsToo) {
  Act fails;
  fails.kind = ActKind::kSupplierFails;
  fails.effective = day(15);
  fails.party = SmallMarket::kAzure;
  ASSERT_EQ(market.enter(fails), Reason::kNone);
  EXPECT_EQ(notice(SmallMarket::kLab, day(15)).standing, Standing::kKept);
}

}  // namespace
}  // namespace stargate::agreement
