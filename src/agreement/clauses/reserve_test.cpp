#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "agreement/permit.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr auto dollars = SmallMarket::dollars;

/// 8 to 16 GPUs of an order for the second day, taken back an hour before its end.
struct ReserveTest : testing::Test {
  SmallMarket market;
  clause::Reserve terms;
  ClauseId clause;

  ReserveTest() {
    terms.order = market.order(SmallMarket::kAzure, day(0));
    terms.min_gpus = 8;
    terms.max_gpus = 16;
    terms.reclaimed_before_end = hours(1);
  }
  void agree() { clause = market.clause(SmallMarket::kAzure, terms, day(1), day(2)); }
  void price() {
    clause::Rate rate;
    rate.price = {dollars(1), RateUnit::kGpuHour};
    market.clause(SmallMarket::kAzure, rate);
  }
  Judgement used(Instant from, Instant until, std::uint64_t gpus, Instant at = day(5)) const {
    const UseRecord use[] = {{terms.order, Use::kTraining, from, until, gpus}};
    return judge(market.book, clause, use, {at, at});
  }
  Permission on(Instant at) const {
    return permit(market.book, SmallMarket::of(Use::kTraining), terms.order, {at, at});
  }
  Judgement unused(Instant at) const { return judge(market.book, clause, {}, {at, at}); }
};

TEST_F(ReserveTest, UseEndsWhenItIsTakenBack) {
  agree();
  EXPECT_EQ(used(day(1), day(2) - hours(1), 8).standing, Standing::kKept);
  const Judgement over = used(day(1), day(2) - hours(1) + Duration{1}, 8);
  EXPECT_EQ(over.standing, Standing::kBreached);
  EXPECT_EQ(over.since, day(2) - hours(1));
}

TEST_F(ReserveTest, NothingMayRunFromTheVeryInstantAtWhichItIsTakenBack) {
  agree();
  EXPECT_EQ(on(day(1) - Duration{1}).verdict, Verdict::kPermitted) << "before the window";
  EXPECT_EQ(on(day(2) - hours(1) - Duration{1}).verdict, Verdict::kPermitted);
  const Permission after = on(day(2) - hours(1));
  EXPECT_EQ(after.verdict, Verdict::kNotOrdered);
  EXPECT_EQ(after.clause, clause);
  EXPECT_EQ(on(day(30)).clause, clause);
  EXPECT_EQ(next_change(market.book, day(1)), day(2) - hours(1));
}

TEST_F(ReserveTest, AnotherWindowGivesItAgain) {
  agree();
  const ClauseId second = market.clause(SmallMarket::kAzure, terms, day(4), day(5));
  EXPECT_EQ(on(day(4) - Duration{1}).clause, clause);
  EXPECT_EQ(on(day(4)).verdict, Verdict::kPermitted);
  EXPECT_EQ(on(day(5) - hours(1)).clause, second);
}

TEST_F(ReserveTest, OneThatIsSupersededIsNotTakenBack) {
  agree();
  Clause longer;
  longer.agreement = SmallMarket::with(SmallMarket::kAzure);
  longer.from = day(1) + hours(12);
  longer.known = day(1);
  longer.until = day(9);
  longer.supersedes = {clause};
  longer.terms = terms;
  market.add(longer);
  EXPECT_EQ(on(day(2)).verdict, Verdict::kPermitted);
  EXPECT_EQ(on(day(9) - hours(1)).verdict, Verdict::kNotOrdered);
}

TEST_F(ReserveTest, OneThatAnEventEndsIsTakenBackThen) {
  Clause made;
  made.agreement = SmallMarket::with(SmallMarket::kAzure);
  made.from = made.known = day(1);
  made.until_event = "sold";
  made.terms = terms;
  market.add(made);
  Act sold;
  sold.kind = ActKind::kEvent;
  sold.name = "sold";
  sold.effective = day(3);
  ASSERT_EQ(market.enter(sold, day(4)), Reason::kNone);
  EXPECT_EQ(on(day(3) - Duration{1}).verdict, Verdict::kPermitted);
  EXPECT_EQ(
      permit(market.book, SmallMarket::of(Use::kTraining), terms.order, {day(3), day(4)}).verdict,
      Verdict::kNotOrdered);
  EXPECT_EQ(on(day(3)).verdict, Verdict::kPermitted) << "it was not known yet";
}

