#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "agreement/permit.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr PartyId kAzure = SmallMarket::kAzure;

/// The site of every order is in the US.
struct LocaleTest : testing::Test {
  SmallMarket market;
  clause::Locale terms;
  ClauseId clause;
  OrderId order = market.order(kAzure, day(0));

  void agree(Instant from = day(0), Instant until = kNever) {
    clause = market.clause(kAzure, terms, from, until);
  }
  Verdict on(OrderId where, Instant at, Use use = Use::kTraining) const {
    return permit(market.book, SmallMarket::of(use), where, {at, at}).verdict;
  }
};

TEST_F(LocaleTest, ForbidsOtherPlacesFromItsFirstInstantToItsLast) {
  terms.jurisdictions = {"AE"};
  agree(day(5), day(10));
  EXPECT_EQ(on(order, day(5) - Duration{1}), Verdict::kPermitted);
  EXPECT_EQ(on(order, day(5)), Verdict::kForbidden);
  EXPECT_EQ(on(order, day(10) - Duration{1}), Verdict::kForbidden);
  EXPECT_EQ(on(order, day(10)), Verdict::kPermitted);
}

TEST_F(LocaleTest, IsForItsUsesOnTheOrdersOfItsOwnAgreement) {
  terms.jurisdictions = {"AE"};
  terms.uses = mask_of(Use::kApi);
  agree();
  EXPECT_EQ(on(order, day(1), Use::kApi), Verdict::kForbidden);
  EXPECT_EQ(on(order, day(1), Use::kTraining), Verdict::kPermitted);
  const OrderId other = market.order(SmallMarket::kOracle, day(0));
  EXPECT_EQ(on(other, day(1), Use::kApi), Verdict::kPermitted);
}

TEST_F(LocaleTest, AnyOfItsPlacesWillDo) {
  terms.jurisdictions = {"AE", "US"};
  agree();
  EXPECT_EQ(on(order, day(1)), Verdict::kPermitted);
}

/// 100 GPUs of gb200 are licensed in the US.
struct LicenceTest : LocaleTest {
  LicenceTest() {
    terms.jurisdictions = {"US"};
    terms.accelerator = "gb200";
    terms.max_units = 100;
  }
  Judgement judged(const std::vector<UseRecord>& use, Instant at = day(50)) const {
    return judge(market.book, clause, use, {at, at});
  }
  UseRecord use(std::uint64_t gpus, std::int64_t from, std::int64_t until) const {
    return {order, Use::kTraining, day(from), day(until), gpus};
  }
};

TEST_F(LicenceTest, AsManyAsAreLicensedMayRunAtOnce) {
  agree();
  EXPECT_EQ(judged({use(60, 1, 5), use(40, 3, 9), use(60, 5, 9)}).standing, Standing::kKept);
  const Judgement over = judged({use(60, 1, 5), use(40, 3, 9), use(1, 4, 5)});
  EXPECT_EQ(over.standing, Standing::kBreached);
  EXPECT_EQ(over.since, day(4));
  EXPECT_EQ(over.why, "More GPUs were used in US than licensed.");
  EXPECT_EQ(judged({use(101, 4, 5)}, day(4) - Duration{1}).standing, Standing::kKept);
}

TEST_F(LicenceTest, OrdersOfOneAgreementCountTogetherAndOthersDoNot) {
  agree();
  UseRecord more = use(50, 1, 9);
  more.order = market.order(kAzure, day(0));
  EXPECT_EQ(judged({use(60, 1, 5), more}).standing, Standing::kBreached);
  more.order = market.order(SmallMarket::kOracle, day(0));
  EXPECT_EQ(judged({use(60, 1, 5), more}).standing, Standing::kKept);
}

TEST_F(LicenceTest, OtherKindsAndOtherUsesDoNotCount) {
  terms.accelerator = "gb300";
  agree();
  EXPECT_EQ(judged({use(200, 1, 5)}).standing, Standing::kKept);
  terms.accelerator.clear();
  terms.uses = mask_of(Use::kApi);
  agree();
  EXPECT_EQ(judged({use(200, 1, 5)}).standing, Standing::kKept);
}

TEST_F(LicenceTest, WhatRunsWhenTheClauseBeginsCountsFromThen) {
  agree(day(3), day(6));
  EXPECT_EQ(judged({use(200, 1, 9)}).since, day(3));
  EXPECT_EQ(judged({use(200, 1, 3)}).standing, Standing::kKept);
  EXPECT_EQ(judged({use(200, 6, 9)}).standing, Standing::kKept);
}

}  // namespace
}  // namespace stargate::agreement
