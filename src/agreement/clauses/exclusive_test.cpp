#include <gtest/gtest.h>

#include "agreement/clauses/demand.h"
#include "agreement/judge.h"
#include "agreement/permit.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr PartyId kAzure = SmallMarket::kAzure;
constexpr PartyId kOracle = SmallMarket::kOracle;

struct ExclusiveTest : testing::Test {
  SmallMarket market;
  clause::Exclusive terms;

  Verdict on(OrderId order, Instant at, Use use = Use::kTraining) const {
    return permit(market.book, SmallMarket::of(use), order, {at, at}).verdict;
  }
};

TEST_F(ExclusiveTest, ForbidsFromItsFirstInstantToItsLast) {
  market.clause(kAzure, terms, day(5), day(10));
  const OrderId order = market.order(kOracle, day(0));
  EXPECT_EQ(on(order, day(5) - Duration{1}), Verdict::kPermitted);
  EXPECT_EQ(on(order, day(5)), Verdict::kForbidden);
  EXPECT_EQ(on(order, day(10) - Duration{1}), Verdict::kForbidden);
  EXPECT_EQ(on(order, day(10)), Verdict::kPermitted);
}

TEST_F(ExclusiveTest, IsForItsUsesAlone) {
  terms.uses = mask_of(Use::kApi);
  market.clause(kAzure, terms);
  const OrderId order = market.order(kOracle, day(0));
  EXPECT_EQ(on(order, day(1), Use::kApi), Verdict::kForbidden);
  EXPECT_EQ(on(order, day(1), Use::kTraining), Verdict::kPermitted);
}

TEST_F(ExclusiveTest, OfNewCapacityLeavesOutWhatWasSignedBeforeItBegan) {
  terms.new_capacity_only = true;
  market.clause(kAzure, terms, day(5));
  EXPECT_EQ(on(market.order(kOracle, day(5) - Duration{1}), day(6)), Verdict::kPermitted);
  EXPECT_EQ(on(market.order(kOracle, day(5)), day(6)), Verdict::kForbidden);
}

TEST_F(ExclusiveTest, IsBrokenByTheFirstUseElsewhere) {
  const ClauseId clause = market.clause(kAzure, terms, day(0), day(10));
  const OrderId order = market.order(kOracle, day(0));
  const UseRecord use[] = {{order, Use::kApi, day(12), day(13), 8},
                           {order, Use::kApi, day(6), day(7), 8},
                           {order, Use::kApi, day(5), day(7), 8}};
  EXPECT_EQ(judge(market.book, clause, use, {day(20), day(20)}).since, day(5));
  EXPECT_EQ(judge(market.book, clause, use, {day(4), day(4)}).standing, Standing::kKept);
}

struct CarveOutTest : ExclusiveTest {
  Verdict with(const CarveOut& part, PartyId supplier, Instant signed_at,
               Use use = Use::kTraining) {
    SmallMarket fresh;
    terms.carve_outs = {part};
    fresh.clause(kAzure, terms);
    const OrderId order = fresh.order(supplier, signed_at);
    return permit(fresh.book, SmallMarket::of(use), order, {day(50), day(50)}).verdict;
  }
};

TEST_F(CarveOutTest, EachPartRestrictsIt) {
  CarveOut part;
  part.uses = mask_of(Use::kTraining);
  part.supplier = kOracle;
  part.order = {0};
  part.site = {0};
  EXPECT_EQ(with(part, kOracle, day(1)), Verdict::kPermitted);
  EXPECT_EQ(with(part, kOracle, day(1), Use::kApi), Verdict::kForbidden);
  EXPECT_EQ(with(part, SmallMarket::kSelf, day(1)), Verdict::kForbidden);
  part.order = {1};
  EXPECT_EQ(with(part, kOracle, day(1)), Verdict::kForbidden);
}

TEST_F(CarveOutTest, OwnBuildIsOnTheCustomersOwnPaper) {
  CarveOut part;
  part.own_build = true;
  EXPECT_EQ(with(part, SmallMarket::kSelf, day(1)), Verdict::kPermitted);
  EXPECT_EQ(with(part, kOracle, day(1)), Verdict::kForbidden);
}

TEST_F(CarveOutTest, IsForOrdersSignedFromItsFirstInstantAndBeforeItsLast) {
  CarveOut part;
  part.from = day(10);
  part.until = day(20);
  EXPECT_EQ(with(part, kOracle, day(10) - Duration{1}), Verdict::kForbidden);
  EXPECT_EQ(with(part, kOracle, day(10)), Verdict::kPermitted);
  EXPECT_EQ(with(part, kOracle, day(20) - Duration{1}), Verdict::kPermitted);
  EXPECT_EQ(with(part, kOracle, day(20)), Verdict::kForbidden);
}

