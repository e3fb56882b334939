#include "agreement/offers.h"

#include <gtest/gtest.h>

#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;

struct OfferTest : testing::Test {
  SmallMarket market;
  ClauseId clause;
  OrderId order;

  OfferTest() {
    clause::FirstRefusal terms;
    terms.release_for = days(60);
    clause = market.clause(SmallMarket::kAzure, terms);
    order = market.order(SmallMarket::kOracle, kNever, {1'200, CapacityUnit::kGpus});
    Terms offered;
    offered.amount = {1'200, CapacityUnit::kGpus};
    offered.delivery = day(100);
    EXPECT_EQ(market.offer("one", order, clause, day(10), day(40), offered), Reason::kNone);
  }
  Offer at(Instant at, Instant known) const { return *find_offer(market.book, "one", {at, known}); }
  Offer at(Instant then) const { return at(then, then); }
};

TEST_F(OfferTest, IsOpenAtItsDeadlineAndLapsesJustAfter) {
  EXPECT_FALSE(find_offer(market.book, "one", {day(9), day(50)}));
  EXPECT_EQ(at(day(40)).state, OfferState::kOffered);
  const Offer lapsed = at(day(40) + Duration{1});
  EXPECT_EQ(lapsed.state, OfferState::kLapsed);
  EXPECT_EQ(lapsed.decided_at, day(40) + Duration{1});
  EXPECT_EQ(lapsed.released_until, day(100) + Duration{1});
  EXPECT_TRUE(lapsed.releases());
}

TEST_F(OfferTest, AReplyAtTheVeryDeadlineIsInTime) {
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(40), day(40)), Reason::kNone);
  EXPECT_EQ(at(day(41)).state, OfferState::kAccepted);
  EXPECT_FALSE(at(day(41)).releases());
}

TEST_F(OfferTest, AReplyAfterTheDeadlineComesTooLate) {
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(40) + Duration{1}, day(41)), Reason::kNotNow);
}

TEST_F(OfferTest, AReplyInTimeThatWasEnteredLateReopensTheLapse) {
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(39), day(45)), Reason::kNone);
  EXPECT_EQ(at(day(50), day(44)).state, OfferState::kLapsed);
  EXPECT_EQ(at(day(50), day(44)).reopened_at, kNever);
  EXPECT_EQ(at(day(50), day(45)).state, OfferState::kAccepted);
  EXPECT_EQ(at(day(50), day(45)).reopened_at, day(45));
}

TEST_F(OfferTest, ACounterLeavesItOpenUntilTheDeadline) {
  Terms half;
  half.amount = {600, CapacityUnit::kGpus};
  EXPECT_EQ(market.reply(ActKind::kCounter, "one", day(20), day(20), half), Reason::kNone);
  EXPECT_EQ(market.reply(ActKind::kCounter, "one", day(22), day(22), half), Reason::kNone);
  EXPECT_EQ(at(day(30)).state, OfferState::kCountered);
  EXPECT_EQ(at(day(30)).answer, half);
  EXPECT_EQ(at(day(41)).state, OfferState::kLapsed);
}

TEST_F(OfferTest, APartAcceptedDeclinesTheRest) {
  Terms half;
  half.amount = {600, CapacityUnit::kGpus};
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "one", day(20), day(20), half), Reason::kNone);
  EXPECT_EQ(at(day(20)).state, OfferState::kAcceptedInPart);
  EXPECT_TRUE(at(day(20)).releases());
  EXPECT_EQ(at(day(20)).rest.value, 600);
  EXPECT_EQ(at(day(20)).released_until, day(80));
  EXPECT_EQ(market.reply(ActKind::kDecline, "one", day(21), day(21)), Reason::kNotNow);
}

TEST_F(OfferTest, AnAcceptanceOfLessIsOfAPart) {
  Terms some;
  some.amount = {500, CapacityUnit::kGpus};
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(20), some), Reason::kNone);
  EXPECT_EQ(at(day(20)).state, OfferState::kAcceptedInPart);
  EXPECT_EQ(at(day(20)).rest.value, 700);
}

