#include "agreement/clauses/slip_fixture.h"
#include "agreement/offers.h"
#include "agreement/stages.h"

namespace stargate::agreement {
namespace {

using TrancheTest = Slip;

TEST_F(TrancheTest, ATrancheIsPendingThenInCureThenLate) {
  EXPECT_EQ(standing(day(100)), Standing::kPending);
  EXPECT_EQ(standing(day(101)), Standing::kInCure);
  EXPECT_EQ(standing(day(130)), Standing::kInCure);
  EXPECT_EQ(standing(day(131)), Standing::kBreached);
}

TEST_F(TrancheTest, DeliveryAtTheEndOfTheGraceIsInTimeAndAllOfItIsNeeded) {
  EXPECT_EQ(market.capacity(stage, CapacityState::kAccepted, day(120), 99), Reason::kNone);
  EXPECT_EQ(standing(day(125)), Standing::kInCure);
  EXPECT_EQ(market.capacity(stage, CapacityState::kAccepted, day(130), 1), Reason::kNone);
  EXPECT_EQ(standing(day(200)), Standing::kKept);
  EXPECT_EQ(at(tranche, day(200)).since, day(130));
  ASSERT_EQ(at(prepay, day(200)).dues.size(), 3U) << "a payment, and a credit for each part";
  EXPECT_EQ(at(prepay, day(200)).dues[1].due, day(120 + 365));
  EXPECT_EQ(at(prepay, day(200)).dues[2].kind, DueKind::kCredit);
  EXPECT_EQ(at(prepay, day(200)).dues[2].due, day(130 + 365));
}

TEST_F(TrancheTest, DeliveryIsJudgedByTheDueDateInForceWhenItWasMadeAsKnownThen) {
  EXPECT_EQ(market.capacity(stage, CapacityState::kAccepted, day(140)), Reason::kNone);
  Act act;
  act.kind = ActKind::kAmendDue;
  act.effective = day(135);
  act.until = day(150);
  act.clause = tranche;
  EXPECT_EQ(market.enter(act, day(145)), Reason::kNone);
  EXPECT_EQ(standing(day(160)), Standing::kBreached);
}

TEST_F(TrancheTest, AnAmendedDueDateIsTheOneThatCounts) {
  Act act;
  act.kind = ActKind::kAmendDue;
  act.effective = day(90);
  act.until = day(150);
  act.clause = tranche;
  EXPECT_EQ(market.enter(act), Reason::kNone);
  EXPECT_EQ(standing(day(140)), Standing::kPending);
  EXPECT_EQ(standing(day(151)), Standing::kInCure);
}

TEST_F(TrancheTest, ATrancheWhoseCapacityWasCancelledIsAtRisk) {
  EXPECT_EQ(market.capacity(stage, CapacityState::kCancelled, day(50), 1), Reason::kNone);
  EXPECT_EQ(standing(day(49)), Standing::kPending);
  EXPECT_EQ(standing(day(50)), Standing::kAtRisk);
}

/// 8 GPUs of Oracle's that Azure takes on day 12, for day 30, on an order of its own.
struct AcceptedTest : testing::Test {
  SmallMarket market;
  ClauseId refusal;
  StageId stage;
  ClauseId made;

