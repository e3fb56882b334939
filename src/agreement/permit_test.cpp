#include "agreement/permit.h"

#include <gtest/gtest.h>

#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr PartyId kAzure = SmallMarket::kAzure;
constexpr PartyId kOracle = SmallMarket::kOracle;
constexpr PartyId kSelf = SmallMarket::kSelf;

struct PermitTest : testing::Test {
  SmallMarket market;

  Permission on(Use use, OrderId order, Instant at) const {
    return permit(market.book, SmallMarket::of(use), order, {at, at});
  }
  Permission fresh(Use use, PartyId supplier, Instant at) const {
    return permit_new(market.book, SmallMarket::of(use), supplier, {at, at});
  }
};

TEST_F(PermitTest, AnOrderIsUsedFromItsBeginningUntilItsEnd) {
  Order order;
  order.agreement = SmallMarket::with(kAzure);
  order.signed_at = order.known = day(1);
  order.from = day(5);
  order.until = day(9);
  order.uses = mask_of(Use::kApi);
  market.add(order);
  EXPECT_EQ(on(Use::kApi, {0}, day(4)).verdict, Verdict::kNotOrdered);
  EXPECT_EQ(on(Use::kApi, {0}, day(4)).until, day(5));
  EXPECT_EQ(on(Use::kApi, {0}, day(5)).verdict, Verdict::kPermitted);
  EXPECT_EQ(on(Use::kApi, {0}, day(5)).until, day(9));
  EXPECT_EQ(on(Use::kTraining, {0}, day(5)).verdict, Verdict::kNotOrdered);
  EXPECT_EQ(on(Use::kApi, {0}, day(9)).verdict, Verdict::kNotOrdered);
}

// The public course of events, in days: an exclusivity until 100, then a first refusal until 380 with
// the lab's own build left out, and the API kept with the holder throughout.
TEST_F(PermitTest, ATrainingRunAndAnApiOverTheYearsOfOneAgreement) {
  clause::Exclusive all;
  const ClauseId exclusive = market.clause(kAzure, all, day(0), day(100));
  clause::Exclusive api;
  api.uses = mask_of(Use::kApi);
  const ClauseId kept = market.clause(kAzure, api, day(100));
  clause::FirstRefusal refusal;
  refusal.uses = static_cast<UseMask>(kAnyUse & ~mask_of(Use::kApi));
  CarveOut own;
  own.own_build = true;
  refusal.carve_outs.push_back(own);
  const ClauseId first = market.clause(kAzure, refusal, day(100), day(380));

  EXPECT_EQ(fresh(Use::kTraining, kOracle, day(50)).verdict, Verdict::kForbidden);
  EXPECT_EQ(fresh(Use::kTraining, kOracle, day(50)).clause, exclusive);
  EXPECT_EQ(fresh(Use::kTraining, kAzure, day(50)).clause, exclusive);
  EXPECT_EQ(fresh(Use::kTraining, kAzure, day(50)).verdict, Verdict::kPermitted);
  EXPECT_EQ(fresh(Use::kTraining, kSelf, day(200)).verdict, Verdict::kPermitted);
  EXPECT_EQ(fresh(Use::kTraining, kSelf, day(200)).clause, first);
  const Permission third = fresh(Use::kTraining, kOracle, day(200));
  EXPECT_EQ(third.verdict, Verdict::kNeedsOffer);
  EXPECT_EQ(third.clause, first);
  EXPECT_EQ(third.until, day(380));
  EXPECT_EQ(fresh(Use::kTraining, kOracle, day(400)).verdict, Verdict::kPermitted);
  EXPECT_EQ(fresh(Use::kApi, kOracle, day(400)).clause, kept);
  EXPECT_EQ(fresh(Use::kApi, kOracle, day(400)).verdict, Verdict::kForbidden);
}

TEST_F(PermitTest, TwoExclusivitiesForOneUseForbidOnEveryPaperAndAreBothNamed) {
  const ClauseId one = market.clause(kAzure, clause::Exclusive{});
  const ClauseId two = market.clause(kOracle, clause::Exclusive{});
  for (const PartyId supplier : {kAzure, kOracle, kSelf}) {
    const Permission answer = fresh(Use::kApi, supplier, day(1));
    EXPECT_EQ(answer.verdict, Verdict::kForbidden);
    EXPECT_EQ(std::minmax(answer.clause, answer.against), std::minmax(one, two));
  }
}

TEST_F(PermitTest, AConsentStandsBesideAnExclusivity) {
  const ClauseId exclusive = market.clause(kAzure, clause::Exclusive{});
  const OrderId order = market.order(kOracle, day(5));
  EXPECT_EQ(on(Use::kTraining, order, day(6)).verdict, Verdict::kForbidden);
  Act act;
  act.kind = ActKind::kConsent;
  act.effective = day(7);
  act.order = order;
  act.clause = exclusive;
  EXPECT_EQ(market.enter(act, day(9)), Reason::kNone);
  EXPECT_EQ(permit(market.book, SmallMarket::of(Use::kTraining), order, {day(8), day(8)}).verdict,
            Verdict::kForbidden);
  const Permission known =
      permit(market.book, SmallMarket::of(Use::kTraining), order, {day(8), day(9)});
  EXPECT_EQ(known.verdict, Verdict::kPermitted);
  EXPECT_EQ(known.clause, exclusive);
}

