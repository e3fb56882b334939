#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "agreement/permit.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr PartyId kAzure = SmallMarket::kAzure;

struct FirstShipTest : testing::Test {
  SmallMarket market;
  clause::FirstShip terms;
  OrderId elsewhere = market.order(SmallMarket::kOracle, day(0));

  Verdict at(Instant at, Use use = Use::kFirstPartyProduct) const {
    return permit(market.book, SmallMarket::of(use), elsewhere, {at, at}).verdict;
  }
  Reason say(ActKind kind, Instant at, PartyId party = kAzure, const char* product = "chat") {
    Act act;
    act.kind = kind;
    act.effective = at;
    act.party = party;
    act.name = product;
    return market.enter(act);
  }
};

TEST_F(FirstShipTest, HoldsAProductToItsPaperFromItsFirstInstantToItsLast) {
  market.clause(kAzure, terms, day(5), day(10));
  EXPECT_EQ(at(day(5) - Duration{1}), Verdict::kPermitted);
  EXPECT_EQ(at(day(5)), Verdict::kForbidden);
  EXPECT_EQ(at(day(10) - Duration{1}), Verdict::kForbidden);
  EXPECT_EQ(at(day(10)), Verdict::kPermitted);
}

TEST_F(FirstShipTest, WorkThatIsNoProductAndOtherUsesAreFree) {
  terms.uses = mask_of(Use::kApi);
  market.clause(kAzure, terms);
  EXPECT_EQ(at(day(1)), Verdict::kPermitted);
  EXPECT_EQ(at(day(1), Use::kApi), Verdict::kPermitted) << "no product";
}

TEST_F(FirstShipTest, OnceItShippedThereItRunsAnywhereFromThatInstant) {
  market.clause(kAzure, terms);
  ASSERT_EQ(say(ActKind::kShipped, day(3), SmallMarket::kOracle), Reason::kNone);
  ASSERT_EQ(say(ActKind::kShipped, day(4), kAzure, "other"), Reason::kNone);
  ASSERT_EQ(say(ActKind::kShipped, day(8)), Reason::kNone);
  EXPECT_EQ(at(day(8) - Duration{1}), Verdict::kForbidden);
  EXPECT_EQ(at(day(8)), Verdict::kPermitted);
}

TEST_F(FirstShipTest, IsReleasedWhenTheHolderBothCannotAndDeclines) {
  market.clause(kAzure, terms);
  ASSERT_EQ(say(ActKind::kDeclinesSupport, day(3)), Reason::kNone);
  EXPECT_EQ(at(day(4)), Verdict::kForbidden);
  ASSERT_EQ(say(ActKind::kCannot, day(6)), Reason::kNone);
  EXPECT_EQ(at(day(6)), Verdict::kPermitted);
}

TEST_F(FirstShipTest, IsNotReleasedWhereTheClauseDoesNotSaySo) {
  terms.released_if_cannot_and_declines = false;
  market.clause(kAzure, terms);
  ASSERT_EQ(say(ActKind::kCannot, day(3)), Reason::kNone);
  ASSERT_EQ(say(ActKind::kDeclinesSupport, day(3)), Reason::kNone);
  EXPECT_EQ(at(day(4)), Verdict::kForbidden);
}

}  // namespace
}  // namespace stargate::agreement
