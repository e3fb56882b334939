#include <gtest/gtest.h>

#include "agreement/judge.h"
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

TEST_F(OptionTest, AnExerciseCountsFromWhenItIsKnown) {
  EXPECT_EQ(exercise(day(20), day(35)), Reason::kNone);
  EXPECT_EQ(judge(market.book, clause, {}, {day(32), day(34)}).why, "It expired unused.");
  EXPECT_EQ(judge(market.book, clause, {}, {day(32), day(35)}).why, "It was exercised.");
}

}  // namespace
}  // namespace stargate::agreement
