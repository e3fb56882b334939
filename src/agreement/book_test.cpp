#include "agreement/book.h"

#include <gtest/gtest.h>

#include "agreement/permit.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr PartyId kAzure = SmallMarket::kAzure;

struct BookTest : testing::Test {
  SmallMarket market;

  /// A version that takes another's place, from a day on, known from a day on.
  ClauseId version(std::vector<ClauseId> supersedes, Instant from, Instant known,
                   UseMask uses = kAnyUse) {
    Clause made;
    made.agreement = SmallMarket::with(kAzure);
    made.from = from;
    made.known = known;
    made.supersedes = std::move(supersedes);
    clause::Exclusive terms;
    terms.uses = uses;
    made.terms = terms;
    market.add(made);
    return {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  }
  std::vector<ClauseId> in_force_at(Instant at, Instant known) const {
    std::vector<ClauseId> found;
    for (std::uint32_t i = 0; i < market.book.clauses().size(); ++i) {
      if (in_force(market.book, {i}, {at, known})) found.push_back({i});
    }
    return found;
  }
};

TEST_F(BookTest, OfAChainOfVersionsOneIsInForceOnEachDay) {
  const ClauseId first = version({}, day(0), day(0));
  const ClauseId second = version({first}, day(10), day(0));
  const ClauseId third = version({second}, day(20), day(0));
  const Instant late = day(99);
  EXPECT_EQ(in_force_at(day(10) - Duration{1}, late), std::vector{first});
  EXPECT_EQ(in_force_at(day(10), late), std::vector{second});
  EXPECT_EQ(in_force_at(day(20) - Duration{1}, late), std::vector{second});
  EXPECT_EQ(in_force_at(day(20), late), std::vector{third});
}

TEST_F(BookTest, WhatAVersionSupersededDoesNotReturnWhenItIsItselfSuperseded) {
  const ClauseId first = version({}, day(0), day(0));
  const ClauseId second = version({first}, day(10), day(0), mask_of(Use::kApi));
  const ClauseId third = version({second}, day(20), day(0), mask_of(Use::kTraining));
  EXPECT_EQ(in_force_at(day(30), day(30)), std::vector{third});
}

TEST_F(BookTest, OneVersionMayTakeThePlaceOfSeveral) {
  const ClauseId api = version({}, day(0), day(0), mask_of(Use::kApi));
  const ClauseId training = version({}, day(0), day(0), mask_of(Use::kTraining));
  const ClauseId both = version({api, training}, day(10), day(0));
  EXPECT_EQ(in_force_at(day(9), day(9)), (std::vector{api, training}));
  EXPECT_EQ(in_force_at(day(10), day(10)), std::vector{both});
}

TEST_F(BookTest, APastDayIsAskedAsItWasKnownThenAndAsItIsKnownNow) {
  const ClauseId first = version({}, day(0), day(0));
  const ClauseId second = version({first}, day(10), day(20));
  EXPECT_EQ(in_force_at(day(15), day(20) - Duration{1}), std::vector{first});
  EXPECT_EQ(in_force_at(day(15), day(20)), std::vector{second});
  EXPECT_EQ(in_force_at(day(9), day(20)), std::vector{first});
}

TEST_F(BookTest, AnEventEndsAClauseFromWhenItTookEffectOnceItIsKnown) {
  Clause made;
  made.agreement = SmallMarket::with(kAzure);
  made.from = made.known = day(0);
  made.until_event = "verified";
  made.terms = clause::Exclusive{};
  market.add(made);
  Act event;
  event.kind = ActKind::kEvent;
  event.effective = day(10);
  event.name = "verified";
  ASSERT_EQ(market.enter(event, day(30)), Reason::kNone);
  EXPECT_EQ(in_force_at(day(10), day(30) - Duration{1}).size(), 1U);
  EXPECT_EQ(in_force_at(day(10) - Duration{1}, day(30)).size(), 1U);
  EXPECT_TRUE(in_force_at(day(10), day(30)).empty());
}

TEST_F(BookTest, ActsCountFromTheInstantOfTheirEffectAndOfTheirEntry) {
  const OrderId order = market.order(kAzure, kNever);
  Act sign;
  sign.kind = ActKind::kSign;
  sign.effective = day(5);
  sign.order = order;
  ASSERT_EQ(market.enter(sign, day(8)), Reason::kNone);
  const Entry& entry = market.book.entry({0});
  EXPECT_TRUE(counts(entry, {day(5), day(8)}));
  EXPECT_FALSE(counts(entry, {day(5) - Duration{1}, day(8)}));
  EXPECT_FALSE(counts(entry, {day(5), day(8) - Duration{1}}));
}

TEST_F(BookTest, OfActsOfOneInstantTheOrderOfEntryDecides) {
  const StageId stage = market.stage(market.order(kAzure, day(0)), 1);
  ASSERT_EQ(market.capacity(stage, CapacityState::kInstalled, day(9)), Reason::kNone);
  Act back;
  back.kind = ActKind::kCapacity;
  back.effective = day(4);
  back.stage = stage;
  back.state = CapacityState::kSecured;
  ASSERT_EQ(market.enter(back, day(10)), Reason::kNone);
  EXPECT_EQ(in_effect(market.book, market.book.acts_of(stage), {day(10), day(10)}),
            (std::vector<ActId>{{1}, {0}}));
}

TEST_F(BookTest, WhatDoesNotFitIsRefused) {
  Clause made;
  made.agreement = {9};
  made.from = made.known = day(0);
  EXPECT_EQ(market.book.check(made), Reason::kUnknown);
  made.agreement = {0};
  made.supersedes = {{0}};
  EXPECT_EQ(market.book.check(made), Reason::kUnknown) << "a clause comes after what it supersedes";
  made.supersedes.clear();
  made.from = kNever;
  EXPECT_EQ(market.book.check(made), Reason::kInvalid);
  Ranking ranking{"r", kNo<PartyId>, kAnyUse, {Criterion::kFaster, Criterion::kFaster}};
  EXPECT_EQ(market.book.check(ranking), Reason::kInvalid) << "a criterion twice";
  ranking.criteria.pop_back();
  EXPECT_EQ(market.book.check(ranking), Reason::kNone);
  ranking.lab = {99};
  EXPECT_EQ(market.book.check(ranking), Reason::kUnknown);
  ranking = {"r", kNo<PartyId>, kAnyUse, {}};
  EXPECT_EQ(market.book.check(ranking), Reason::kInvalid);
}

}  // namespace
}  // namespace stargate::agreement
