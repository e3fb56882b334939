// How permitted places are ranked, and what limits how much of a workload they take.

#include <gtest/gtest.h>

#include "core/market_fixture.h"

namespace stargate::core {
namespace {

constexpr Money dollars(std::int64_t n) { return {n * 1'000'000, {}}; }

/// Orders with north (queue 0) and south (queue 1) of four nodes of 8 GPUs each, all accepted.
class RankingTest : public ::testing::Test {
 protected:
  MarketByHand m;
  OrderId north = m.order(1, 0);
  OrderId south = m.order(2, 0);
  StageId north_stage = m.stage(north, 4);
  StageId south_stage = m.stage(south, 4);

  void rank(std::vector<Criterion> criteria, UseMask uses = kAnyUse) {
    m.add(Ranking{"ranking", kNo<PartyId>, uses, std::move(criteria)});
  }
  void rate(std::uint32_t agreement, std::int64_t price, RateUnit unit = RateUnit::kGpuHour) {
    clause::Rate terms;
    terms.price = {dollars(price), unit};
    m.clause({agreement}, terms, 0);
  }
  ClauseId commit(std::uint32_t agreement, std::int64_t amount, std::int64_t until_s) {
    clause::Commit terms;
    terms.amount = dollars(amount);
    return m.clause({agreement}, terms, 0, until_s);
  }
  void open() {
    m.open(north);
    m.open(south);
    m.capacity(0, north_stage, CapacityState::kAccepted);
    m.capacity(0, south_stage, CapacityState::kAccepted);
  }
  /// A job that starts at once.
  std::uint64_t run(std::int64_t s, WorkloadId workload, std::uint32_t gpus) {
    const std::uint64_t job = m.submit(s, workload, gpus, 100'000);
    m.schedule(s, static_cast<std::uint32_t>(m.queue_of(job)));
    EXPECT_TRUE(m.job(job).holds_gpus());
    return job;
  }
};

TEST_F(RankingTest, WithoutARankingTheFirstOrderedOfEqualPlacesTakesTheWork) {
  const WorkloadId training = m.workload();
  open();
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 0);
}

TEST_F(RankingTest, CheaperIsByTheRateOfTheDay) {
  rate(1, 2);
  rate(2, 1);
  rank({Criterion::kCheaper});
  const WorkloadId training = m.workload();
  open();
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 1);
  EXPECT_TRUE(m.restarts());
  EXPECT_EQ(m.queue_of(m.submit(2, training, 8)), 1);
}

TEST_F(RankingTest, CheaperCountsTheTimeThatItTakes) {
  rate(1, 2);
  rate(2, 3);
  rank({Criterion::kCheaper});
  // South has the fast kind: $3 for half the time.
  const OrderId fast = m.order(2, 0, 1'000'000, 1);
  const StageId fast_stage = m.stage(fast, 4);
  Workload workload;
  workload.lab = MarketByHand::kLab;
  workload.use = Use::kTraining;
  workload.speeds = {{{1}, 2, 1}};
  const WorkloadId training = m.add_workload(workload);
  open();
  m.open(fast);
  m.capacity(0, fast_stage, CapacityState::kAccepted);
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 2);
}

TEST_F(RankingTest, AFeeIsPaidAnywayAndAPlaceWithoutAPriceComesLast) {
  rate(1, 1);
  rate(2, 1'000'000, RateUnit::kMonth);
  rank({Criterion::kCheaper});
  const WorkloadId training = m.workload();
  const OrderId own = m.order(0, 0);
  const StageId own_stage = m.stage(own, 4);
  m.open(own);  // queue 0; north is 1 and south 2
  open();
  m.capacity(0, own_stage, CapacityState::kAccepted);
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 2);
  m.capacity(2, south_stage, CapacityState::kSuspended);
  EXPECT_EQ(m.queue_of(m.submit(3, training, 8)), 1);
  m.capacity(4, north_stage, CapacityState::kSuspended);
  EXPECT_EQ(m.queue_of(m.submit(5, training, 8)), 0);
}

TEST_F(RankingTest, ARankingIsForItsUses) {
  rate(1, 2);
  rate(2, 1);
  rank({Criterion::kCheaper}, mask_of(Use::kTraining));
  const WorkloadId training = m.workload();
  const WorkloadId research = m.workload(Use::kResearch);
  open();
  EXPECT_EQ(m.queue_of(m.submit(1, training, 1)), 1);
  EXPECT_EQ(m.queue_of(m.submit(1, research, 1)), 0);
}

