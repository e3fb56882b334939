// What an acceptance makes is priced as it was offered.

#include <gtest/gtest.h>

#include "agreement/judge.h"
#include "agreement/offers.h"
#include "agreement/price.h"
#include "oracle/small_market.h"

namespace stargate::agreement {
namespace {

using oracle::SmallMarket;

constexpr auto day = SmallMarket::day;
constexpr auto dollars = SmallMarket::dollars;

/// Oracle's proposed order is offered to Azure on day 10, for delivery on day 100. Azure's own order of
/// 800 GPUs goes on until day 465, at $4 a GPU-hour.
struct AcceptedPriceTest : testing::Test {
  SmallMarket market;
  ClauseId refusal;
  OrderId proposed;
  OrderId own;
  StageId stage;

  AcceptedPriceTest() {
    refusal = market.clause(SmallMarket::kAzure, clause::FirstRefusal{});
    proposed = market.order(SmallMarket::kOracle, kNever, {800, CapacityUnit::kGpus});
    Order made;
    made.agreement = SmallMarket::with(SmallMarket::kAzure);
    made.amount = {800, CapacityUnit::kGpus};
    made.signed_at = day(0);
    made.until = day(465);
    market.add(made);
    own = {1};
    stage = market.stage(own, 200, made.amount);
    clause::Rate rate;
    rate.price = {dollars(4), RateUnit::kGpuHour};
    market.clause(SmallMarket::kAzure, rate);
  }

  static Terms at_price(Money amount, RateUnit unit, CapacityAmount whole = {}) {
    Terms terms;
    terms.amount = whole;
    terms.delivery = day(100);
    terms.has_price = true;
    terms.price = {amount, unit, CapacityUnit::kFacilityWatts};
    return terms;
  }

