#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "agreement/offers.h"
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
  offer(terms_of(8));
  ASSERT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
  EXPECT_EQ(after_signing(day(13), terms_of(9)), Verdict::kNeedsOffer);
}

/// Offered until a day, or for a delivery, and ordered for longer or from later on.
struct OtherDatesTest : FirstRefusalTest {
  /// An order from a day, until a day.
  void agree_on(Instant from, Instant until) {
    clause = market.clause(kAzure, terms, day(5));
    Order made;
    made.name = "order";
    made.agreement = SmallMarket::with(kOracle);
    made.amount = {10, CapacityUnit::kGpus};
    made.signed_at = kNever;
    made.from = from;
    made.until = until;
    market.add(made);
    order = {0};
  }
  Verdict declined(Terms offered) {
    offer(offered);
    EXPECT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
    return after_signing(day(13));
  }
  static Terms until(Instant end) {
    Terms on = terms_of(10);
    on.until = end;
    return on;
  }
  static Terms delivered(Instant at) {
    Terms on = terms_of(10);
    on.delivery = at;
    return on;
  }
};

TEST_F(OtherDatesTest, AnOrderThatEndsWhenItWasOfferedIsReleased) {
  agree_on(day(13), day(378));
  EXPECT_EQ(declined(until(day(378))), Verdict::kPermitted);
}

TEST_F(OtherDatesTest, AnOrderForLongerThanWasOfferedIsNotAndBreachesTheClause) {
  agree_on(day(13), day(5 * 365));
  EXPECT_EQ(declined(until(day(378))), Verdict::kNeedsOffer);
  EXPECT_EQ(judge(market.book, clause, {}, {day(90), day(90)}).standing, Standing::kBreached);
}

TEST_F(OtherDatesTest, AnOrderWithoutAnEndIsLongerThanAny) {
  agree_on(day(13), kNever);
  EXPECT_EQ(declined(until(day(378))), Verdict::kNeedsOffer);
}

TEST_F(OtherDatesTest, AnOrderThatBeginsAfterTheDeliveryOfferedIsNotReleased) {
  agree_on(day(80), kNever);
  EXPECT_EQ(declined(delivered(day(79))), Verdict::kNeedsOffer);
}

TEST_F(OtherDatesTest, AnOrderThatBeginsByTheDeliveryOfferedIs) {
  agree_on(day(80), kNever);
  EXPECT_EQ(declined(delivered(day(80))), Verdict::kPermitted);
}

TEST_F(OtherDatesTest, OneThatIsSignedAfterTheDeliveryOfferedBeginsLater) {
  agree_on(day(0), kNever);
  EXPECT_EQ(declined(delivered(day(12))), Verdict::kNeedsOffer);
  EXPECT_EQ(judge(market.book, clause, {}, {day(90), day(90)}).why,
            "The order order was signed for a later delivery than was offered to azure.");
}

/// Offered at $2, declined, and signed without a price under a rate: what is billed is the price.
struct BilledTest : FirstRefusalTest {
  Verdict after_signing_under(std::int64_t dollars) {
    agree();
    clause::Rate rate;
    rate.price = {SmallMarket::dollars(dollars)};
    market.clause(kOracle, rate);
    Terms on = terms_of(10);
    on.has_price = true;
    on.price = {SmallMarket::dollars(2)};
    offer(on);
    EXPECT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
    return after_signing(day(13));
  }
};

TEST_F(BilledTest, ThatIsAboveThePriceOfferedIsAHigherPrice) {
  EXPECT_EQ(after_signing_under(3), Verdict::kNeedsOffer);
  EXPECT_EQ(why_void(market.book, clause, order, {day(90), day(90)}),
            "was signed at a higher price than was offered to azure");
}

TEST_F(BilledTest, ThatIsThePriceOfferedIsNot) {
  EXPECT_EQ(after_signing_under(2), Verdict::kPermitted);
}

TEST_F(OtherDatesTest, WhatIsSignedEndsWhenTheOrderDoes) {
  agree_on(day(13), day(378));
  EXPECT_EQ(market.sign(order, day(13), until(day(377))), Reason::kInvalid);
  EXPECT_EQ(market.sign(order, day(13), until(day(378))), Reason::kNone);
}