/// A quarter is paid for ten seconds before South's tranche is due, which is there by then, and
/// credited at once.
TEST_F(RankingTest, WhatIsPrepaidComesFirstFromThePaymentUntilTheCreditIsUsedUp) {
  rate(2, 1);
  clause::Tranche tranche;
  tranche.order = south;
  tranche.stages = {south_stage};
  tranche.amount = {32, CapacityUnit::kGpus};
  tranche.due = MarketByHand::at(110);
  m.clause({2}, tranche, 0, 100'000'000);
  clause::Prepay ahead;
  ahead.ppm = 250'000;
  ahead.before_delivery = seconds(10);
  m.clause({2}, ahead, 0, 100'000'000);
  const WorkloadId training = m.workload();
  open();
  const auto queue_at = [&](std::int64_t s) {
    const std::uint64_t job = m.submit(s, training, 8, 10);
    const int queue = m.queue_of(job);
    m.give(s, command::Cancel{{job}});
    return queue;
  };
  EXPECT_EQ(queue_at(99), 0) << "nothing is paid yet";
  EXPECT_EQ(queue_at(100), 1);
  EXPECT_TRUE(m.restarts());
  // A quarter of the time from the due date until the order's end, a million seconds, since the delivery.
  EXPECT_EQ(queue_at(249'972), 1);
  EXPECT_EQ(queue_at(249'973), 0);
  EXPECT_TRUE(m.restarts());
}

TEST_F(RankingTest, AnAgreementThatHasPrepaymentsPaysForNoOrderWithoutThem) {
  rate(2, 1);
  clause::Prepay ahead;
  ahead.ppm = 250'000;
  m.clause({2}, ahead, 0);
  const WorkloadId training = m.workload();
  open();
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 0);
}

TEST_F(RankingTest, ACommitmentCountsUntilItIsMet) {
  // $16 by the end: two hours of 8 GPUs at $1.
  rate(2, 1);
  commit(2, 16, 1'000'000);
  const WorkloadId training = m.workload();
  open();
  const std::uint64_t first = run(0, training, 8);
  EXPECT_EQ(m.queue_of(first), 1);
  EXPECT_EQ(m.queue_of(m.submit(7'199, training, 1)), 1);
  EXPECT_TRUE(m.restarts());
  EXPECT_EQ(m.queue_of(m.submit(7'200, training, 1)), 0) << "the very microsecond";
  EXPECT_TRUE(m.restarts());
}

TEST_F(RankingTest, WhatEndedCountsAndACommitmentIsTruedUpAnew) {
  rate(2, 1);
  clause::Commit terms;
  terms.amount = dollars(16);
  terms.true_up = seconds(10'000);
  // $8 in each of two periods.
  rank({Criterion::kPaidFor});
  m.clause({2}, terms, 0, 20'000);
  const WorkloadId training = m.workload();
  open();
  const std::uint64_t first = run(0, training, 8);
  m.give(1'800, command::Exited{{first}});
  m.schedule(1'800, 1);
  const std::uint64_t second = run(1'800, training, 8);
  EXPECT_EQ(m.queue_of(second), 1) << "half of it is met";
  EXPECT_EQ(m.queue_of(m.submit(3'600, training, 1)), 0);
  m.give(3'600, command::Exited{{second}});
  EXPECT_TRUE(m.restarts());
  EXPECT_EQ(m.engine.state().next_instant(), MarketByHand::at(10'000));
  m.give(10'000, command::Advance{});
  EXPECT_EQ(m.queue_of(m.submit(10'000, training, 1)), 1) << "a new period";
}

TEST_F(RankingTest, OtherUseDoesNotMeetACommitment) {
  rate(2, 1);
  clause::Commit terms;
  terms.amount = dollars(16);
  terms.eligible = mask_of(Use::kTraining);
  m.clause({2}, terms, 0);
  const WorkloadId training = m.workload();
  const WorkloadId research = m.workload(Use::kResearch);
  open();
  m.capacity(0, north_stage, CapacityState::kSuspended);
  run(0, research, 8);
  m.capacity(1, north_stage, CapacityState::kAccepted);
  EXPECT_EQ(m.queue_of(m.submit(7'200, training, 1)), 1);
  EXPECT_EQ(m.queue_of(m.submit(7'200, research, 1)), 0);
}

TEST_F(RankingTest, SameSiteKeepsAWorkloadTogether) {
  rank({Criterion::kSameSite});
  const WorkloadId training = m.workload();
  const WorkloadId other = m.workload();
  open();
  m.capacity(0, north_stage, CapacityState::kSuspended);
  run(1, training, 8);
  m.capacity(2, north_stage, CapacityState::kAccepted);
  EXPECT_EQ(m.queue_of(m.submit(3, training, 8)), 1);
  EXPECT_EQ(m.queue_of(m.submit(3, other, 8)), 0);
}

TEST_F(RankingTest, LessDependentSpreadsAWorkload) {
  rank({Criterion::kLessDependent});
  const WorkloadId training = m.workload();
  open();
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 0);
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 1);
  EXPECT_TRUE(m.restarts());
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 0);
}

TEST_F(RankingTest, TighterFitKeepsLargeHolesWhole) {
  rank({Criterion::kTighterFit});
  const WorkloadId training = m.workload();
  open();
  m.capacity(0, north_stage, CapacityState::kSuspended);
  run(1, training, 16);  // south has 16 of 32 left
  m.capacity(2, north_stage, CapacityState::kAccepted);
  EXPECT_EQ(m.queue_of(m.submit(3, training, 8)), 1);
}

TEST_F(RankingTest, AJobIsNotPulledBeyondTheLimitOnDependence) {
  Workload service;
  service.lab = MarketByHand::kLab;
  service.use = Use::kFirstPartyProduct;
  service.supplier_share_max_ppm = 500'000;
  const WorkloadId replicas = m.add_workload(service);
  const WorkloadId filler = m.workload();
  open();
  m.capacity(0, north_stage, CapacityState::kSuspended);
  // South is full; one replica waits there, and one in the north when that returns, full too.
  const std::uint64_t in_south = run(1, filler, 16);
  run(1, filler, 16);
  m.submit(2, replicas, 8);
  m.submit(2, replicas, 8);
  m.capacity(3, north_stage, CapacityState::kAccepted);
  int south_jobs = 0;
  for (const std::uint64_t job : {in_south + 2, in_south + 3}) {
    south_jobs += m.queue_of(job) == 1 ? 1 : 0;
  }
  EXPECT_EQ(south_jobs, 1);
  m.give(4, command::Exited{{in_south}});
  m.schedule(4, 1);
  EXPECT_LE(m.market().routed_jobs[replicas.value][MarketByHand::kSouth.value], 1U);
}

/// 16 GPUs of north are licensed.
class LicenceTest : public RankingTest {
 protected:
  ClauseId licence;

  void license(std::uint64_t gpus) {
    clause::Locale terms;
    terms.jurisdictions = {"US"};
    terms.max_units = gpus;
    licence = m.clause({1}, terms, 0);
  }
};

TEST_F(LicenceTest, NoMoreRunsThanIsLicensedAndTheClauseIsNamed) {
  license(16);
  const WorkloadId training = m.workload();
  open();
  m.capacity(0, south_stage, CapacityState::kSuspended);
  const std::uint64_t first = run(1, training, 8);
  run(1, training, 8);
  const std::uint64_t third = m.submit(2, training, 1);
  EXPECT_EQ(m.queue_of(third), -1);
  EXPECT_EQ(m.job(third).unmet, Reason::kUnitsUsed);
  EXPECT_EQ(m.job(third).unmet_by, licence);
  EXPECT_TRUE(m.restarts());
  m.give(5, command::Exited{{first}});
  EXPECT_EQ(m.queue_of(third), 0) << "a unit is free again";
  EXPECT_TRUE(m.restarts());
}

TEST_F(LicenceTest, WhatIsBeyondItGoesElsewhere) {
  license(8);
  const WorkloadId training = m.workload();
  open();
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 0);
  EXPECT_EQ(m.queue_of(m.submit(1, training, 8)), 1);
}

TEST_F(LicenceTest, WhatIsCancelledMakesRoom) {
  license(8);
  const WorkloadId training = m.workload();
  open();
  m.capacity(0, south_stage, CapacityState::kSuspended);
  const std::uint64_t first = m.submit(1, training, 8);
  const std::uint64_t second = m.submit(1, training, 8);
  EXPECT_EQ(m.queue_of(second), -1);
  m.give(2, command::Cancel{{first}});
  EXPECT_EQ(m.queue_of(second), 0);
}

/// 24 GPUs of north are licensed until second 50, 16 from then on, and three jobs of 8 run there.
class ShrinkingLicenceTest : public LicenceTest {
 protected:
  void SetUp() override {
    clause::Locale terms;
    terms.jurisdictions = {"US"};
    terms.max_units = 24;
    m.clause({1}, terms, 0, 50);
    terms.max_units = 16;
    licence = m.clause({1}, terms, 50);
    workload = m.workload();
    north = m.order(1, 0);
    south = m.order(2, 0);
    north_stage = m.stage(north, 4);
    south_stage = m.stage(south, 4);
    m.open(north);
    m.open(south);
    m.capacity(0, north_stage, CapacityState::kAccepted);
  }
  /// Submitted with an interval of checkpoints, 0: none, and started.
  std::uint64_t start(std::int64_t s, std::int64_t interval_s) {
    const RequestId request = m.gpus(8);
    const RequestId early = m.early_request(8);
    const std::uint64_t job = m.engine.state().scheduling().jobs.next_id();
    m.give(s, command::SubmitWorkload{
                  {job}, workload, {0}, request, early, 0, seconds(1'000), seconds(interval_s)});
    m.schedule(s, 0);
    m.give(s, command::Started{{job}});
    return job;
  }
  std::vector<MarketByHand::Stop> stops_at_50() {
    m.give(49, command::Advance{});
    EXPECT_TRUE(m.stops.empty());
    m.give(50, command::Advance{});
    for (const Event& event : m.batch.events) {
      const auto* stop = std::get_if<event::StopRequested>(&event.body);
      if (stop != nullptr) {
        EXPECT_EQ(stop->clause, licence);
      }
    }
    return m.stops;
  }

  WorkloadId workload;
};

TEST_F(ShrinkingLicenceTest, WhatLosesLeastIsStoppedAndWaitsForTheClause) {
  start(1, 100);
  const std::uint64_t second = start(2, 12);  // saved at second 50 for the fourth time
  start(3, 100);
  ASSERT_EQ(stops_at_50().size(), 1U);
  EXPECT_EQ(m.stops[0], (MarketByHand::Stop{second, second, Reason::kUnitsUsed}));
  EXPECT_TRUE(m.restarts());
  m.give(50, command::Stopped{{second}, seconds(48)});
  EXPECT_EQ(m.queue_of(second), -1);
  EXPECT_EQ(m.job(second).unmet, Reason::kUnitsUsed);
  EXPECT_EQ(m.job(second).unmet_by, licence);
  m.give(60, command::Advance{});
  EXPECT_TRUE(m.stops.empty()) << "16 are licensed, and run";
}

TEST_F(ShrinkingLicenceTest, OfEqualLossTheLastToStartIsStopped) {
  start(1, 0);
  start(2, 0);
  const std::uint64_t third = start(3, 0);
  ASSERT_EQ(stops_at_50().size(), 1U);
  EXPECT_EQ(m.stops[0].job, third);
}

TEST_F(ShrinkingLicenceTest, WhatIsStoppedGoesElsewhere) {
  start(1, 0);
  start(2, 0);
  const std::uint64_t third = start(3, 0);
  m.capacity(10, south_stage, CapacityState::kAccepted);
  ASSERT_EQ(stops_at_50().size(), 1U);
  m.give(50, command::Stopped{{third}, seconds(47)});
  EXPECT_EQ(m.queue_of(third), 1);
}

TEST_F(ShrinkingLicenceTest, WhatIsStoppingAlreadyIsNotStoppedAgainAndCountsNoMore) {
  start(1, 0);
  start(2, 0);
  const std::uint64_t third = start(3, 0);
  m.give(40, command::Cancel{{third}});
  EXPECT_TRUE(stops_at_50().empty());
}

TEST_F(RankingTest, UnmetDemandIsToldAgainWhenAnotherClauseDecides) {
  clause::Exclusive terms;
  const ClauseId first = m.clause({0}, terms, 0, 50);
  const ClauseId second = m.clause({0}, terms, 50);
  const WorkloadId training = m.workload();
  open();
  const std::uint64_t job = m.submit(1, training, 8);
  EXPECT_EQ(m.job(job).unmet_by, first);
  EXPECT_TRUE(m.restarts());
  m.give(50, command::Advance{});
  EXPECT_EQ(m.job(job).unmet, Reason::kForbidden);
  EXPECT_EQ(m.job(job).unmet_by, second);
  int told = 0;
  for (const Event& event : m.batch.events) {
    told += std::holds_alternative<event::DemandUnmet>(event.body) ? 1 : 0;
  }
  EXPECT_GE(told, 1);
}

}  // namespace
}  // namespace stargate::core