TEST_F(PermitTest, AnOrderSignedAfterALapseStaysClearedWhenTheFirstRefusalHasEnded) {
  clause::FirstRefusal terms;
  terms.release_for = days(30);
  const ClauseId first = market.clause(kAzure, terms, day(0), day(100));
  const OrderId order = market.order(kOracle, kNever, {10, CapacityUnit::kGpus});
  const OrderId other = market.order(kOracle, day(20), {10, CapacityUnit::kGpus});
  EXPECT_EQ(market.offer("one", order, first, day(10), day(20)), Reason::kNone);
  EXPECT_EQ(on(Use::kApi, order, day(15)).verdict, Verdict::kNotOrdered);
  EXPECT_EQ(market.sign(order, day(21)), Reason::kNone);
  for (const std::int64_t at : {21, 99, 100, 300}) {
    EXPECT_EQ(on(Use::kApi, order, day(at)).verdict, Verdict::kPermitted) << at;
  }
  EXPECT_EQ(on(Use::kApi, order, day(21)).offer, "one");
  // One that was signed without an offer needs one, and is void when it can no longer be made.
  EXPECT_EQ(on(Use::kApi, other, day(99)).verdict, Verdict::kNeedsOffer);
  EXPECT_EQ(on(Use::kApi, other, day(99)).until, day(100));
  EXPECT_EQ(on(Use::kApi, other, day(100)).verdict, Verdict::kForbidden);
}

TEST_F(PermitTest, WhatWasReleasedIsSignedBeforeTheReleaseRunsOut) {
  clause::FirstRefusal terms;
  terms.release_for = days(30);
  const ClauseId first = market.clause(kAzure, terms);
  for (const std::int64_t late : {0, 1}) {
    const OrderId order = market.order(kOracle, kNever);
    const std::string name = "offer-" + std::to_string(late);
    const Instant made = day(10 + 100 * late);
    EXPECT_EQ(market.offer(name, order, first, made, made + days(20)), Reason::kNone);
    EXPECT_EQ(market.reply(ActKind::kDecline, name, made, made), Reason::kNone);
    const Instant signed_at = made + days(30) - Duration{1 - late};
    EXPECT_EQ(market.sign(order, signed_at), Reason::kNone);
    EXPECT_EQ(on(Use::kApi, order, signed_at).verdict,
              late == 0 ? Verdict::kPermitted : Verdict::kNeedsOffer);
  }
}

TEST_F(PermitTest, ALapseThatNeverWasReopensTheOrderThatReliedOnIt) {
  const ClauseId first = market.clause(kAzure, clause::FirstRefusal{});
  const OrderId order = market.order(kOracle, kNever);
  EXPECT_EQ(market.offer("one", order, first, day(10), day(20)), Reason::kNone);
  EXPECT_EQ(market.sign(order, day(21)), Reason::kNone);
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(25)), Reason::kNone);
  const auto as_known = [&](Instant known) {
    return permit(market.book, SmallMarket::of(Use::kApi), order, {day(30), known}).verdict;
  };
  EXPECT_EQ(as_known(day(24)), Verdict::kPermitted);
  EXPECT_EQ(as_known(day(25)), Verdict::kNeedsOffer);
}

TEST_F(PermitTest, ANoticeEndsEveryOrderOfItsAgreement) {
  const ClauseId leave = market.clause(kAzure, clause::Terminate{});
  const OrderId order = market.order(kAzure, day(1));
  Act act;
  act.kind = ActKind::kTerminate;
  act.effective = day(10);
  act.until = day(40);
  act.party = SmallMarket::kLab;
  act.clause = leave;
  EXPECT_EQ(market.enter(act), Reason::kNone);
  EXPECT_EQ(on(Use::kApi, order, day(39)).until, day(40));
  EXPECT_EQ(on(Use::kApi, order, day(40)).verdict, Verdict::kNotOrdered);
  EXPECT_EQ(on(Use::kApi, order, day(40)).clause, leave);
}

TEST_F(PermitTest, AVersionEndsWhatItSupersedesWhenItIsKnownAndHasBegun) {
  const ClauseId old = market.clause(kAzure, clause::Exclusive{});
  Clause newer;
  newer.agreement = SmallMarket::with(kAzure);
  newer.from = day(10);
  newer.known = day(20);
  newer.supersedes = {old};
  clause::Exclusive api;
  api.uses = mask_of(Use::kApi);
  newer.terms = api;
  market.add(newer);
  EXPECT_FALSE(in_force(market.book, old, {day(10), day(20)}));
  EXPECT_TRUE(in_force(market.book, old, {day(9), day(20)}));
  EXPECT_TRUE(in_force(market.book, old, {day(15), day(19)}));
  EXPECT_EQ(next_change(market.book, day(0)), day(10));
  EXPECT_EQ(next_change(market.book, day(10)), day(20));
}

}  // namespace
}  // namespace stargate::agreement