TEST_F(OfferTest, APartThatIsAllOfItAcceptsIt) {
  Terms all;
  all.amount = {1'200, CapacityUnit::kGpus};
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "one", day(20), day(20), all), Reason::kNone);
  EXPECT_EQ(at(day(20)).state, OfferState::kAccepted);
  EXPECT_FALSE(at(day(20)).releases());
}

TEST_F(OfferTest, NoMoreIsAcceptedThanWasOfferedAndInItsUnit) {
  Terms terms;
  terms.amount = {1'201, CapacityUnit::kGpus};
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "one", day(20), day(20), terms), Reason::kInvalid);
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(20), terms), Reason::kInvalid);
  terms.amount = {600, CapacityUnit::kItWatts};
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(20), terms), Reason::kInvalid);
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "one", day(20), day(20)), Reason::kInvalid);
}

TEST_F(OfferTest, OtherTermsAreACounterAndNoAcceptance) {
  Terms other;
  other.until = day(200);
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(20), other), Reason::kInvalid);
  other = {};
  other.has_price = true;
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(20), other), Reason::kInvalid);
}

TEST_F(OfferTest, WhatIsSignedIsNoMoreThanTheOrderAndNoLessThanItsStages) {
  market.stage(order, 200, {800, CapacityUnit::kGpus});
  Terms on;
  on.amount = {799, CapacityUnit::kGpus};
  EXPECT_EQ(market.sign(order, day(50), on), Reason::kInvalid);
  on.amount.value = 1'201;
  EXPECT_EQ(market.sign(order, day(50), on), Reason::kInvalid);
  on.amount.value = 800;
  EXPECT_EQ(market.sign(order, day(50), on), Reason::kNone);
}

TEST_F(OfferTest, PartsAddUpUntilAllIsAccepted) {
  clause::FirstRefusal terms;
  terms.partial_declines_rest = false;
  const ClauseId holds = market.clause(SmallMarket::kAzure, terms);
  Terms part;
  part.amount = {700, CapacityUnit::kGpus};
  EXPECT_EQ(market.offer("two", order, holds, day(10), day(40)), Reason::kNone);
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "two", day(20), day(20), part), Reason::kNone);
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "two", day(21), day(21), part), Reason::kInvalid);
  part.amount.value = 500;
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "two", day(22), day(22), part), Reason::kNone);
  const Offer offer = *find_offer(market.book, "two", {day(50), day(50)});
  EXPECT_EQ(offer.state, OfferState::kAccepted);
  EXPECT_EQ(offer.answer.amount.value, 1'200);
  EXPECT_EQ(offer.accepted.size(), 2U);
}

TEST_F(OfferTest, WhatIsTakenLaterIsNotOffTheRest) {
  Terms later;
  later.amount = {400, CapacityUnit::kGpus};
  later.delivery = day(280);
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(20), later), Reason::kNone);
  EXPECT_EQ(at(day(20)).left.value, 800);
  EXPECT_EQ(at(day(20)).rest.value, 1'200);
}

TEST_F(OfferTest, WhatMustBeStatedIsStated) {
  clause::FirstRefusal terms;
  terms.must_state = kStatesPrice | kStatesDelivery;
  const ClauseId strict = market.clause(SmallMarket::kAzure, terms);
  Terms on;
  on.delivery = day(100);
  EXPECT_EQ(missing_terms(terms, on), kStatesPrice);
  EXPECT_EQ(market.offer("two", order, strict, day(10), day(40), on), Reason::kInvalid);
  on.has_price = true;
  EXPECT_EQ(market.offer("two", order, strict, day(10), day(40), on), Reason::kNone);
}

TEST_F(OfferTest, AllOfItButLaterIsAPart) {
  Terms later;
  later.delivery = day(280);
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(20), day(20), later), Reason::kNone);
  EXPECT_EQ(at(day(20)).state, OfferState::kAcceptedInPart);
  EXPECT_TRUE(at(day(20)).releases());
}

