#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agreement/permit.h"
#include "core/market_fixture.h"

namespace stargate::core {
namespace {

clause::Exclusive exclusive(UseMask uses = kAnyUse) {
  clause::Exclusive terms;
  terms.uses = uses;
  return terms;
}

/// Orders with north (queue 0) and south (queue 1) of two nodes each, all accepted from the start.
class TwoSuppliers : public ::testing::Test {
 protected:
  void open(std::int64_t south_until_s = 1'000'000, std::uint16_t south_kind = 0) {
    north = m.order(1, 0);
    south = m.order(2, 0, south_until_s, south_kind);
    north_stage = m.stage(north, 2);
    south_stage = m.stage(south, 2);
  }
  void accept() {
    m.open(north);
    m.open(south);
    m.capacity(0, north_stage, CapacityState::kAccepted);
    m.capacity(0, south_stage, CapacityState::kAccepted);
  }

  MarketByHand m;
  OrderId north;
  OrderId south;
  StageId north_stage;
  StageId south_stage;
};

TEST_F(TwoSuppliers, WorkGoesWhereTheContractsLetIt) {
  open();
  m.clause({2}, exclusive(mask_of(Use::kApi)), 0);
  const WorkloadId api = m.workload(Use::kApi);
  const WorkloadId training = m.workload(Use::kTraining);
  accept();
  const std::uint64_t first = m.submit(1, api, 8);
  EXPECT_EQ(m.queue_of(first), 1);
  m.schedule(1, 1);
  EXPECT_EQ(m.started, std::vector<std::uint64_t>{first});
  const std::uint64_t second = m.submit(2, training, 16);
  EXPECT_EQ(m.queue_of(second), 0) << "south has no room now";
  EXPECT_TRUE(m.restarts());
}

TEST_F(TwoSuppliers, WhatNoOrderMayRunIsUnmetDemandUntilTheClauseEnds) {
  open();
  const ClauseId clause = m.clause({0}, exclusive(), 0, 50);
  const WorkloadId training = m.workload();
  accept();
  const std::uint64_t job = m.submit(1, training, 8);
  EXPECT_EQ(m.queue_of(job), -1);
  EXPECT_EQ(m.job(job).unmet, Reason::kForbidden);
  bool told = false;
  for (const Event& event : m.batch.events) {
    if (const auto* unmet = std::get_if<event::DemandUnmet>(&event.body)) {
      told = unmet->clause == clause;
    }
  }
  EXPECT_TRUE(told) << "the clause is named";
  EXPECT_EQ(m.engine.state().next_instant(), MarketByHand::at(50));
  EXPECT_TRUE(m.restarts());
  m.give(50, command::Advance{});
  EXPECT_EQ(m.queue_of(job), 0);
}

TEST_F(TwoSuppliers, NothingIsPlacedOnWhatIsNotAccepted) {
  open();
  const WorkloadId training = m.workload();
  m.open(north);
  m.open(south);
  m.capacity(0, north_stage, CapacityState::kInAcceptance);
  const std::uint64_t job = m.submit(1, training, 16);
  EXPECT_EQ(m.queue_of(job), -1);
  EXPECT_EQ(m.job(job).unmet, Reason::kNotAccepted);
  m.capacity(2, north_stage, CapacityState::kAccepted, 1);
  EXPECT_EQ(m.queue_of(job), -1) << "one node of two is too little";
  EXPECT_TRUE(m.restarts());
  m.capacity(3, north_stage, CapacityState::kAccepted);
  EXPECT_EQ(m.queue_of(job), 0);
  m.schedule(3, 0);
  EXPECT_EQ(m.started, std::vector<std::uint64_t>{job});
}

TEST_F(TwoSuppliers, EarlyUseIsForItsUsesAlone) {
  open();
  clause::Tranche tranche;
  tranche.order = north;
  tranche.stages = {north_stage};
  tranche.amount = {16, CapacityUnit::kGpus};
  tranche.due = MarketByHand::at(500);
  tranche.early_use = true;
  tranche.early_uses = mask_of(Use::kResearch);
  m.clause({1}, tranche, 0);
  const WorkloadId research = m.workload(Use::kResearch);
  const WorkloadId training = m.workload(Use::kTraining);
  m.open(north);
  m.open(south);
  m.capacity(1, north_stage, CapacityState::kInAcceptance);
  const std::uint64_t late = m.submit(2, training, 8);
  const std::uint64_t early = m.submit(2, research, 8);
  EXPECT_EQ(m.queue_of(late), -1);
  EXPECT_EQ(m.queue_of(early), 0);
  m.schedule(2, 0);
  EXPECT_EQ(m.started, std::vector<std::uint64_t>{early});
  EXPECT_TRUE(m.restarts());
}

/// Work of the use may run early on the stage of north.
clause::Tranche early_tranche(OrderId order, StageId stage, Use use) {
  clause::Tranche tranche;
  tranche.order = order;
  tranche.stages = {stage};
  tranche.amount = {16, CapacityUnit::kGpus};
  tranche.due = MarketByHand::at(500);
  tranche.early_use = true;
  tranche.early_uses = mask_of(use);
  return tranche;
}

TEST_F(TwoSuppliers, EarlyUseOfOnePartOfAnOrderIsNoneOfAnother) {
  open();
  const StageId other = m.stage(north, 2);
  m.clause({1}, early_tranche(north, north_stage, Use::kResearch), 0);
  m.clause({1}, early_tranche(north, other, Use::kTraining), 0);
  const WorkloadId research = m.workload(Use::kResearch);
  m.open(north);
  m.open(south);
  m.capacity(1, north_stage, CapacityState::kInAcceptance);
  const std::uint64_t first = m.submit(2, research, 16);
  EXPECT_EQ(m.queue_of(first), 0);
  m.schedule(2, 0);
  EXPECT_EQ(m.started, std::vector<std::uint64_t>{first});
  m.capacity(3, other, CapacityState::kInAcceptance);
  const std::uint64_t second = m.submit(4, research, 8);
  EXPECT_EQ(m.queue_of(second), -1)
      << "the other part is for training, and nodes are not told apart";
  m.schedule(4, 0);
  EXPECT_TRUE(m.started.empty());
  m.capacity(5, other, CapacityState::kAccepted);
  EXPECT_EQ(m.queue_of(second), 0);
}

TEST_F(TwoSuppliers, WhatWaitsForEarlyUseStopsWaitingForItWhenThatIsForOthers) {
  open();
  m.clause({1}, early_tranche(north, north_stage, Use::kResearch), 0, 50);
  m.clause({1}, early_tranche(north, north_stage, Use::kTraining), 50);
  const WorkloadId research = m.workload(Use::kResearch);
  m.open(north);
  m.open(south);
  m.capacity(1, north_stage, CapacityState::kInAcceptance);
  const std::uint64_t first = m.submit(2, research, 16);
  m.schedule(2, 0);
  const std::uint64_t second = m.submit(3, research, 8);
  EXPECT_EQ(m.queue_of(second), 0);
  m.give(50, command::Advance{});
  EXPECT_EQ(m.queue_of(second), -1);
  EXPECT_EQ(m.job(second).unmet, Reason::kNotAccepted);
  m.give(60, command::Exited{{first}});
  m.schedule(60, 0);
  EXPECT_TRUE(m.started.empty());
}

TEST_F(TwoSuppliers, WhatRunsOnAnOrderThatEndsMovesToAnother) {
  open(40);
  const WorkloadId training = m.workload();
  accept();
  const std::uint64_t first = m.submit(1, training, 16);
  m.schedule(1, 0);
  const std::uint64_t second = m.submit(1, training, 16);
  EXPECT_EQ(m.queue_of(second), 1);
  m.schedule(1, 1);
  m.give(2, command::Started{{second}});
  m.give(40, command::Advance{});
  ASSERT_EQ(m.stops.size(), 1U);
  EXPECT_EQ(m.stops[0], (MarketByHand::Stop{second, second, Reason::kNoLongerPermitted}));
  m.give(41, command::Stopped{{second}, seconds(39)});
  EXPECT_EQ(m.queue_of(second), 0) << "behind the first";
  EXPECT_TRUE(m.restarts());
  m.give(60, command::Exited{{first}});
  m.schedule(60, 0);
  EXPECT_EQ(m.started, std::vector<std::uint64_t>{second});
}

TEST_F(TwoSuppliers, AReservationIsTakenBackAtItsEndWithAllThatRunsThere) {
  open();
  clause::Reserve terms;
  terms.order = south;
  terms.max_gpus = 16;
  terms.reclaimed_before_end = seconds(10);
  const ClauseId window = m.clause({2}, terms, 0, 50);
  const WorkloadId training = m.workload();
  accept();
  const std::uint64_t first = m.submit(1, training, 16);
  m.schedule(1, 0);
  const std::uint64_t second = m.submit(1, training, 16);
  m.schedule(1, 1);
  m.give(2, command::Started{{second}});
  ASSERT_EQ(m.queue_of(second), 1);
  const std::uint64_t third = m.submit(3, training, 8);
  m.give(39, command::Advance{});
  EXPECT_TRUE(m.stops.empty());
  EXPECT_EQ(m.engine.state().next_instant(), MarketByHand::at(40));
  EXPECT_TRUE(m.restarts());
  m.give(40, command::Advance{});
  ASSERT_EQ(m.stops.size(), 1U);
  EXPECT_EQ(m.stops[0], (MarketByHand::Stop{second, second, Reason::kTakenBack}));
  for (const Event& event : m.batch.events) {
    const auto* stop = std::get_if<event::StopRequested>(&event.body);
    if (stop != nullptr) {
      EXPECT_EQ(stop->clause, window);
    }
  }
  EXPECT_EQ(m.market().places[1].held_gpus[static_cast<std::size_t>(Use::kTraining)], 16U)
      << "held until the stop is confirmed";
  m.give(41, command::Stopped{{second}, seconds(39)});
  EXPECT_EQ(m.queue_of(second), 0);
  EXPECT_EQ(m.queue_of(third), 0) << "nothing waits for what was taken back";
  m.schedule(41, 1);
  EXPECT_TRUE(m.started.empty());
  EXPECT_TRUE(m.restarts());
  m.give(60, command::Exited{{first}});
  m.schedule(60, 0);
  EXPECT_EQ(m.started, std::vector<std::uint64_t>{second});
}

TEST_F(TwoSuppliers, AnOrderThatIsFreeTakesWhatWaitsForAnother) {
  open();
  const WorkloadId training = m.workload();
  accept();
  m.submit(1, training, 16);
  m.schedule(1, 0);
  const std::uint64_t there = m.submit(1, training, 16);
  m.schedule(1, 1);
  const std::uint64_t waits = m.submit(2, training, 8);
  EXPECT_EQ(m.queue_of(waits), 0);
  m.give(3, command::Exited{{there}});
  m.schedule(3, 1);
  EXPECT_EQ(m.queue_of(waits), 1);
  EXPECT_EQ(m.started, std::vector<std::uint64_t>{waits});
}

TEST_F(TwoSuppliers, LengthsAreInTheTimeOfTheAcceleratorThatRunsThem) {
  open(1'000'000, 1);
  Workload workload;
  workload.lab = MarketByHand::kLab;
  workload.use = Use::kTraining;
  workload.speeds = {{{1}, 5, 2}};
  const WorkloadId training = m.add_workload(workload);
  accept();
  const std::uint64_t job = m.submit(1, training, 16, 100);
  EXPECT_EQ(m.queue_of(job), 1) << "the faster one";
  EXPECT_EQ(m.job(job).estimate, seconds(40));
  m.schedule(1, 1);
  const std::uint64_t other = m.submit(1, training, 16, 100);
  EXPECT_EQ(m.queue_of(other), 0);
  EXPECT_EQ(m.job(other).estimate, seconds(100));
}

TEST_F(TwoSuppliers, KindsThatAreNotAcceptedAreNoPlace) {
  open(1'000'000, 1);
  Workload workload;
  workload.lab = MarketByHand::kLab;
  workload.kinds = 2;
  const WorkloadId picky = m.add_workload(workload);
  workload.kinds = 4;
  const WorkloadId alien = m.add_workload(workload);
  accept();
  EXPECT_EQ(m.queue_of(m.submit(1, picky, 8)), 1);
  const std::uint64_t job = m.submit(1, alien, 8);
  EXPECT_EQ(m.job(job).unmet, Reason::kWrongKind);
}

TEST_F(TwoSuppliers, DataThatIsAbsentIsBroughtFirstOrKeepsThePlaceOut) {
  open();
  Site far;
  far.name = "far";
  far.ingest_bytes_per_s = 100;
  m.add(far);
  Order order = m.market().book.orders()[south.value];
  order.name = "far-order";
  order.site = {3};
  m.add(order);
  const StageId stage = m.stage({2}, 2);
  m.add(DataSet{"corpus", 1'000, {}});
  Workload workload;
  workload.lab = MarketByHand::kLab;
  workload.data = {{0}};
  const WorkloadId stays = m.add_workload(workload);
  workload.waits_for_transfer = true;
  const WorkloadId waits = m.add_workload(workload);
  m.open({2});
  m.capacity(0, stage, CapacityState::kAccepted);
  const std::uint64_t never = m.submit(1, stays, 8);
  EXPECT_EQ(m.job(never).unmet, Reason::kDataAbsent);
  const std::uint64_t job = m.submit(5, waits, 8);
  EXPECT_EQ(m.job(job).unmet, Reason::kDataAbsent);
  EXPECT_EQ(m.engine.state().next_instant(), MarketByHand::at(15)) << "1000 bytes at 100 a second";
  EXPECT_TRUE(m.restarts());
  m.give(15, command::Advance{});
  EXPECT_EQ(m.queue_of(job), 0);
  EXPECT_EQ(m.queue_of(never), 0) << "it is there now";
}

TEST_F(TwoSuppliers, NoSupplierHasMoreOfAServiceThanItsLimit) {
  open();
  Workload workload;
  workload.lab = MarketByHand::kLab;
  workload.use = Use::kFirstPartyProduct;
  workload.supplier_share_max_ppm = 600'000;
  const WorkloadId service = m.add_workload(workload);
  const WorkloadId filler = m.workload();
  accept();
  // Replicas that are there before anything has room: the limit counts all of them.
  std::vector<std::uint64_t> replicas;
  m.capacity(0, south_stage, CapacityState::kSuspended);
  m.capacity(0, north_stage, CapacityState::kSuspended);
  for (int i = 0; i < 5; ++i) replicas.push_back(m.submit(1, service, 1));
  m.capacity(2, north_stage, CapacityState::kAccepted);
  int north_jobs = 0;
  for (const std::uint64_t job : replicas) north_jobs += m.queue_of(job) == 0 ? 1 : 0;
  EXPECT_EQ(north_jobs, 3) << "60 % of five";
  EXPECT_EQ(m.job(replicas[4]).unmet, Reason::kShareUsed);
  EXPECT_TRUE(m.restarts());
  m.capacity(3, south_stage, CapacityState::kAccepted);
  EXPECT_EQ(m.queue_of(replicas[3]), 1);
  EXPECT_EQ(m.queue_of(replicas[4]), 1);
  EXPECT_GE(m.queue_of(m.submit(4, filler, 1)), 0);
}

TEST_F(TwoSuppliers, WhatALimitOnDependenceKeptOutIsTriedAgainWhenAnotherJobComes) {
  open();
  Workload workload;
  workload.lab = MarketByHand::kLab;
  workload.supplier_share_max_ppm = 500'000;
  const WorkloadId service = m.add_workload(workload);
  accept();
  const std::uint64_t first = m.submit(1, service, 1);
  EXPECT_EQ(m.job(first).unmet, Reason::kShareUsed) << "alone it is all of them";
  const std::uint64_t second = m.submit(1, service, 1);
  EXPECT_GE(m.queue_of(first), 0);
  EXPECT_GE(m.queue_of(second), 0);
  EXPECT_NE(m.queue_of(first), m.queue_of(second));
  EXPECT_TRUE(m.restarts());
}

TEST_F(TwoSuppliers, ASupplierThatFailsLosesItsWorkToOthers) {
  open();
  const WorkloadId training = m.workload();
  accept();
  const std::uint64_t job = m.submit(1, training, 16);
  m.schedule(1, 0);
  m.give(1, command::Started{{job}});
  Act act;
  act.kind = ActKind::kSupplierFails;
  act.effective = MarketByHand::at(10);
  act.party = MarketByHand::kNorth;
  m.give(10, command::EnterAct{act});
  ASSERT_EQ(m.stops.size(), 1U);
  EXPECT_EQ(m.stops[0].reason, Reason::kNodeLost);
  m.give(10, command::Lost{{job}, {}});
  EXPECT_EQ(m.queue_of(job), 1);
  act.kind = ActKind::kSupplierReturns;
  act.effective = MarketByHand::at(20);
  m.give(20, command::EnterAct{act});
  EXPECT_TRUE(m.restarts());
  EXPECT_EQ(m.queue_of(m.submit(21, training, 16)), 0);
}

TEST_F(TwoSuppliers, WorkGoesWhereItIsTakenBeforeItGoesWhereItIsBetter) {
  open();
  const WorkloadId training = m.workload();
  accept();
  m.submit(1, training, 16);
  m.schedule(1, 0);
  m.submit(1, training, 16);
  m.schedule(1, 1);
  const std::uint64_t waits = m.submit(2, training, 8);
  EXPECT_EQ(m.queue_of(waits), 0);
  m.give(3, command::SetHealth{{0}, {0}, 1, Health::kDrained});
  EXPECT_EQ(m.queue_of(waits), 0) << "a node takes work";
  m.give(3, command::SetHealth{{0}, {1}, 1, Health::kDrained});
  EXPECT_EQ(m.queue_of(waits), 1) << "what waits leaves";
  const std::uint64_t late = m.submit(4, training, 8);
  EXPECT_EQ(m.queue_of(late), 1) << "although more waits there";
  EXPECT_TRUE(m.restarts());
  m.give(5, command::SetHealth{{1}, {0}, 2, Health::kDrained});
  EXPECT_EQ(m.queue_of(late), 1) << "no other takes work: it waits";
  const std::uint64_t last = m.submit(6, training, 8);
  EXPECT_GE(m.queue_of(last), 0);
  m.schedule(6, 0);
  m.schedule(6, 1);
  EXPECT_TRUE(m.started.empty());
}

TEST_F(TwoSuppliers, UnmetDemandCanBeCancelled) {
  open();
  m.clause({0}, exclusive(), 0);
  const WorkloadId training = m.workload();
  accept();
  const std::uint64_t job = m.submit(1, training, 8);
  m.give(2, command::Cancel{{job}});
  EXPECT_EQ(m.engine.state().scheduling().jobs.find({job}), nullptr);
  EXPECT_TRUE(m.market().unrouted.empty());
}

TEST_F(TwoSuppliers, WhatDoesNotFitTheBookIsRefused) {
  open();
  accept();
  m.capacity(5, north_stage, CapacityState::kInstalled);
  EXPECT_EQ(m.refused, Reason::kNotNow) << "accepted capacity does not go back";
  m.give(6, command::SubmitWorkload{{0}, {9}, {0}, {0}, {0}, 0, seconds(1), {}});
  EXPECT_EQ(m.refused, Reason::kUnknown);
  m.give(7, command::OpenOrder{north, {2}, {}});
  EXPECT_EQ(m.refused, Reason::kNotNow) << "all of its stages are open";
}

/// An order with south that is not signed yet, which work is wanted on.
class Proposals : public TwoSuppliers {
 protected:
  void SetUp() override {
    open();
    training = m.workload();
    Order order;
    order.name = "wanted";
    order.agreement = {2};
    order.site = {2};
    order.amount = {16, CapacityUnit::kGpus};
    order.signed_at = kNever;
    order.known = MarketByHand::at(0);
    wanted = {static_cast<std::uint32_t>(m.market().book.orders().size())};
    m.add(order);
  }
  ClauseId first_refusal(AgreementId agreement, std::int64_t from_s, std::int64_t until_s) {
    clause::FirstRefusal terms;
    terms.reply_within = seconds(10);
    return m.clause(agreement, terms, from_s, until_s);
  }
  command::Propose proposal(std::vector<command::ReplyDue> replies = {}) const {
    Terms terms;
    terms.amount = {16, CapacityUnit::kGpus};
    return {wanted, training, terms, "offer", std::move(replies)};
  }
  std::vector<std::string> offers() const {
    std::vector<std::string> names;
    for (const Act& act : m.batch.acts) {
      if (act.kind == ActKind::kOffer) names.push_back(act.offer);
    }
    return names;
  }
  Reason sign(std::int64_t s) {
    Act act;
    act.kind = ActKind::kSign;
    act.effective = MarketByHand::at(s);
    act.order = wanted;
    m.give(s, command::EnterAct{act});
    return m.refused;
  }
  agreement::Verdict verdict(std::int64_t s) const {
    const agreement::Moment then{MarketByHand::at(s), MarketByHand::at(s)};
    return agreement::permit(m.market().book, training, wanted, then).verdict;
  }

  WorkloadId training;
  OrderId wanted;
};

TEST_F(Proposals, NobodyIsOfferedWhatNothingStandsInTheWayOf) {
  m.give(1, proposal());
  EXPECT_EQ(m.refused, Reason::kNone);
  EXPECT_TRUE(m.batch.events.empty());
  EXPECT_EQ(sign(2), Reason::kNone);
  EXPECT_EQ(verdict(3), agreement::Verdict::kPermitted);
}

TEST_F(Proposals, TheHolderOfAFirstRefusalIsOfferedItAndItsSilenceClearsTheOrder) {
  const ClauseId clause = first_refusal({1}, 0, 500);
  m.give(1, proposal());
  EXPECT_EQ(m.refused, Reason::kInvalid) << "the deadline of its reply is not said";
  m.give(1, proposal({{clause, MarketByHand::at(11)}}));
  EXPECT_EQ(m.refused, Reason::kNone);
  ASSERT_EQ(offers(), std::vector<std::string>{"offer"});
  EXPECT_EQ(m.batch.acts[0].order, wanted);
  EXPECT_EQ(m.batch.acts[0].reply_by, MarketByHand::at(11));
  EXPECT_EQ(m.batch.acts[0].terms.amount, (CapacityAmount{16, CapacityUnit::kGpus}));
  EXPECT_TRUE(m.restarts());

  m.give(2, proposal({{clause, MarketByHand::at(12)}}));
  EXPECT_EQ(m.refused, Reason::kNone);
  EXPECT_TRUE(offers().empty()) << "the first offer is open";
  EXPECT_EQ(sign(20), Reason::kNone);
  EXPECT_EQ(verdict(21), agreement::Verdict::kPermitted);
  m.give(30, proposal({{clause, MarketByHand::at(40)}}));
  EXPECT_EQ(m.refused, Reason::kNotNow) << "it is signed";
}

TEST_F(Proposals, EachHolderIsOfferedIt) {
  const ClauseId of_own = first_refusal({0}, 0, 500);
  const ClauseId of_north = first_refusal({1}, 0, 500);
  m.give(1, proposal({{of_north, MarketByHand::at(11)}, {of_own, MarketByHand::at(21)}}));
  ASSERT_EQ(offers(), (std::vector<std::string>{"offer", "offer-2"}));
  EXPECT_EQ(m.batch.acts[0].clause, of_own);
  EXPECT_EQ(m.batch.acts[1].clause, of_north);
}

TEST_F(Proposals, AFirstRefusalThatHasEndedIsOfferedNothing) {
  first_refusal({1}, 0, 50);
  m.give(50, proposal());
  EXPECT_EQ(m.refused, Reason::kNone);
  EXPECT_TRUE(offers().empty());
}

TEST_F(Proposals, WhatAClauseForbidsIsRefusedAndNotOffered) {
  const ClauseId refusal = first_refusal({1}, 0, 500);
  m.clause({0}, exclusive(), 0, 50);
  m.give(1, proposal({{refusal, MarketByHand::at(11)}}));
  EXPECT_EQ(m.refused, Reason::kForbidden);
  EXPECT_TRUE(offers().empty());
}

TEST_F(Proposals, NamesOfWhatThereIsNotAreRefused) {
  const WorkloadId api = m.workload(Use::kApi);
  Order order = m.market().book.orders()[wanted.value];
  order.name = "for training";
  order.uses = mask_of(Use::kTraining);
  const OrderId narrow{static_cast<std::uint32_t>(m.market().book.orders().size())};
  m.add(order);
  command::Propose wrong = proposal();
  wrong.order = {77};
  m.give(1, wrong);
  EXPECT_EQ(m.refused, Reason::kUnknown);
  wrong = proposal();
  wrong.workload = {77};
  m.give(1, wrong);
  EXPECT_EQ(m.refused, Reason::kUnknown);
  wrong = proposal();
  wrong.order = narrow;
  wrong.workload = api;
  m.give(1, wrong);
  EXPECT_EQ(m.refused, Reason::kInvalid) << "it was not ordered for this use";
}

}  // namespace
}  // namespace stargate::core
