// Ways out and ways to more: notices, options, windows.

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

TEST(Option, IsOpenUntilItExpires) {
  SmallMarket market;
  clause::Option terms;
  terms.expires = day(30);
  const ClauseId clause = market.clause(SmallMarket::kAzure, terms);
  EXPECT_EQ(at(market, clause, day(29)).standing, Standing::kPending);
  EXPECT_EQ(at(market, clause, day(30)).why, "It expired unused.");
  Act act;
  act.kind = ActKind::kExercise;
  act.clause = clause;
  act.effective = day(30);
  EXPECT_EQ(market.enter(act), Reason::kNotNow);
  act.effective = day(29);
  EXPECT_EQ(market.enter(act), Reason::kNone);
  EXPECT_EQ(at(market, clause, day(40)).why, "It was exercised.");
}

TEST(Reserve, IsBrokenByUsePastTheEndOfItsWindow) {
  SmallMarket market;
  clause::Reserve terms;
  terms.order = market.order(SmallMarket::kAzure, day(0));
  terms.min_gpus = 8;
  terms.max_gpus = 16;
  terms.reclaimed_before_end = hours(1);
  const ClauseId clause = market.clause(SmallMarket::kAzure, terms, day(1), day(2));
  const auto used = [&](Instant until, std::uint64_t gpus) {
    const UseRecord use[] = {{terms.order, Use::kTraining, day(1), until, gpus}};
    return judge(market.book, clause, use, {day(5), day(5)});
  };
  EXPECT_EQ(used(day(2) - hours(1), 8).standing, Standing::kKept);
  EXPECT_EQ(used(day(2), 8).standing, Standing::kBreached);
  EXPECT_EQ(used(day(2), 8).since, day(2) - hours(1));
  EXPECT_EQ(used(day(2) - hours(1), 17).standing, Standing::kBreached);
  EXPECT_EQ(used(day(2) - hours(1), 7).standing, Standing::kBreached);
}

TEST(Exclusive, IsBrokenByTheFirstUseElsewhere) {
  SmallMarket market;
  const ClauseId clause = market.clause(SmallMarket::kAzure, clause::Exclusive{}, day(0), day(10));
  const OrderId order = market.order(SmallMarket::kOracle, day(0));
  const UseRecord use[] = {{order, Use::kApi, day(12), day(13), 8},
                           {order, Use::kApi, day(6), day(7), 8},
                           {order, Use::kApi, day(5), day(7), 8}};
  EXPECT_EQ(judge(market.book, clause, use, {day(20), day(20)}).since, day(5));
  EXPECT_EQ(judge(market.book, clause, use, {day(4), day(4)}).standing, Standing::kKept);
}

}  // namespace
}  // namespace stargate::agreement