  AcceptedTest() {
    clause::FirstRefusal terms;
    terms.grace = days(5);
    refusal = market.clause(SmallMarket::kAzure, terms);
    const OrderId away = market.order(SmallMarket::kOracle, kNever, {8, CapacityUnit::kGpus});
    const OrderId own = market.order(SmallMarket::kAzure, SmallMarket::day(1));
    stage = market.stage(own, 2);
    Terms offered;
    offered.amount = {8, CapacityUnit::kGpus};
    offered.delivery = SmallMarket::day(30);
    EXPECT_EQ(
        market.offer("one", away, refusal, SmallMarket::day(10), SmallMarket::day(20), offered),
        Reason::kNone);
    Act accept;
    accept.kind = ActKind::kAccept;
    accept.effective = SmallMarket::day(12);
    accept.offer = "one";
    accept.order = own;
    const Act offer = market.book.entry(market.book.acts_of_offer("one").front()).act;
    Clause clause = tranche_of_acceptance(offer, market.book.clause(refusal), accept,
                                          offered.amount, accept.effective);
    std::get<clause::Tranche>(clause.terms).stages = {stage};
    market.add(clause);
    made = {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
    EXPECT_EQ(market.enter(accept), Reason::kNone);
  }
  Standing standing(Instant at) { return judge(market.book, made, {}, {at, at}).standing; }
};

TEST_F(AcceptedTest, WhatIsAcceptedIsDueWithItsGrace) {
  const auto day = SmallMarket::day;
  EXPECT_TRUE(in_force(market.book, made, {day(12), day(12)}));
  EXPECT_EQ(standing(day(30)), Standing::kPending);
  EXPECT_EQ(standing(day(31)), Standing::kInCure);
  EXPECT_EQ(standing(day(36)), Standing::kBreached);
}

TEST_F(AcceptedTest, IsKeptByDelivery) {
  EXPECT_EQ(market.capacity(stage, CapacityState::kAccepted, SmallMarket::day(29)), Reason::kNone);
  EXPECT_EQ(standing(SmallMarket::day(40)), Standing::kKept);
}

TEST_F(AcceptedTest, IsNotExcusedOrAmendedBeforeItsAcceptance) {
  const auto day = SmallMarket::day;
  Act act;
  act.until = day(50);
  act.clause = made;
  for (const ActKind kind : {ActKind::kExcuse, ActKind::kCustomerCaused, ActKind::kAmendDue}) {
    act.kind = kind;
    act.effective = day(12) - Duration{1};
    EXPECT_EQ(market.enter(act, day(20)), Reason::kNotNow);
    act.effective = day(12);
    EXPECT_EQ(market.enter(act, day(20)), Reason::kNone);
  }
}

TEST_F(AcceptedTest, BindsNotWhereAnEarlierReplyComesToBeKnown) {
  const auto day = SmallMarket::day;
  ASSERT_EQ(market.reply(ActKind::kDecline, "one", day(11), day(15)), Reason::kNone);
  EXPECT_TRUE(in_force(market.book, made, {day(13), day(14)}));
  EXPECT_FALSE(in_force(market.book, made, {day(16), day(16)}));
  EXPECT_EQ(standing(day(60)), Standing::kKept);
}

/// What is in acceptance from day 50 on is deemed accepted after 15 days.
struct DeemedTest : Slip {
  DeemedTest() {
    auto duty = std::get<clause::Tranche>(market.book.clause(tranche).terms);
    duty.deemed_acceptance = days(15);
    Clause newer = market.book.clause(tranche);
    newer.supersedes = {tranche};
    newer.terms = duty;
    market.add(newer);
    tranche = {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  }
};

TEST_F(DeemedTest, WhatIsInAcceptanceForLongEnoughIsDelivered) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kInAcceptance, day(115)), Reason::kNone);
  EXPECT_EQ(accepted_gpus(market.book, stage, {day(130) - Duration{1}, day(130)}), 0U);
  EXPECT_EQ(accepted_gpus(market.book, stage, {day(130), day(130)}), 400U);
  EXPECT_EQ(standing(day(129)), Standing::kInCure);
  EXPECT_EQ(standing(day(130)), Standing::kKept);
}

TEST_F(DeemedTest, AMicrosecondPastTheGraceIsLate) {
  ASSERT_EQ(market.capacity(stage, CapacityState::kInAcceptance, day(115) + Duration{1}),
            Reason::kNone);
  EXPECT_EQ(standing(day(130)), Standing::kInCure);
  EXPECT_EQ(standing(day(130) + Duration{1}), Standing::kBreached);
}

TEST_F(TrancheTest, WhatIsUsedEarlyIsNotDelivered) {
  auto duty = std::get<clause::Tranche>(market.book.clause(tranche).terms);
  duty.early_use = true;
  duty.early_uses = mask_of(Use::kResearch);
  Clause newer = market.book.clause(tranche);
  newer.from = newer.known = day(10);
  newer.supersedes = {tranche};
  newer.terms = duty;
  market.add(newer);
  ASSERT_EQ(market.capacity(stage, CapacityState::kInAcceptance, day(9)), Reason::kNone);
  const auto early_at = [&](Instant at) {
    return runs_of(market.book, stage, {at, at}).at(0).early_use;
  };
  EXPECT_FALSE(early_at(day(10) - Duration{1}));
  EXPECT_TRUE(early_at(day(10)));
  tranche = {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  EXPECT_EQ(standing(day(131)), Standing::kBreached);
}

}  // namespace
}  // namespace stargate::agreement
