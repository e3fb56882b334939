#include "explain/explain.h"

#include <algorithm>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/engine.h"

namespace stargate::explain {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Instant day(std::int64_t n) { return Instant{} + days(n); }

/// A market of one lab that is played by hand. Microsoft is party 1, Oracle 2; GB200 is kind 0.
class Explain : public testing::Test {
 protected:
  Explain() {
    define(Party{.name = "openai", .title = "OpenAI", .is_lab = true});
    define(Party{.name = "microsoft", .title = "Microsoft", .is_supplier = true});
    define(Party{.name = "oracle", .title = "Oracle", .is_supplier = true});
    define(Accelerator{.name = "gb200", .title = "GB200"});
    define(Accelerator{.name = "h100", .title = "H100"});
    for (const char* name : {"iowa", "abilene"}) {
      Site site;
      site.name = name;
      define(site);
    }
    define(Assumption{.name = "guess", .statement = "Nobody knows."});
    define(Agreement{"azure", "Azure", {1}, {0}, day(0), "azure filing"});
    define(Agreement{"oci", "OCI", {2}, {0}, day(0), "oracle filing"});
    define(DataSet{.name = "corpus", .bytes = 1, .sites = {{0}}});
    workload_.name = "training";
    workload_.lab = {0};
    workload_.use = Use::kTraining;
  }

  void give(Instant at, const Command::Body& body) {
    EventBatch batch;
    engine_.execute({at, body}, batch);
    for (const Event& event : batch.events) {
      ASSERT_FALSE(std::holds_alternative<event::CommandRefused>(event.body));
    }
  }
  void define(const Definition& definition) {
    give(std::max(day(0), engine_.state().now()), command::Define{definition});
  }
  const agreement::Book& book() const { return engine_.state().scheduling().market.book; }

  /// An order at the site of the same number as its agreement, signed on the day.
  OrderId order(std::string name, AgreementId agreement, Instant signed_at) {
    Order order;
    order.name = std::move(name);
    order.agreement = agreement;
    order.site = {agreement.value};
    order.accelerator = kind_;
    order.amount = {64, CapacityUnit::kGpus};
    order.signed_at = signed_at;
    order.from = signed_at == kNever ? day(0) : signed_at;
    order.known = known_;
    order.assumptions = {{0}};
    define(order);
    const OrderId id{static_cast<std::uint32_t>(book().orders().size() - 1)};
    Stage stage;
    stage.name = book().orders().back().name + "-1";
    stage.site = order.site;
    stage.order = id;
    stage.accelerator = kind_;
    stage.fleet.groups = {{2, 4, 8, kind_, Level::kSite}};
    stage.amount = {64, CapacityUnit::kGpus};
    define(stage);
    return id;
  }
  ClauseId clause(std::string name, AgreementId agreement, Clause::Terms terms,
                  Instant from = day(0), Instant until = kNever) {
    Clause clause;
    clause.name = std::move(name);
    clause.agreement = agreement;
    clause.from = from;
    clause.until = until;
    clause.known = from;
    clause.source = "its page";
    clause.terms = std::move(terms);
    define(clause);
    return {static_cast<std::uint32_t>(book().clauses().size() - 1)};
  }
  ClauseId first_refusal() {
    clause::FirstRefusal terms;
    terms.reply_within = days(30);
    terms.release_for = days(180);
    return clause("refusal", {0}, terms);
  }
  void open(Instant at) {
    define(workload_);
    for (std::uint32_t i = 0; i < book().orders().size(); ++i) {
      give(at, command::OpenOrder{{i}, {i}, {}});
    }
  }
  void accept(OrderId order, Instant at, CapacityState state = CapacityState::kAccepted) {
    Act act;
    act.kind = ActKind::kCapacity;
    act.effective = at;
    act.stage = book().stages_of(order).front();
    act.state = state;
    give(at, command::EnterAct{act});
  }
  void offer(std::string name, OrderId order, ClauseId clause, Instant at) {
    Act act;
    act.kind = ActKind::kOffer;
    act.effective = at;
    act.offer = std::move(name);
    act.order = order;
    act.clause = clause;
    act.terms.amount = {64, CapacityUnit::kGpus};
    act.reply_by = at + days(30);
    give(at, command::EnterAct{act});
  }
  void run_job(std::uint64_t job, WorkloadId workload, std::uint32_t gpus, Instant at) {
    Request request;
    request.parts.push_back({.gpus = gpus});
    const auto number = static_cast<std::uint32_t>(engine_.state().scheduling().requests.size());
    give(at, command::DefineRequest{{number}, request});
    command::SubmitWorkload submit;
    submit.job = {job};
    submit.workload = workload;
    submit.request = submit.early_request = {number};
    submit.estimate = days(100);
    give(at, submit);
    const QueueId queue = engine_.state().scheduling().jobs.find({job})->queue;
    ASSERT_TRUE(is_set(queue));
    give(at, command::Schedule{queue});
  }