TEST_F(FirstRefusalTest, StagesCountInTheUnitOfWhatIsSigned) {
  agree();
  order = market.order(kOracle, kNever, {1'000'000, CapacityUnit::kFacilityWatts});
  market.stage(order, 100, {400, CapacityUnit::kGpus});  // 400 GPUs of 2 kW
  Terms on;
  on.amount = {799'999, CapacityUnit::kFacilityWatts};
  EXPECT_EQ(market.sign(order, day(13), on), Reason::kInvalid);
  on.amount.value = 800'000;
  EXPECT_EQ(market.sign(order, day(13), on), Reason::kNone);
}

TEST_F(FirstRefusalTest, APartThatDoesNotDeclineTheRestHoldsItUntilTheDeadline) {
  terms.partial_declines_rest = false;
  agree();
  offer();
  ASSERT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12), terms_of(4)),
            Reason::kNone);
  EXPECT_EQ(after_signing(day(20)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, APartThatDeclinesTheRestReleasesItAtOnce) {
  agree();
  offer();
  ASSERT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12), terms_of(4)),
            Reason::kNone);
  EXPECT_EQ(after_signing(day(12), terms_of(6)), Verdict::kPermitted);
}

TEST_F(FirstRefusalTest, APartIsRefusedWhereTheClauseAllowsNone) {
  terms.partial_allowed = false;
  agree();
  offer();
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12), terms_of(4)),
            Reason::kInvalid);
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(12), day(12), terms_of(4)), Reason::kInvalid);
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(12), day(12)), Reason::kNone);
}

TEST_F(FirstRefusalTest, WhatTheHolderTookIsNotReleased) {
  agree();
  offer(terms_of(10));
  ASSERT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12), terms_of(4)),
            Reason::kNone);
  EXPECT_EQ(after_signing(day(13), terms_of(7)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, ARestThatIsAllThatIsSignedIsReleased) {
  agree();
  offer(terms_of(10));
  ASSERT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12), terms_of(4)),
            Reason::kNone);
  EXPECT_EQ(after_signing(day(13), terms_of(6)), Verdict::kPermitted);
}

TEST_F(FirstRefusalTest, AnAcceptanceEndsTheReleaseOfAnOfferBefore) {
  agree();
  offer(terms_of(10));
  ASSERT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
  ASSERT_EQ(market.offer("two", order, clause, day(13), day(23), terms_of(10)), Reason::kNone);
  ASSERT_EQ(market.reply(ActKind::kAccept, "two", day(14), day(14)), Reason::kNone);
  EXPECT_EQ(after_signing(day(15)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, APartOfALaterOfferIsOffTheReleaseOfOneBefore) {
  agree();
  offer(terms_of(10));
  ASSERT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
  ASSERT_EQ(market.offer("two", order, clause, day(13), day(23), terms_of(10)), Reason::kNone);
  ASSERT_EQ(market.reply(ActKind::kAcceptPart, "two", day(14), day(14), terms_of(4)),
            Reason::kNone);
  EXPECT_EQ(after_signing(day(15), terms_of(7)), Verdict::kNeedsOffer);
}

TEST_F(FirstRefusalTest, APartTakenBeforeAnOfferIsNotOffIt) {
  agree();
  offer(terms_of(10));
  ASSERT_EQ(market.reply(ActKind::kAcceptPart, "one", day(12), day(12), terms_of(4)),
            Reason::kNone);
  ASSERT_EQ(market.offer("two", order, clause, day(13), day(23), terms_of(6)), Reason::kNone);
  ASSERT_EQ(market.reply(ActKind::kDecline, "two", day(14), day(14)), Reason::kNone);
  EXPECT_EQ(after_signing(day(15), terms_of(6)), Verdict::kPermitted);
}

TEST_F(FirstRefusalTest, AnOrderSignedWithoutAnOfferBreachesIt) {
  agree();
  const auto standing = [&](Instant at) {
    return judge(market.book, clause, {}, {at, at}).standing;
  };
  EXPECT_EQ(after_signing(day(30)), Verdict::kNeedsOffer);
  EXPECT_EQ(standing(day(30) - Duration{1}), Standing::kKept);
  EXPECT_EQ(standing(day(30)), Standing::kBreached);
}

TEST_F(FirstRefusalTest, AnOrderThatWasReleasedKeepsIt) {
  agree();
  offer();
  ASSERT_EQ(market.reply(ActKind::kDecline, "one", day(12), day(12)), Reason::kNone);
  EXPECT_EQ(after_signing(day(13)), Verdict::kPermitted);
  EXPECT_EQ(judge(market.book, clause, {}, {day(60), day(60)}).standing, Standing::kKept);
}

TEST_F(FirstRefusalTest, AnOrderThatIsCarvedOutForSomeUsesKeepsIt) {
  CarveOut part;
  part.uses = mask_of(Use::kResearch);
  terms.carve_outs = {part};
  agree();
  EXPECT_EQ(after_signing(day(30)), Verdict::kNeedsOffer);
  EXPECT_EQ(judge(market.book, clause, {}, {day(60), day(60)}).standing, Standing::kKept);
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