TEST_F(OfferTest, WhatWasWithdrawnTakesNoReply) {
  EXPECT_EQ(market.reply(ActKind::kWithdraw, "one", day(12), day(12)), Reason::kNone);
  EXPECT_EQ(at(day(90)).state, OfferState::kWithdrawn);
  EXPECT_EQ(market.reply(ActKind::kAccept, "one", day(13), day(13)), Reason::kNotNow);
  EXPECT_EQ(market.reply(ActKind::kAccept, "none", day(13), day(13)), Reason::kUnknown);
}

TEST_F(OfferTest, ARestThatIsStillHeldIsReleasedAtTheDeadline) {
  clause::FirstRefusal terms;
  terms.partial_declines_rest = false;
  const ClauseId holds = market.clause(SmallMarket::kAzure, terms);
  EXPECT_EQ(market.offer("two", order, holds, day(10), day(40)), Reason::kNone);
  Terms part;
  part.amount = {100, CapacityUnit::kGpus};
  EXPECT_EQ(market.reply(ActKind::kAcceptPart, "two", day(20), day(20), part), Reason::kNone);
  EXPECT_FALSE(find_offer(market.book, "two", {day(40), day(40)})->releases());
  EXPECT_TRUE(find_offer(market.book, "two", {day(41), day(41)})->releases());
}

const Accelerator kKind{"gb200", "", 2'000, 1'600};

TEST(Terms, NoBetterIsNoDearerNoLaterAndNoMore) {
  Terms offered;
  offered.amount = {100, CapacityUnit::kGpus};
  offered.delivery = day(10);
  offered.has_price = true;
  offered.price.amount.micros = 5;
  EXPECT_EQ(better_by(offered, offered, kKind), nullptr);
  Terms terms = offered;
  terms.amount.value = 40;
  EXPECT_EQ(better_by(terms, offered, kKind), nullptr);
  terms.amount.value = 101;
  EXPECT_NE(better_by(terms, offered, kKind), nullptr);
  terms = offered;
  terms.delivery = day(11);
  EXPECT_NE(better_by(terms, offered, kKind), nullptr);
  terms = offered;
  terms.price.amount.micros = 6;
  EXPECT_NE(better_by(terms, offered, kKind), nullptr);
  terms.has_price = false;
  EXPECT_EQ(better_by(terms, offered, kKind), nullptr);
}

TEST(Terms, AmountsAreComparedByThePowerOfTheirKind) {
  Terms offered;
  offered.amount = {800, CapacityUnit::kGpus};
  Terms terms;
  terms.amount = {1'600'000, CapacityUnit::kFacilityWatts};
  EXPECT_EQ(better_by(terms, offered, kKind), nullptr);
  EXPECT_EQ(better_by(offered, terms, kKind), nullptr);
  ++terms.amount.value;
  EXPECT_STREQ(better_by(terms, offered, kKind), "for more");
  EXPECT_EQ(better_by(offered, terms, kKind), nullptr);
  terms.amount = {1'280'000, CapacityUnit::kItWatts};
  EXPECT_EQ(better_by(terms, offered, kKind), nullptr);
  EXPECT_STREQ(better_by(terms, offered, Accelerator{}), "for more") << "its power is not known";
}

TEST(Terms, NoBetterIsNoLongerThanWasOffered) {
  Terms offered;
  offered.until = day(365);
  Terms terms;
  terms.until = day(365);
  EXPECT_EQ(better_by(terms, offered, kKind), nullptr);
  terms.until = day(366);
  EXPECT_NE(better_by(terms, offered, kKind), nullptr);
  terms.until = kNever;
  EXPECT_NE(better_by(terms, offered, kKind), nullptr) << "no end is later than any";
  offered.until = kNever;
  EXPECT_EQ(better_by(terms, offered, kKind), nullptr) << "what is not offered is not compared";
}

}  // namespace
}  // namespace stargate::agreement