  Explanation explain_at(Instant at, std::uint32_t gpus = 0) {
    return explain_at(agreement::Moment{at, at}, gpus);
  }
  Explanation explain_at(agreement::Moment moment, std::uint32_t gpus = 0) {
    if (engine_.state().now() < moment.at) give(moment.at, command::Advance{});
    Asked asked;
    asked.request.parts.push_back({.gpus = gpus});
    return explain(engine_.state(), book(), {0}, moment, gpus == 0 ? nullptr : &asked);
  }

  core::Engine engine_;
  Workload workload_;
  KindId kind_{0};
  Instant known_ = day(0);
};

const SupplierAnswer& of(const Explanation& explanation, const std::string& supplier) {
  return *std::find_if(explanation.suppliers.begin(), explanation.suppliers.end(),
                       [&](const SupplierAnswer& answer) { return answer.supplier == supplier; });
}

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
  clause::Locale terms;
  terms.jurisdictions = {""};
  terms.max_units = 24;
  clause("licence", {0}, terms);
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

/// A site that takes in a byte a second, and a workload that waits for the corpus there.
class TransferTest : public Explain {
 protected:
  TransferTest() {
    Site site;
    site.name = "texas";
    site.ingest_bytes_per_s = 1;
    site.ingest_price_per_tb = {2'000'000'000'000, {}};
    define(site);
    DataSet data{.name = "books", .bytes = 90'000, .sites = {{0}}};
    define(data);
    define(Agreement{"third", "Third", {2}, {0}, day(0), "third filing"});
    workload_.data = {{1}};
    workload_.waits_for_transfer = true;
    there_ = order("texas-order", {2}, day(1));
  }
  void submit(Instant at) {
    Request request;
    request.parts.push_back({.gpus = 8});
    give(at, command::DefineRequest{{0}, request});
    give(at, command::SubmitWorkload{{0}, {0}, {0}, {0}, {0}, 0, days(9), {}});
  }
  OrderId there_;
};

TEST_F(TransferTest, ThatIsUnderWayIsWhatAWorkloadWaitsFor) {
  open(day(1));
  accept(there_, day(2));
  submit(day(3));
  const Explanation told = explain_at(day(3) + hours(1), 8);
  const SupplierAnswer& answer = of(told, "oracle");
  EXPECT_EQ(answer.verdict, Verdict::kNoCapacity);
  EXPECT_EQ(answer.shortage, Shortage::kDataAbsent);
  EXPECT_EQ(answer.until, day(4) + hours(1));
  EXPECT_THAT(told.reason,
              HasSubstr("books is on its way to texas until 1970-01-05T01:00:00Z, for USD 0.18"));
  EXPECT_THAT(told.next, Contains(HasSubstr("books is on its way to texas")));
  const auto json = nlohmann::json::parse(to_json(told))["suppliers"][1]["orders"][0]["transfer"];
  EXPECT_EQ(json["data"], "books");
  EXPECT_EQ(json["arrives"], "1970-01-05T01:00:00Z");
  EXPECT_EQ(json["takes_s"], 90'000);
  EXPECT_EQ(json["price_micros"], 180'000);
}

TEST_F(TransferTest, ThatHasArrivedIsNotMissed) {
  open(day(1));
  accept(there_, day(2));
  submit(day(3));
  give(day(5), command::Schedule{{0}});
  const Explanation told = explain_at(day(5), 8);
  EXPECT_EQ(of(told, "oracle").verdict, Verdict::kPermitted);
  EXPECT_THAT(told.reason, testing::Not(HasSubstr("books")));
}

TEST_F(TransferTest, ThatIsNotMadeSaysWhatItWouldTake) {
  const OrderId iowa = order("iowa-order", {0}, day(1));
  open(day(1));
  accept(there_, day(2));
  accept(iowa, day(2));
  const SupplierAnswer answer = of(explain_at(day(3), 8), "oracle");
  EXPECT_EQ(answer.why, "books is not at texas: to bring it takes 1.04 days and costs USD 0.18");
  ASSERT_TRUE(answer.orders[0].transfer);
  EXPECT_EQ(answer.orders[0].transfer->arrives, kNever);
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

/// Replicas of 8 GPUs, of which 60 % may be with one supplier. Oracle has nothing accepted.
class OwnLimitTest : public Explain {
 protected:
  OwnLimitTest() {
    workload_.name = "service";
    workload_.supplier_share_max_ppm = 600'000;
    const OrderId iowa = order("iowa-order", {0}, day(0));
    abilene_ = order("abilene-order", {1}, day(0));
    open(day(1));
    accept(iowa, day(1));
  }
  Explanation with_jobs(std::uint64_t count) {
    define_request();
    for (std::uint64_t i = 0; i < count; ++i) {
      give(day(2), command::SubmitWorkload{{i}, {0}, {0}, {0}, {0}, 0, days(9), {}});
    }
    give(day(2), command::Schedule{{0}});
    return explain::explain(engine_.state(), book(), {0}, {day(2), day(2)});
  }
  void define_request() {
    Request request;
    request.parts.push_back({.gpus = 8});
    give(day(1), command::DefineRequest{{0}, request});
  }

  OrderId abilene_;
};

TEST_F(OwnLimitTest, IsSaidToMakeJobsWait) {
  const Explanation told = with_jobs(5);
  ASSERT_TRUE(told.limit);
  EXPECT_EQ(told.limit->share, "60 %");
  EXPECT_EQ(told.limit->all_jobs, 5U);
  EXPECT_EQ(told.waiting_jobs, told.limit->jobs);
  EXPECT_THAT(told.reason, StartsWith("service runs with Microsoft at iowa, and "));
  EXPECT_THAT(told.reason,
              HasSubstr("of its jobs wait: its own limit is 60 % of them on one supplier's paper"));
  EXPECT_EQ(told.suppliers[0].verdict, Verdict::kPermitted) << "as if it ran nowhere";
  EXPECT_THAT(told.suppliers[0].why, HasSubstr("of its 5 jobs are there, and its own limit of 60 % "
                                               "allows no more"));
  EXPECT_THAT(told.suppliers[1].why, testing::Not(HasSubstr("limit"))) << "it has none of them";
  EXPECT_THAT(told.next, Contains(HasSubstr("its supplier_share_max is above 60 %")));
  EXPECT_THAT(to_text(told), HasSubstr(" for its own limit of 60 %"));
  const auto json = nlohmann::json::parse(to_json(told));
  EXPECT_EQ(json["limit"]["supplier_share_max"], "60 %");
  EXPECT_EQ(json["limit"]["waiting_jobs"], told.limit->jobs);
}

TEST_F(OwnLimitTest, HoldsBackWhatWaitsForASupplierThatIsFull) {
  accept(abilene_, day(1));
  Workload other = workload_;
  other.name = "other";
  other.supplier_share_max_ppm = kWhole;
  define(other);
  Request all;
  all.parts.push_back({.gpus = 64, .kinds = 1});
  Request eight;
  eight.parts.push_back({.gpus = 8});
  give(day(1), command::DefineRequest{{0}, eight});
  give(day(1), command::DefineRequest{{1}, all});
  // All of Oracle is held by others; of five replicas three run with Microsoft, two wait for Oracle.
  give(day(1), command::SubmitWorkload{{0}, {1}, {0}, {1}, {1}, 0, days(9), {}});
  give(day(1), command::Schedule{{0}});
  give(day(1), command::Schedule{{1}});
  const placement::Job& filler = *engine_.state().scheduling().jobs.find({0});
  const std::uint32_t full = filler.queue.value;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    give(day(2), command::SubmitWorkload{{i}, {0}, {0}, {0}, {0}, 0, days(9), {}});
  }
  for (const std::uint32_t queue : {0U, 1U}) give(day(2), command::Schedule{{queue}});
  const Explanation told = explain::explain(engine_.state(), book(), {0}, {day(2), day(2)});
  EXPECT_EQ(told.suppliers[full].shortage, Shortage::kFull);
  ASSERT_TRUE(told.limit);
  EXPECT_EQ(told.limit->jobs, 2U);
  EXPECT_THAT(told.suppliers[1 - full].why,
              HasSubstr("3 of its 5 jobs are there, and its own limit of 60 % allows no more"));
  EXPECT_THAT(told.reason, HasSubstr("2 of its jobs wait: its own limit is 60 %"));
}

TEST_F(OwnLimitTest, MayKeepAWorkloadOutAltogether) {
  const Explanation told = with_jobs(1);
  EXPECT_THAT(told.reason, HasSubstr("service runs nowhere on"));
  EXPECT_THAT(told.reason, HasSubstr("1 of its jobs waits: its own limit is 60 %"));
  EXPECT_THAT(told.suppliers[0].why, HasSubstr("0 of its 1 jobs are there"));
}

TEST_F(OwnLimitTest, IsNotNamedWhereNoJobWaitsForIt) {
  accept(abilene_, day(1));
  define_request();
  for (std::uint64_t i = 0; i < 2; ++i) {
    give(day(2), command::SubmitWorkload{{i}, {0}, {0}, {0}, {0}, 0, days(9), {}});
  }
  for (const std::uint32_t queue : {0U, 1U}) give(day(2), command::Schedule{{queue}});
  const Explanation told = explain::explain(engine_.state(), book(), {0}, {day(2), day(2)});
  EXPECT_FALSE(told.limit);
  EXPECT_THAT(told.reason, testing::Not(HasSubstr("limit")));
  EXPECT_TRUE(nlohmann::json::parse(to_json(told))["limit"].is_null());
}

}  // namespace
}  // namespace stargate::explain
