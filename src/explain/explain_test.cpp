#include "explain/explain.h"

#include <sstream>

#include "explain/explain_fixture.h"

namespace stargate::explain {
namespace {

TEST_F(Explain, SaysWhereItRunsAndListsEverySupplier) {
  const OrderId there = order("azure-1", {0}, day(1));
  open(day(1));
  accept(there, day(2));
  run_job(0, {0}, 16, day(3));
  const Explanation told = explain_at(day(3));
  ASSERT_EQ(told.runs_at.size(), 1U);
  EXPECT_EQ(told.runs_at[0].site, "iowa");
  EXPECT_EQ(told.runs_at[0].order, "azure-1");
  EXPECT_EQ(told.runs_at[0].gpus, 16U);
  ASSERT_EQ(told.suppliers.size(), 2U);
  EXPECT_EQ(told.suppliers[0].supplier, "microsoft");
  EXPECT_EQ(told.suppliers[0].verdict, Verdict::kPermitted);
  EXPECT_EQ(told.suppliers[0].ground.agreement, "azure");
  EXPECT_EQ(told.suppliers[1].verdict, Verdict::kNoCapacity);
  EXPECT_EQ(told.suppliers[1].shortage, Shortage::kNoAgreement);
  ASSERT_EQ(told.assumptions.size(), 1U);
  EXPECT_EQ(told.assumptions[0].id, "guess");
  EXPECT_THAT(told.reason, StartsWith("training runs with Microsoft at iowa"));
}

TEST_F(Explain, NamesTheClauseThatForbidsAndWhenItEnds) {
  clause("alone", {0}, clause::Exclusive{}, day(0), day(100));
  const OrderId there = order("oci-1", {1}, day(1));
  open(day(1));
  accept(there, day(2));
  const Explanation told = explain_at(day(3));
  const SupplierAnswer& oracle = of(told, "oracle");
  EXPECT_EQ(oracle.verdict, Verdict::kForbidden);
  EXPECT_EQ(oracle.ground.clause, "alone");
  EXPECT_EQ(oracle.ground.agreement, "azure");
  EXPECT_EQ(oracle.ground.source, "its page");
  EXPECT_EQ(oracle.until, day(100));
  ASSERT_EQ(oracle.orders.size(), 1U);
  EXPECT_EQ(oracle.orders[0].verdict, Verdict::kForbidden);
  EXPECT_THAT(told.next, Contains("alone ends on 1970-04-11"));
  EXPECT_THAT(told.reason, HasSubstr("alone (Azure) forbids"));
}

TEST_F(Explain, NamesTheOfferThatIsOpen) {
  const OrderId proposed = order("oci-1", {1}, kNever);
  const ClauseId refusal = first_refusal();
  open(day(1));
  EXPECT_THAT(explain_at(day(1)).next,
              Contains("an order with Oracle would have to be offered to Microsoft under refusal "
                       "first"));
  offer("offer-7", proposed, refusal, day(2));
  const Explanation told = explain_at(day(3));
  const SupplierAnswer& oracle = of(told, "oracle");
  EXPECT_EQ(oracle.verdict, Verdict::kNeedsOffer);
  EXPECT_EQ(oracle.ground.clause, "refusal");
  ASSERT_TRUE(oracle.offer.has_value());
  EXPECT_EQ(oracle.offer->id, "offer-7");
  EXPECT_EQ(oracle.offer->reply_by, day(32));
  EXPECT_EQ(oracle.orders[0].verdict, Verdict::kNotOrdered);
  EXPECT_THAT(told.next, Contains(HasSubstr("lapses on 1970-02-02 unless Microsoft accepts "
                                            "offer-7")));
  EXPECT_FALSE(of(explain_at(day(40)), "oracle").offer.has_value());
}

TEST_F(Explain, SaysWhatIsMissingOnAnOrder) {
  const OrderId there = order("oci-1", {1}, day(1));
  open(day(1));
  accept(there, day(2), CapacityState::kEnergised);
  Explanation told = explain_at(day(3));
  EXPECT_EQ(of(told, "oracle").verdict, Verdict::kNoCapacity);
  EXPECT_EQ(of(told, "oracle").shortage, Shortage::kNotAccepted);
  EXPECT_THAT(told.next, Contains("oci-1-1 is energised, not accepted"));
  accept(there, day(4));
  EXPECT_EQ(of(explain_at(day(4)), "oracle").verdict, Verdict::kPermitted);
  EXPECT_EQ(of(explain_at(day(4), 65), "oracle").shortage, Shortage::kNotAccepted);
}

TEST_F(Explain, CountsTheWorkloadsOwnGpusAsFreeAndThoseOfOthersNot) {
  const OrderId there = order("oci-1", {1}, day(1));
  open(day(1));
  Workload other = workload_;
  other.name = "other";
  define(other);
  accept(there, day(2));
  run_job(0, {0}, 32, day(3));
  run_job(1, {1}, 32, day(3));
  EXPECT_EQ(of(explain_at(day(3), 32), "oracle").verdict, Verdict::kPermitted);
  const Explanation told = explain_at(day(3), 40);
  EXPECT_EQ(of(told, "oracle").verdict, Verdict::kNoCapacity);
  EXPECT_EQ(of(told, "oracle").shortage, Shortage::kFull);
  EXPECT_EQ(of(told, "oracle").orders[0].free_gpus, 32U);
  EXPECT_EQ(of(told, "oracle").orders[0].accepted_gpus, 64U);
}

TEST_F(Explain, OfOneJobCountsWhatOthersOfItsWorkloadHoldAndNamesNoClauseInVain) {
  const OrderId there = order("oci-1", {1}, day(1));
  clause("rate", {1}, clause::Rate{});
  open(day(1));
  accept(there, day(2));
  run_job(0, {0}, 32, day(3));
  run_job(1, {0}, 16, day(3));
  Asked asked;
  asked.request.parts.push_back({.gpus = 40});
  asked.job = JobId{1};
  const agreement::Moment now{day(3), day(3)};
  const Explanation told = explain(engine_.state(), book(), {0}, now, &asked);
  const SupplierAnswer& oracle = of(told, "oracle");
  EXPECT_EQ(oracle.shortage, Shortage::kFull);
  EXPECT_EQ(oracle.orders[0].free_gpus, 32U) << "its own, and what is free";
  EXPECT_TRUE(oracle.ground.clause.empty()) << oracle.ground.clause;
  ASSERT_EQ(told.runs_at.size(), 1U);
  EXPECT_EQ(told.runs_at[0].gpus, 16U) << "not those of the others";
  EXPECT_THAT(told.reason, StartsWith("it runs with Oracle at abilene"));
}

TEST_F(Explain, TellsNodesThatAreAcceptedAndTakeNoWorkFromThoseThatAreNot) {
  const OrderId there = order("oci-1", {1}, day(1));
  open(day(1));
  EXPECT_EQ(of(explain_at(day(1), 8), "oracle").shortage, Shortage::kNotAccepted);
  accept(there, day(2));
  give(day(3), command::SetHealth{{0}, {0}, 8, Health::kDrained});
  Asked asked;
  asked.request.parts.push_back({.gpus = 8});
  asked.outages[there] = "it is night";
  const agreement::Moment now{day(3), day(3)};
  const Explanation told = explain(engine_.state(), book(), {0}, now, &asked);
  EXPECT_EQ(of(told, "oracle").verdict, Verdict::kNoCapacity);
  EXPECT_EQ(of(told, "oracle").shortage, Shortage::kOutOfService);
  EXPECT_EQ(of(told, "oracle").why,
            "oci-1: 0 of 64 GPUs free; 64 on nodes that take no work (it is night)");
  EXPECT_THAT(told.next, Contains(HasSubstr("it is night")));
  give(day(3), command::SetHealth{{0}, {0}, 1, Health::kHealthy});
  EXPECT_EQ(of(explain_at(day(3), 8), "oracle").verdict, Verdict::kPermitted);
  EXPECT_EQ(of(explain_at(day(3), 16), "oracle").shortage, Shortage::kOutOfService);
}

TEST_F(Explain, NamesTheLicenceThatIsUsedUp) {
  license(24);
  const OrderId azure = order("azure-order", {0}, day(1));
  open(day(1));
  Workload other = workload_;
  other.name = "other";
  define(other);
  accept(azure, day(2));
  run_job(0, {1}, 16, day(3));
  EXPECT_EQ(of(explain_at(day(4), 8), "microsoft").verdict, Verdict::kPermitted);
  run_job(1, {1}, 8, day(4));
  const Explanation told = explain_at(day(5), 8);
  const SupplierAnswer& answer = of(told, "microsoft");
  EXPECT_EQ(answer.verdict, Verdict::kNoCapacity);
  EXPECT_EQ(answer.shortage, Shortage::kFull);
  EXPECT_EQ(answer.why,
            "licence allows 24 GPUs at once, of which 24 are in use, and it asks for 8");
  EXPECT_EQ(answer.ground.against, "");
  EXPECT_EQ(of(explain_at(day(5), 25), "microsoft").why,
            "licence allows 24 GPUs at once, and it asks for 25");
  EXPECT_EQ(answer.ground.clause, "licence");
  EXPECT_EQ(answer.orders[0].ground.clause, "licence");
}

TEST_F(Explain, TellsAWrongKind) {
  kind_ = {1};
  workload_.kinds = 1;
  const OrderId there = order("oci-1", {1}, day(1));
  open(day(1));
  accept(there, day(2));
  EXPECT_EQ(of(explain_at(day(3)), "oracle").shortage, Shortage::kWrongKind);
}

TEST_F(Explain, TellsDataThatIsNotThere) {
  workload_.data = {{0}};
  const OrderId there = order("oci-1", {1}, day(1));
  open(day(1));
  accept(there, day(2));
  const Explanation told = explain_at(day(3));
  EXPECT_EQ(of(told, "oracle").shortage, Shortage::kDataAbsent);
  EXPECT_THAT(told.reason, HasSubstr("corpus is not at abilene"));
}

TEST_F(Explain, SaysWhenItWillBeDeemedAccepted) {
  const OrderId there = order("oci-1", {1}, day(1));
  clause::Tranche terms;
  terms.order = there;
  terms.stages = {{0}};
  terms.amount = {64, CapacityUnit::kGpus};
  terms.due = day(30);
  terms.deemed_acceptance = days(10);
  clause("tranche", {1}, terms);
  open(day(1));
  accept(there, day(2), CapacityState::kInAcceptance);
  const Explanation told = explain_at(day(3));
  EXPECT_EQ(of(told, "oracle").until, day(12));
  EXPECT_THAT(told.next, Contains("oci-1-1 is in acceptance, not accepted, and will be deemed "
                                  "accepted on 1970-01-13"));
}

TEST_F(Explain, TellsAnOrderThatBeginsLater) {
  order("oci-1", {1}, day(10));
  open(day(1));
  const SupplierAnswer oracle = of(explain_at(day(3)), "oracle");
  EXPECT_EQ(oracle.verdict, Verdict::kNoCapacity);
  EXPECT_EQ(oracle.shortage, Shortage::kNotAccepted);
  EXPECT_EQ(oracle.until, day(10));
}

TEST_F(Explain, DoesNotTellOfAnOrderBeforeItIsKnown) {
  known_ = day(5);
  order("oci-1", {1}, day(2));
  open(day(1));
  EXPECT_THAT(of(explain_at(day(3)), "oracle").orders, IsEmpty());
  EXPECT_EQ(of(explain_at(agreement::Moment{day(3), day(6)}), "oracle").orders.size(), 1U);
}

TEST_F(Explain, NamesBothClausesThatContradictEachOther) {
  clause("azure-alone", {0}, clause::Exclusive{});
  clause("oci-alone", {1}, clause::Exclusive{});
  open(day(1));
  const Explanation told = explain_at(day(3));
  const SupplierAnswer& oracle = of(told, "oracle");
  EXPECT_EQ(oracle.verdict, Verdict::kForbidden);
  EXPECT_EQ(oracle.ground.clause, "azure-alone");
  EXPECT_EQ(oracle.ground.against, "oci-alone");
  EXPECT_THAT(told.next, Contains(HasSubstr("contradict each other")));
}

TEST_F(Explain, WritesTheKeysThatProgramsRead) {
  const OrderId proposed = order("oci-1", {1}, kNever);
  const ClauseId refusal = first_refusal();
  open(day(1));
  offer("offer-7", proposed, refusal, day(2));
  const auto json = nlohmann::json::parse(to_json(explain_at(day(3))));
  for (const char* key :
       {"workload", "use", "at", "runs_at", "reason", "suppliers", "assumptions", "next"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  const auto& oracle = json["suppliers"][1];
  EXPECT_EQ(json["at"], "1970-01-04");
  EXPECT_EQ(oracle["verdict"], "needs_offer");
  EXPECT_TRUE(oracle["shortage"].is_null());
  EXPECT_EQ(oracle["offer"]["id"], "offer-7");
  EXPECT_EQ(oracle["offer"]["reply_by"], "1970-02-02");
  EXPECT_EQ(oracle["clause"], "refusal");
  EXPECT_EQ(oracle["orders"][0]["order"], "oci-1");
  EXPECT_EQ(oracle["orders"][0]["verdict"], "not_ordered");
}

TEST_F(Explain, WritesTextThatFits80ColumnsWithTheReasonFirst) {
  const OrderId there = order("an-order-with-a-name-that-is-longer-than-its-column", {1}, day(1));
  clause("a-clause-with-a-name-that-is-longer-than-its-column", {0}, clause::Exclusive{});
  open(day(1));
  accept(there, day(2));
  const Explanation told = explain_at(day(3));
  ASSERT_GT(told.reason.size(), 80U);
  std::istringstream text(to_text(told));
  std::string first;
  std::string line;
  while (std::getline(text, line) && !line.empty()) {
    EXPECT_LE(line.size(), 80U) << line;
    first += (first.empty() ? "" : " ") + line;
  }
  EXPECT_EQ(first, told.reason);
  while (std::getline(text, line)) EXPECT_LE(line.size(), 80U) << line;
}

}  // namespace
}  // namespace stargate::explain
