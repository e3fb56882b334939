#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "agreement/permit.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr PartyId kAzure = SmallMarket::kAzure;
constexpr PartyId kOracle = SmallMarket::kOracle;

/// An order with another is offered on day 10, to be answered by day 20; released for 30 days.
struct FirstRefusalTest : testing::Test {
  SmallMarket market;
  clause::FirstRefusal terms;
  ClauseId clause;
  OrderId order;

  FirstRefusalTest() { terms.release_for = days(30); }
  void agree(Instant until = kNever) {
    clause = market.clause(kAzure, terms, day(5), until);
    order = market.order(kOracle, kNever, {10, CapacityUnit::kGpus});
  }
  static Terms terms_of(std::int64_t gpus) {
    Terms on;
    on.amount = {gpus, CapacityUnit::kGpus};
    return on;
  }
  void offer(Terms on = {}) {
    ASSERT_EQ(market.offer("one", order, clause, day(10), day(20), on), Reason::kNone);
  }
  Verdict after_signing(Instant at, Terms on = {}) {
    EXPECT_EQ(market.sign(order, at, on), Reason::kNone);
    return permit(market.book, SmallMarket::of(Use::kTraining), order, {day(90), day(90)}).verdict;
  }
};

TEST_F(FirstRefusalTest, BindsOrdersSignedFromItsFirstInstantAndBeforeItsLast) {
  agree(day(50));
  const auto verdict = [&](Instant signed_at) {
    const OrderId other = market.order(kOracle, signed_at);
    return permit(market.book, SmallMarket::of(Use::kTraining), other, {day(60), day(60)}).verdict;
  };
  EXPECT_EQ(verdict(day(5) - Duration{1}), Verdict::kPermitted);
  EXPECT_EQ(verdict(day(5)), Verdict::kForbidden) << "the offer can no longer be made";
  EXPECT_EQ(verdict(day(50) - Duration{1}), Verdict::kForbidden);
  EXPECT_EQ(verdict(day(50)), Verdict::kPermitted);
}

TEST_F(FirstRefusalTest, AnAcceptanceOnTheDeadlineIsInTime) {
  agree();
  offer();
  ASSERT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(20)), Reason::kNone);
  EXPECT_EQ(after_signing(day(21)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, AnOfferLapsesJustAfterItsDeadline) {
  agree();
  offer();
  EXPECT_EQ(after_signing(day(20)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, ALapsedOfferReleasesFromThatInstant) {
  agree();
  offer();
  EXPECT_EQ(after_signing(day(20) + Duration{1}), Verdict::kPermitted);
}

TEST_F(FirstRefusalTest, AReleaseEndsAfterItsTime) {
  agree();
  offer();
  ASSERT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
  EXPECT_EQ(after_signing(day(42)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, AReleaseLastsUntilJustBeforeItsEnd) {
  agree();
  offer();
  ASSERT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
  EXPECT_EQ(after_signing(day(42) - Duration{1}), Verdict::kPermitted);
}

TEST_F(FirstRefusalTest, AReleaseIsForTermsNoBetterForTheThirdParty) {
  agree();
  offer(terms_of(10));
  ASSERT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
  EXPECT_EQ(after_signing(day(13), terms_of(11)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, APartThatDoesNotDeclineTheRestHoldsItUntilTheDeadline) {
  terms.partial_declines_rest = false;
  agree();
  offer();
  ASSERT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12)), Reason::kNone);
  EXPECT_EQ(after_signing(day(20)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, APartThatDeclinesTheRestReleasesItAtOnce) {
  agree();
  offer();
  ASSERT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12)), Reason::kNone);
  EXPECT_EQ(after_signing(day(12)), Verdict::kPermitted);
}

TEST_F(FirstRefusalTest, APartIsRefusedWhereTheClauseAllowsNone) {
  terms.partial_allowed = false;
  agree();
  offer();
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12)), Reason::kInvalid);
}

TEST_F(FirstRefusalTest, ACarveOutNeedsNoOffer) {
  CarveOut part;
  part.supplier = kOracle;
  terms.carve_outs = {part};
  agree();
  EXPECT_EQ(after_signing(day(30)), Verdict::kPermitted);
}

}  // namespace
}  // namespace stargate::agreement