TEST_F(ReserveTest, UseIsWithinWhatIsReserved) {
  agree();
  EXPECT_EQ(used(day(1), day(1) + hours(1), 16).standing, Standing::kKept);
  EXPECT_EQ(used(day(1), day(1) + hours(1), 17).standing, Standing::kBreached);
  EXPECT_EQ(used(day(1), day(1) + hours(1), 7).standing, Standing::kBreached);
}

TEST_F(ReserveTest, AllOrNothingIsAllOfIt) {
  terms.all_or_nothing = true;
  agree();
  EXPECT_EQ(used(day(1), day(1) + hours(1), 16).standing, Standing::kKept);
  EXPECT_EQ(used(day(1), day(1) + hours(1), 15).standing, Standing::kBreached);
}

TEST_F(ReserveTest, WhatEndsWhenTheWindowBeginsIsNotOfIt) {
  agree();
  EXPECT_EQ(used(day(0), day(1), 64).standing, Standing::kKept);
  EXPECT_EQ(used(day(0), day(1) + Duration{1}, 64).standing, Standing::kBreached);
  EXPECT_EQ(used(day(2), day(3), 64).standing, Standing::kKept);
}

TEST_F(ReserveTest, TheLeastOfWhatCannotBeCancelledIsPaidForUsedOrNot) {
  terms.no_cancel = true;
  agree();
  price();
  EXPECT_TRUE(unused(day(2) - Duration{1}).dues.empty());
  // 8 GPUs for 23 hours at $1.
  ASSERT_EQ(unused(day(2)).dues.size(), 1U);
  EXPECT_EQ(unused(day(2)).dues[0].kind, DueKind::kShortfall);
  EXPECT_EQ(unused(day(2)).dues[0].amount, dollars(184));
  EXPECT_EQ(unused(day(2)).dues[0].due, day(2));
  EXPECT_EQ(unused(day(2)).dues[0].from, SmallMarket::kLab);
  // 10 of them for ten hours are $100 of it; 16 for twelve are more.
  EXPECT_EQ(used(day(1), day(1) + hours(10), 10).dues.at(0).amount, dollars(84));
  EXPECT_TRUE(used(day(1), day(1) + hours(12), 16).dues.empty());
}

TEST_F(ReserveTest, WhatMayBeCancelledIsNotPaidForUnused) {
  agree();
  price();
  EXPECT_TRUE(unused(day(3)).dues.empty());
}

TEST_F(ReserveTest, NoNoticeEndsTheOrderBeforeAWindowThatCannotBeCancelled) {
  for (const bool no_cancel : {false, true}) {
    SmallMarket other;
    clause::Reserve window;
    window.order = other.order(SmallMarket::kAzure, day(0));
    window.no_cancel = no_cancel;
    other.clause(SmallMarket::kAzure, window, day(1), day(20));
    Act notice;
    notice.kind = ActKind::kTerminate;
    notice.clause = other.clause(SmallMarket::kAzure, clause::Terminate{});
    notice.party = SmallMarket::kLab;
    notice.effective = day(5);
    notice.until = day(10);
    ASSERT_EQ(other.enter(notice), Reason::kNone);
    const auto verdict = [&](Instant at) {
      return permit(other.book, SmallMarket::of(Use::kApi), window.order, {at, at}).verdict;
    };
    EXPECT_EQ(verdict(day(10) - Duration{1}), Verdict::kPermitted);
    EXPECT_EQ(verdict(day(10)), no_cancel ? Verdict::kPermitted : Verdict::kNotOrdered);
    EXPECT_EQ(verdict(day(20) - Duration{1}),
              no_cancel ? Verdict::kPermitted : Verdict::kNotOrdered);
    EXPECT_EQ(verdict(day(20)), Verdict::kNotOrdered);
  }
}

}  // namespace
}  // namespace stargate::agreement
