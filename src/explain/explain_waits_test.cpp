// What jobs wait for: data on its way, licences, a workload's own limit on dependence.

#include "explain/explain_fixture.h"

namespace stargate::explain {
namespace {

TEST_F(Explain, SaysWhatTheJobsThatWaitAreWaitingFor) {
  license(24);
  const OrderId azure = order("azure-order", {0}, day(1));
  open(day(1));
  accept(azure, day(2));
  run_job(0, {0}, 16, day(3));
  Request request;
  request.parts.push_back({.gpus = 16});
  give(day(4), command::DefineRequest{{1}, request});
  give(day(4), command::SubmitWorkload{{1}, {0}, {0}, {1}, {1}, 0, days(9), {}});
  const Explanation told = explain::explain(engine_.state(), book(), {0}, {day(5), day(5)});
  ASSERT_EQ(told.waits.size(), 1U);
  EXPECT_EQ(told.waits[0].jobs, 1U);
  EXPECT_THAT(told.reason, HasSubstr("1 of its jobs waits: licence allows no more GPUs at once"));
  EXPECT_THAT(to_text(told), HasSubstr("licence: locale of Azure"));
  const auto json = nlohmann::json::parse(to_json(told))["waits"][0];
  EXPECT_EQ(json["clause"], "licence");
  EXPECT_EQ(json["agreement"], "azure");
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
