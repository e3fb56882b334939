#include <gtest/gtest.h>

#include "agreement/clauses/commitment.h"
#include "agreement/judge.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr auto dollars = SmallMarket::dollars;

/// $2,400 over 20 days at $1 a GPU-hour, trued up every 10: $1,200 a period.
struct CommitTest : testing::Test {
  SmallMarket market;
  OrderId order = market.order(SmallMarket::kAzure, day(0));
  ClauseId clause;
  clause::Commit terms;

  void agree() {
    clause::Rate rate;
    rate.price = {dollars(1), RateUnit::kGpuHour};
    market.clause(SmallMarket::kAzure, rate);
    terms.amount = dollars(2'400);
    terms.true_up = days(10);
    clause = market.clause(SmallMarket::kAzure, terms, day(0), day(20));
  }
  UseRecord use(std::uint64_t gpus, std::int64_t from, std::int64_t until,
                Use of = Use::kTraining) const {
    return {order, of, day(from), day(until), gpus};
  }
  Judgement at(std::vector<UseRecord> use, std::int64_t then) const {
    return judge(market.book, clause, use, {day(then), day(then)});
  }
};

TEST_F(CommitTest, WhatWasNotUsedIsInvoicedAtTheTrueUp) {
  agree();
  EXPECT_EQ(at({}, 9).standing, Standing::kPending);
  const Judgement judged = at({use(3, 0, 10)}, 10);  // $720 of 1,200
  EXPECT_EQ(judged.standing, Standing::kBreached);
  ASSERT_EQ(judged.dues.size(), 1U);
  EXPECT_EQ(judged.dues[0].kind, DueKind::kShortfall);
  EXPECT_EQ(judged.dues[0].amount, dollars(480));
  EXPECT_EQ(judged.dues[0].due, day(10));
  EXPECT_EQ(at({use(5, 0, 20)}, 20).standing, Standing::kKept);
}

TEST_F(CommitTest, PartOfItFallsOnTheTimeThatIsOver) {
  agree();
  // 5 of 20 days of $2,400; 3 GPUs for 5 days are $360.
  const auto so_far =
      commitment_so_far(market.book, clause, std::vector{use(3, 0, 10)}, {day(5), day(5)});
  ASSERT_TRUE(so_far);
  EXPECT_EQ(so_far->committed, dollars(600));
  EXPECT_EQ(so_far->used, dollars(360));
  // Past its end all of it does, and no more.
  EXPECT_EQ(commitment_so_far(market.book, clause, {}, {day(30), day(30)})->committed,
            dollars(2'400));
  EXPECT_FALSE(commitment_so_far(market.book, clause, {}, {day(-1), day(-1)}));
}

TEST_F(CommitTest, OfNoKnownLengthNothingFallsOnAnyTime) {
  terms.true_up = {};
  terms.amount = dollars(2'400);
  const ClauseId endless = market.clause(SmallMarket::kAzure, terms, day(0));
  EXPECT_FALSE(commitment_so_far(market.book, endless, {}, {day(30), day(30)}));
}

TEST_F(CommitTest, UseCountsOnceForTheCommitmentsOfAnAgreement) {
  agree();
  clause::Commit more = terms;
  more.amount = dollars(1'200);
  more.true_up = days(20);
  const ClauseId second = market.clause(SmallMarket::kAzure, more, day(0), day(20));
  // 6 GPUs for 20 days are $2,880: $2,400 are the first one's, $480 are left of the $1,200.
  const std::vector uses{use(6, 0, 20)};
  EXPECT_EQ(at(uses, 20).standing, Standing::kKept);
  const Judgement judged = judge(market.book, second, uses, {day(20), day(20)});
  ASSERT_EQ(judged.dues.size(), 1U);
  EXPECT_EQ(judged.dues[0].amount, dollars(720));
  EXPECT_EQ(commitment_so_far(market.book, second, uses, {day(20), day(20)})->used, dollars(480));
  // Half of the time: $1,200 of $1,440 are the first one's.
  EXPECT_EQ(commitment_so_far(market.book, second, uses, {day(10), day(10)})->used, dollars(240));
}

TEST_F(CommitTest, UseThatIsNotEligibleForTheFirstIsLeftForTheSecond) {
  terms.eligible = mask_of(Use::kTraining);
  agree();
  clause::Commit more = terms;
  more.eligible = kAnyUse;
  more.amount = dollars(1'200);
  more.true_up = days(20);
  const ClauseId second = market.clause(SmallMarket::kAzure, more, day(0), day(20));
  const std::vector uses{use(6, 0, 20, Use::kApi)};
  EXPECT_EQ(judge(market.book, second, uses, {day(20), day(20)}).standing, Standing::kKept);
}

TEST_F(CommitTest, OnlyEligibleUseCountsAndOnlyTheShareToBeTaken) {
  terms.eligible = mask_of(Use::kTraining);
  terms.take_or_pay_ppm = 500'000;
  agree();
  EXPECT_EQ(at({use(5, 0, 10, Use::kApi)}, 10).dues[0].amount, dollars(600));
}

TEST_F(CommitTest, ASurplusIsCarriedOverUpToItsShare) {
  terms.carry_over_ppm = 100'000;
  agree();
  // $2,400 in the first period, nothing in the second: $120 of the surplus count.
  const Judgement judged = at({use(10, 0, 10)}, 20);
  ASSERT_EQ(judged.dues.size(), 1U);
  EXPECT_EQ(judged.dues[0].amount, dollars(1'080));
  EXPECT_EQ(judged.dues[0].due, day(20));
}

TEST_F(CommitTest, WhatWasNotDeliveredIsTakenOff) {
  terms.relief_for_undelivered = true;
  agree();
  clause::Tranche tranche;
  tranche.order = order;
  tranche.stages = {market.stage(order, 1)};
  tranche.amount = {4, CapacityUnit::kGpus};
  tranche.due = day(5);
  market.clause(SmallMarket::kAzure, tranche);
  // 4 GPUs from day 5 to day 10: $480.
  EXPECT_EQ(at({}, 10).dues[0].amount, dollars(720));
}

TEST_F(CommitTest, WhatOfItWasDeliveredIsNoRelief) {
  terms.relief_for_undelivered = true;
  agree();
  clause::Tranche tranche;
  tranche.order = order;
  const StageId stage = market.stage(order, 2);
  tranche.stages = {stage};
  tranche.amount = {8, CapacityUnit::kGpus};
  tranche.due = day(5);
  market.clause(SmallMarket::kAzure, tranche);
  ASSERT_EQ(market.capacity(stage, CapacityState::kAccepted, day(7), 1), Reason::kNone);
  // 8 GPUs for two days and 4 for three: $672.
  EXPECT_EQ(at({}, 10).dues[0].amount, dollars(528));
}

TEST_F(CommitTest, AMonthlyFeeCountsOnceForTheWholePeriodWhateverRanThere) {
  clause::Rate rate;
  rate.price = {dollars(7'300), RateUnit::kMonth};  // 730 hours: $10 an hour
  market.clause(SmallMarket::kAzure, rate);
  terms.amount = dollars(4'800);
  terms.true_up = days(10);
  clause = market.clause(SmallMarket::kAzure, terms, day(0), day(20));
  // $2,400 a period: the fee of 240 hours, with three records of use or with none.
  EXPECT_EQ(at({use(8, 1, 2), use(8, 3, 4), use(1, 3, 9)}, 10).standing, Standing::kKept);
  EXPECT_EQ(at({}, 10).standing, Standing::kKept);
}

TEST_F(CommitTest, AFeeForAllOrdersCountsWhicheverOfThemIsForEligibleUse) {
  clause::Rate rate;
  rate.price = {dollars(7'300), RateUnit::kMonth};  // $240 a day
  market.clause(SmallMarket::kOracle, rate);
  Order research;
  research.agreement = SmallMarket::with(SmallMarket::kOracle);
  research.signed_at = day(0);
  research.uses = mask_of(Use::kResearch);
  market.add(research);
  Order training = research;
  training.signed_at = day(4);
  training.uses = mask_of(Use::kTraining);
  market.add(training);
  market.add(training);
  terms.eligible = mask_of(Use::kTraining);
  terms.amount = dollars(2'400);
  clause = market.clause(SmallMarket::kOracle, terms, day(0), day(10));
  // Six days from day 4, once for both orders, though the first to run is for research.
  EXPECT_EQ(at({}, 10).dues.at(0).amount, dollars(2'400 - 6 * 240));
}

TEST_F(CommitTest, AFeeIsOwedForTheTermOfItsOrderAlone) {
  clause::Rate rate;
  rate.price = {dollars(7'300), RateUnit::kMonth};
  market.clause(SmallMarket::kOracle, rate);
  market.order(SmallMarket::kOracle, day(4));  // signed on day 4: six days of the first ten
  terms.amount = dollars(2'400);
  clause = market.clause(SmallMarket::kOracle, terms, day(0), day(10));
  EXPECT_EQ(at({}, 10).dues.at(0).amount, dollars(2'400 - 6 * 240));
}

}  // namespace
}  // namespace stargate::agreement