/// 100 GPUs were asked for on day 10; they are due 30 days later, and the answer 20 days later.
struct SupplyDutyTest : ExclusiveTest {
  ClauseId clause;

  void agree() {
    terms.has_supply_duty = true;
    terms.supply_duty.notice = days(30);
    terms.supply_duty.respond_within = days(20);
    clause = market.clause(kAzure, terms);
    ASSERT_EQ(say(ActKind::kDemandNotice, 100, day(10)), Reason::kNone);
  }
  Reason say(ActKind kind, std::int64_t gpus, Instant at) {
    Act act;
    act.kind = kind;
    act.effective = at;
    act.clause = clause;
    act.terms.amount = {gpus, CapacityUnit::kGpus};
    return market.enter(act);
  }
  OrderId ordered(std::int64_t gpus, Instant signed_at) {
    return ordered(gpus, signed_at, signed_at);
  }
  OrderId ordered(std::int64_t gpus, Instant signed_at, Instant cleared_at) {
    Order order;
    order.agreement = SmallMarket::with(kOracle);
    order.amount = {gpus, CapacityUnit::kGpus};
    order.signed_at = signed_at;
    order.cleared_at = order.known = cleared_at;
    order.clearance = Clearance::kUnmetDemand;
    order.cleared_of = clause;
    market.add(order);
    return {static_cast<std::uint32_t>(market.book.orders().size() - 1)};
  }
};

TEST_F(SupplyDutyTest, AReplyReleasesWhatItLeavesUnmet) {
  agree();
  ASSERT_EQ(say(ActKind::kSupplyReply, 40, day(15)), Reason::kNone);
  EXPECT_EQ(on(ordered(60, day(15)), day(60)), Verdict::kPermitted);
  EXPECT_EQ(on(ordered(61, day(15)), day(60)), Verdict::kForbidden);
  EXPECT_EQ(on(ordered(60, day(15) - Duration{1}), day(60)), Verdict::kForbidden);
}

TEST_F(SupplyDutyTest, OfAnOrderCountsWhatWasSigned) {
  agree();
  ASSERT_EQ(say(ActKind::kSupplyReply, 40, day(15)), Reason::kNone);
  Terms terms_signed;
  terms_signed.amount = {60, CapacityUnit::kGpus};
  const OrderId less = ordered(100, kNever, day(15));
  ASSERT_EQ(market.sign(less, day(20), terms_signed), Reason::kNone);
  EXPECT_EQ(on(less, day(60)), Verdict::kPermitted);
  terms_signed.amount.value = 61;
  const OrderId more = ordered(100, kNever, day(15));
  ASSERT_EQ(market.sign(more, day(20), terms_signed), Reason::kNone);
  EXPECT_EQ(on(more, day(60)), Verdict::kForbidden);
}

TEST_F(SupplyDutyTest, NothingRunsElsewhereBeforeTheDemandIsDue) {
  agree();
  ASSERT_EQ(say(ActKind::kSupplyReply, 0, day(15)), Reason::kNone);
  const OrderId order = ordered(100, day(15));
  EXPECT_EQ(on(order, day(40) - Duration{1}), Verdict::kForbidden);
  EXPECT_EQ(on(order, day(40)), Verdict::kPermitted);
  EXPECT_EQ(next_change(market.book, day(40) - Duration{1}), day(40));
}

TEST_F(SupplyDutyTest, AReplyOnTheDeadlineCountsAndALaterOneDoesNot) {
  agree();
  ASSERT_EQ(say(ActKind::kSupplyReply, 100, day(30)), Reason::kNone);
  EXPECT_EQ(on(ordered(100, day(31)), day(60)), Verdict::kForbidden);
  EXPECT_EQ(demands(market.book, clause, {day(60), day(60)})[0].unmet.value, 0);
}

TEST_F(SupplyDutyTest, WithoutAReplyInTimeAllOfItIsReleasedJustAfterTheDeadline) {
  agree();
  ASSERT_EQ(say(ActKind::kSupplyReply, 100, day(30) + Duration{1}), Reason::kNone);
  EXPECT_EQ(on(ordered(100, day(30)), day(60)), Verdict::kForbidden);
  EXPECT_EQ(on(ordered(100, day(30) + Duration{1}), day(60)), Verdict::kPermitted);
}

TEST_F(SupplyDutyTest, WhatIsNotReleasedStaysForbidden) {
  terms.supply_duty.released_for_unmet = false;
  agree();
  ASSERT_EQ(say(ActKind::kSupplyReply, 0, day(15)), Reason::kNone);
  EXPECT_EQ(on(ordered(10, day(20)), day(60)), Verdict::kForbidden);
}

}  // namespace
}  // namespace stargate::agreement
