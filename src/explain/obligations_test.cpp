// Who owes what, worked out by hand on a small market.

#include "explain/obligations.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "oracle/small_market.h"

namespace stargate::explain {
namespace {

using agreement::DueKind;
using agreement::Standing;
using oracle::SmallMarket;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto day = SmallMarket::day;
constexpr auto dollars = SmallMarket::dollars;

/// 4 GPUs at $1 a GPU-hour, due on day 10, half of them prepaid 5 days before; late from day 10 on at
/// 10 % a week, to be ended from day 20 on. The order ends on day 110: its price is 100 x 24 x 4.
class ObligationsTest : public testing::Test {
 protected:
  ObligationsTest() {
    market.add(Assumption{"guess", "That it is so."});
    clause::Rate rate;
    rate.price = {dollars(1), RateUnit::kGpuHour};
    named("price", rate);
    Order made;
    made.name = "order";
    made.agreement = SmallMarket::with(SmallMarket::kOracle);
    made.signed_at = day(0);
    made.until = day(110);
    market.add(made);
    const StageId stage = market.stage(OrderId{0}, 1);
    clause::Tranche tranche;
    tranche.order = OrderId{0};
    tranche.stages = {stage};
    tranche.amount = {4, CapacityUnit::kGpus};
    tranche.due = day(10);
    const ClauseId promise = named("promise", tranche);
    clause::Prepay prepay;
    prepay.ppm = 500'000;
    prepay.before_delivery = days(5);
    prepay.refundable = true;
    named("prepaid", prepay);
    clause::Late late;
    late.tranches = {promise};
    late.credits = {{days(0), 100'000, days(7)}};
    late.outside = days(10);
    named("late", late, {AssumptionId{0}});
  }

  ClauseId named(const char* name, Clause::Terms terms, std::vector<AssumptionId> rests_on = {}) {
    Clause made;
    made.name = name;
    made.agreement = SmallMarket::with(SmallMarket::kOracle);
    made.from = made.known = day(0);
    made.terms = std::move(terms);
    made.assumptions = std::move(rests_on);
    made.source = "made up";
    market.add(made);
    return {static_cast<std::uint32_t>(market.book.clauses().size() - 1)};
  }
  AgreementObligations at(std::int64_t n) const {
    const Obligations all =
        obligations_of(market.book, {}, {day(n), day(n)}, SmallMarket::with(SmallMarket::kOracle));
    return all.agreements.at(0);
  }
  static const OwedSum* sum_of(const AgreementObligations& of, const std::string& what) {
    for (const OwedSum& sum : of.sums) {
      if (sum.what == what) return &sum;
    }
    return nullptr;
  }
  static Int128 micros(std::int64_t dollars_owed) { return Int128{dollars_owed} * 1'000'000; }

  SmallMarket market;
};

TEST_F(ObligationsTest, APrepaymentIsRefundableUntilWhatItIsForIsThere) {
  EXPECT_EQ(sum_of(at(4), "payment"), nullptr);
  const AgreementObligations paid = at(6);
  // Half of 100 days of 4 GPUs at $1 an hour: $4,800.
  ASSERT_NE(sum_of(paid, "payment"), nullptr);
  EXPECT_EQ(sum_of(paid, "payment")->micros, micros(4'800));
  ASSERT_NE(sum_of(paid, "refundable_prepayment"), nullptr);
  EXPECT_EQ(sum_of(paid, "refundable_prepayment")->micros, micros(4'800));
  EXPECT_EQ(sum_of(paid, "refundable_prepayment")->assumed_micros, 0);
  EXPECT_EQ(sum_of(paid, "not_billed"), nullptr);
}

TEST_F(ObligationsTest, WhatIsLateIsNotBilledAndCredited) {
  const AgreementObligations late = at(15);
  // 5 days of 4 GPUs: $480 that nobody pays. One week begun: 10 % of $9,600.
  EXPECT_EQ(sum_of(late, "not_billed")->micros, micros(480));
  EXPECT_EQ(sum_of(late, "credit")->micros, micros(960));
  EXPECT_EQ(sum_of(late, "credit")->assumed_micros, micros(960));
  EXPECT_EQ(sum_of(late, "credit")->from, "oracle");
  EXPECT_EQ(sum_of(late, "refund"), nullptr);
}

TEST_F(ObligationsTest, PastTheOutsideDateThePrepaymentIsARefund) {
  const AgreementObligations lost = at(21);
  EXPECT_EQ(sum_of(lost, "refund")->micros, micros(4'800));
  EXPECT_EQ(sum_of(lost, "refundable_prepayment"), nullptr);
  for (const ClauseStanding& clause : lost.clauses) {
    EXPECT_EQ(clause.may_terminate, clause.clause == "late") << clause.clause;
    if (clause.clause == "late") {
      EXPECT_EQ(clause.standing, Standing::kBreached);
    }
  }
}

TEST_F(ObligationsTest, AreInTheOrderOfTimeAndNameTheirAssumptions) {
  const AgreementObligations lost = at(21);
  for (std::size_t i = 1; i < lost.due.size(); ++i) EXPECT_LE(lost.due[i - 1].due, lost.due[i].due);
  for (const OwedAmount& owed : lost.due) {
    if (owed.clause == "late") {
      EXPECT_THAT(owed.assumptions, ElementsAre("guess"));
    } else {
      EXPECT_EQ(owed.clause, "prepaid");
      EXPECT_TRUE(owed.assumptions.empty());
    }
  }
  const Obligations all = obligations_of(market.book, {}, {day(21), day(21)});
  ASSERT_EQ(all.assumptions.size(), 1U);
  EXPECT_EQ(all.assumptions[0].id, "guess");
}

TEST_F(ObligationsTest, ListOffersWithWhatWasAskedForAndAnswered) {
  clause::FirstRefusal refusal;
  const ClauseId first = market.clause(SmallMarket::kAzure, refusal);
  const OrderId proposed = market.order(SmallMarket::kOracle, kNever);
  Terms asked;
  asked.amount = {1'200'000'000, CapacityUnit::kFacilityWatts};
  asked.delivery = day(100);
  ASSERT_EQ(market.offer("offer", proposed, first, day(1), day(31), asked), Reason::kNone);
  Terms half = asked;
  half.amount.value = 600'000'000;
  ASSERT_EQ(market.reply(ActKind::kCounter, "offer", day(5), day(5), half), Reason::kNone);
  const Obligations all =
      obligations_of(market.book, {}, {day(6), day(6)}, SmallMarket::with(SmallMarket::kAzure));
  ASSERT_EQ(all.agreements.at(0).offers.size(), 1U);
  const OfferStanding& offer = all.agreements[0].offers[0];
  EXPECT_EQ(offer.offer, "offer");
  EXPECT_EQ(offer.state, "countered");
  EXPECT_EQ(offer.reply_by, day(31));
  EXPECT_EQ(offer.terms.amount, asked.amount);
  EXPECT_EQ(offer.answer.amount, half.amount);
  EXPECT_THAT(to_text(all), HasSubstr("1.2 GW facility"));
  EXPECT_THAT(to_text(all), HasSubstr("0.6 GW facility"));
}

TEST_F(ObligationsTest, NameWhatReliedOnALapseThatAReplyUndid) {
  clause::FirstRefusal refusal;
  refusal.release_for = days(90);
  const ClauseId first = market.clause(SmallMarket::kAzure, refusal);
  const OrderId proposed = market.order(SmallMarket::kOracle, kNever, {8, CapacityUnit::kGpus});
  ASSERT_EQ(market.offer("offer", proposed, first, day(1), day(31)), Reason::kNone);
  ASSERT_EQ(market.sign(proposed, day(33)), Reason::kNone);
  ASSERT_EQ(market.reply(ActKind::kAccept, "offer", day(30), day(40)), Reason::kNone);
  const std::vector<agreement::UseRecord> use{{proposed, Use::kTraining, day(35), day(36), 8},
                                              {proposed, Use::kTraining, day(41), day(42), 8},
                                              {OrderId{0}, Use::kTraining, day(35), day(36), 8}};
  const auto told = [&](Instant known) {
    return obligations_of(market.book, use, {day(50), known},
                          SmallMarket::with(SmallMarket::kAzure));
  };
  EXPECT_TRUE(told(day(39)).agreements.at(0).offers.at(0).relied_on.empty());
  const OfferStanding offer = told(day(50)).agreements.at(0).offers.at(0);
  EXPECT_EQ(offer.reopened_at, day(40));
  EXPECT_THAT(offer.relied_on,
              ElementsAre("order was signed on 1970-02-03",
                          "training was placed on order once, first on 1970-02-05"));
  EXPECT_THAT(to_text(told(day(50))), HasSubstr("relied on the lapse: order was signed"));
  const auto json = nlohmann::json::parse(to_json(told(day(50))));
  EXPECT_EQ(json["agreements"][0]["offers"][0]["relied_on"].size(), 2U);
}

TEST_F(ObligationsTest, NameTheWorkloadThatReliedOnALapse) {
  Workload workload;
  workload.name = "pretraining";
  workload.use = Use::kTraining;
  workload.lab = SmallMarket::kLab;
  market.add(workload);
  const WorkloadId named{kUseCount};
  const ClauseId first = market.clause(SmallMarket::kAzure, clause::FirstRefusal{});
  const OrderId proposed = market.order(SmallMarket::kOracle, kNever, {8, CapacityUnit::kGpus});
  ASSERT_EQ(market.offer("offer", proposed, first, day(1), day(31)), Reason::kNone);
  ASSERT_EQ(market.reply(ActKind::kAccept, "offer", day(30), day(40)), Reason::kNone);
  const ClauseId accepted = kNo<ClauseId>;
  const std::vector<agreement::UseRecord> use{
      {proposed, Use::kTraining, day(35), day(36), 8, accepted, named},
      {proposed, Use::kTraining, day(31) + Duration{1}, day(36), 8, accepted, named},
      {proposed, Use::kTraining, day(33), day(36), 8}};
  const OfferStanding offer =
      obligations_of(market.book, use, {day(50), day(50)}, SmallMarket::with(SmallMarket::kAzure))
          .agreements.at(0)
          .offers.at(0);
  EXPECT_THAT(offer.relied_on,
              ElementsAre("pretraining (training) was placed on order 2 times, first just after "
                          "1970-02-01T00:00:00Z",
                          "training was placed on order once, first on 1970-02-03"));
}

TEST_F(ObligationsTest, SayTheInstantAfterADeadlineInWords) {
  clause::FirstRefusal refusal;
  refusal.release_for = days(90);
  const ClauseId first = market.clause(SmallMarket::kAzure, refusal);
  const OrderId proposed = market.order(SmallMarket::kOracle, kNever, {8, CapacityUnit::kGpus});
  ASSERT_EQ(market.offer("offer", proposed, first, day(1), day(31)), Reason::kNone);
  const std::string text = to_text(
      obligations_of(market.book, {}, {day(50), day(50)}, SmallMarket::with(SmallMarket::kAzure)));
  EXPECT_THAT(text, HasSubstr("lapsed just after"));
  EXPECT_THAT(text, HasSubstr("    released until 1970-05-02\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr(".000001")));
}

TEST(Dates, AreOfPeople) {
  EXPECT_EQ(on_text(day(31)), "on 1970-02-01");
  EXPECT_EQ(on_text(day(31) + Duration{1}), "just after 1970-02-01T00:00:00Z");
  EXPECT_EQ(moment_text(day(31) + hours(8) + Duration{1}), "just after 1970-02-01T08:00:00Z");
  EXPECT_EQ(moment_text(day(31) + Duration{2}), "1970-02-01T00:00:00.000002Z");
  EXPECT_EQ(last_text(day(31) + Duration{1}), "1970-02-01");
  EXPECT_EQ(last_text(day(31)), "1970-02-01");
}

TEST_F(ObligationsTest, ShowEachActOfAnOfferWithItsEvidence) {
  const ClauseId first = market.clause(SmallMarket::kAzure, clause::FirstRefusal{});
  const OrderId proposed = market.order(SmallMarket::kOracle, kNever, {8, CapacityUnit::kGpus});
  ASSERT_EQ(market.offer("offer", proposed, first, day(1), day(31)), Reason::kNone);
  for (const std::int64_t due : {200, 100}) {
    Act counter;
    counter.kind = ActKind::kCounter;
    counter.effective = day(5);
    counter.offer = "offer";
    counter.terms.amount = {4, CapacityUnit::kGpus};
    counter.terms.delivery = day(due);
    counter.signed_by = "J. Doe";
    counter.document_sha256 = std::string(64, 'a');
    ASSERT_EQ(market.enter(counter), Reason::kNone);
  }
  const Obligations all =
      obligations_of(market.book, {}, {day(6), day(6)}, SmallMarket::with(SmallMarket::kAzure));
  const std::vector<OfferAct>& acts = all.agreements.at(0).offers.at(0).acts;
  ASSERT_EQ(acts.size(), 3U);
  EXPECT_EQ(acts[0].what, "offer");
  EXPECT_EQ(acts[1].terms.delivery, day(200));
  EXPECT_EQ(acts[2].terms.delivery, day(100));
  EXPECT_THAT(to_text(all), HasSubstr("signed by J. Doe"));
  const auto json = nlohmann::json::parse(to_json(all));
  EXPECT_EQ(json["agreements"][0]["offers"][0]["acts"][1]["signed_by"], "J. Doe");
}

TEST_F(ObligationsTest, SayNothingOfWhatHasNotBegun) {
  EXPECT_TRUE(obligations_of(market.book, {}, {day(-1), day(-1)}).agreements.empty());
}

TEST_F(ObligationsTest, FitEightyColumnsAndParseAsJson) {
  const Obligations all = obligations_of(market.book, {}, {day(21), day(21)});
  std::istringstream text(to_text(all));
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_THAT(to_text(all), HasSubstr("USD 4,800.00"));
  EXPECT_THAT(to_text(all), HasSubstr("USD 1,920.00 *"));
  const auto json = nlohmann::json::parse(to_json(all));
  for (const char* key : {"at", "known", "agreements", "assumptions"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

}  // namespace
}  // namespace stargate::explain