  /// Offers on the terms, accepts so much of it on day 20 and returns the tranche of that.
  ClauseId accept(const Terms& offered, CapacityAmount taken, OrderId order = kNo<OrderId>) {
    EXPECT_EQ(market.offer("one", proposed, refusal, day(10), day(40), offered), Reason::kNone);
    Act act;
    act.kind = ActKind::kAccept;
    act.effective = day(20);
    act.offer = "one";
    act.order = order;
    act.terms.amount = taken;
    const Act& offer = market.book.entry(market.book.acts_of_offer("one").front()).act;
    Clause made =
        tranche_of_acceptance(offer, market.book.clause(refusal), act, taken, act.effective);
    if (is_set(order)) std::get<clause::Tranche>(made.terms).stages = {stage};
    market.add(made);
    EXPECT_EQ(market.enter(act), Reason::kNone);
    return {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  }

  /// From its due date until the day, as known on it.
  std::optional<Money> price(ClauseId tranche, Instant until) const {
    return tranche_price(market.book, std::get<clause::Tranche>(market.book.clause(tranche).terms),
                         day(100), until, until);
  }
  std::optional<Money> price(ClauseId tranche) const {
    return tranche_price(market.book, std::get<clause::Tranche>(market.book.clause(tranche).terms),
                         day(100), {day(100), day(100)});
  }
};

constexpr CapacityAmount kAll{800, CapacityUnit::kGpus};

TEST_F(AcceptedPriceTest, ThePriceAcceptedGoesBeforeTheRateOfTheOrder) {
  const ClauseId tranche = accept(at_price(dollars(3), RateUnit::kGpuHour), kAll, own);
  // 800 GPUs x 24 h x $3.
  EXPECT_EQ(price(tranche, day(101)), dollars(57'600));
  EXPECT_EQ(price(tranche), dollars(57'600 * 365));
}

TEST_F(AcceptedPriceTest, AnOfferWithoutAPriceIsPaidForAtTheRateOfTheOrder) {
  Terms offered;
  offered.delivery = day(100);
  EXPECT_EQ(price(accept(offered, kAll, own), day(101)), dollars(76'800));
}

TEST_F(AcceptedPriceTest, WithoutAnOrderItHasThePriceAccepted) {
  const ClauseId tranche = accept(at_price(dollars(3), RateUnit::kGpuHour), kAll);
  EXPECT_EQ(price(tranche, day(101)), dollars(57'600));
  EXPECT_EQ(price(tranche), dollars(57'600 * 365)) << "a year, where no end was said";
}

TEST_F(AcceptedPriceTest, WithoutAnOrderAndAPriceItHasNone) {
  Terms offered;
  offered.delivery = day(100);
  EXPECT_EQ(price(accept(offered, kAll)), std::nullopt);
}

TEST_F(AcceptedPriceTest, ItIsPaidForUntilTheDayForWhichItWasOffered) {
  Terms offered = at_price(dollars(3), RateUnit::kGpuHour);
  offered.until = day(110);
  EXPECT_EQ(price(accept(offered, kAll, own)), dollars(576'000));
}

TEST_F(AcceptedPriceTest, WhatIsDueAfterTheDayForWhichItWasOfferedIsPaidForAsLong) {
  Terms offered = at_price(dollars(3), RateUnit::kGpuHour);
  offered.until = day(110);
  const ClauseId tranche = accept(offered, kAll, own);
  const auto& terms = std::get<clause::Tranche>(market.book.clause(tranche).terms);
  EXPECT_EQ(tranche_end(market.book, terms, day(105), {day(105), day(105)}), day(110));
  EXPECT_EQ(tranche_end(market.book, terms, day(110), {day(110), day(110)}), day(120))
      << "it was offered for ten days";
  EXPECT_EQ(tranche_price(market.book, terms, day(130), {day(130), day(130)}), dollars(576'000));
}

TEST_F(AcceptedPriceTest, WhatIsNotThereIsNotBilledUntilItsTermIsOver) {
  Terms offered = at_price(dollars(3), RateUnit::kGpuHour);
  offered.until = day(110);
  clause::Late late;
  late.tranches = {accept(offered, kAll, own)};
  const ClauseId id = market.clause(SmallMarket::kAzure, late, day(20));
  for (const int at : {110, 300}) {
    const Judgement owed = judge(market.book, id, {}, {day(at), day(at)});
    ASSERT_FALSE(owed.dues.empty());
    EXPECT_EQ(owed.dues[0].kind, DueKind::kNotBilled);
    EXPECT_EQ(owed.dues[0].amount, dollars(576'000)) << at;
  }
}

TEST_F(AcceptedPriceTest, OfAFeeAPartPaysItsShare) {
  // $365,000 a month is $12,000 a day for all 800 GPUs; a quarter of them was taken.
  const ClauseId tranche =
      accept(at_price(dollars(365'000), RateUnit::kMonth), {200, CapacityUnit::kGpus}, own);
  EXPECT_EQ(price(tranche, day(101)), dollars(3'000));
}

TEST_F(AcceptedPriceTest, PowerWithoutAnOrderIsCountedInGpusOfTheKindOffered) {
  const CapacityAmount power{1'600'000, CapacityUnit::kFacilityWatts};
  const ClauseId tranche = accept(at_price(dollars(3), RateUnit::kGpuHour, power), power);
  EXPECT_EQ(price(tranche, day(101)), dollars(57'600)) << "1.6 MW at 2 kW a GPU";
}

TEST_F(AcceptedPriceTest, PowerOfAnotherBasisIsThatOfItsGpus) {
  const CapacityAmount power{1'280'000, CapacityUnit::kItWatts};
  // 800 GPUs have 1.6 MW of facility power: $36,500 for a kW-month is $1,200 for a kW-day.
  const ClauseId tranche = accept(at_price(dollars(36'500), RateUnit::kKwMonth, power), power);
  EXPECT_EQ(price(tranche, day(101)), dollars(1'920'000));
}

TEST_F(AcceptedPriceTest, ItsDelayCostsAShareOfThePriceAccepted) {
  const ClauseId tranche = accept(at_price(dollars(3), RateUnit::kGpuHour), kAll, own);
  clause::Late terms;
  terms.tranches = {tranche};
  terms.credits = {{{}, 10'000, days(7)}};
  const ClauseId late = market.clause(SmallMarket::kAzure, terms, day(20));
  const Judgement owed = judge(market.book, late, {}, {day(107), day(107)});
  ASSERT_EQ(owed.dues.size(), 2U);
  EXPECT_EQ(owed.dues[0].kind, DueKind::kNotBilled);
  EXPECT_EQ(owed.dues[0].amount, dollars(57'600 * 7));
  EXPECT_EQ(owed.dues[1].kind, DueKind::kCredit);
  EXPECT_EQ(owed.dues[1].amount, dollars(576 * 365));
}

}  // namespace
}  // namespace stargate::agreement
