// Preemption and reclaim with executors that take their time: who is asked to stop, and who gets what
// they give back.

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/engine_fixture.h"

namespace stargate::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Stop = EngineByHand::Stop;

FleetSpec fleet(std::uint32_t nodes, std::uint32_t gpus) {
  return {{{1, nodes, gpus, {}, Level::kRack}}};
}

QueuePolicy policy(OrderKind order, BackfillKind backfill = BackfillKind::kNone) {
  QueuePolicy result;
  result.order = order;
  result.backfill = backfill;
  return result;
}

struct Work {
  std::uint64_t id = 0;
  std::uint32_t gpus = 1;
  std::int32_t priority = 0;
  std::uint32_t tenant = 0;
  Duration checkpoint{};
  Duration estimate = hours(10);
};

class Stops : public testing::Test {
 protected:
  void world(const QueuePolicy& how, const FleetSpec& nodes) {
    hand = EngineByHand{};
    hand.define(how, nodes);
    for (std::uint32_t gpus = 1; gpus <= 16; ++gpus) requests_[gpus] = hand.gpus(gpus);
  }
  void submit(std::int64_t s, const Work& work) {
    hand.give(s, command::Submit{{work.id},
                                 {0},
                                 {work.tenant},
                                 requests_[work.gpus],
                                 work.priority,
                                 work.estimate,
                                 work.checkpoint});
  }
  void schedule(std::int64_t s) { hand.give(s, command::Schedule{{0}}); }
  void stopped(std::int64_t s, std::uint64_t job) {
    hand.give(s, command::Stopped{{job}, Duration{}});
  }

  EngineByHand hand;

 private:
  RequestId requests_[17];
};

TEST_F(Stops, AGangIsPreemptedWhole) {
  world(policy(OrderKind::kPriority), fleet(4, 8));
  Request gang;
  gang.parts = {{.gpus = 16, .gpus_per_node = 8}, {.nodes = 2}};
  const RequestId whole = hand.request(gang);
  hand.give(0, command::Submit{{0}, {0}, {0}, whole, 0, hours(10), {}});
  schedule(0);
  ASSERT_THAT(hand.started, ElementsAre(0));
  submit(10, {.id = 1, .gpus = 1, .priority = 1});
  schedule(10);
  EXPECT_THAT(hand.stops, ElementsAre(Stop{0, 1, Reason::kPreempted}));
  EXPECT_EQ(hand.free_gpus(), 0U);
  stopped(20, 0);
  EXPECT_EQ(hand.free_gpus(), 32U);
  schedule(20);
  EXPECT_THAT(hand.started, ElementsAre(1));
  EXPECT_EQ(hand.free_gpus(), 31U) << "the gang does not run in part";
}

TEST_F(Stops, GpusStayHeldUntilTheStopIsConfirmed) {
  world(policy(OrderKind::kPriority, BackfillKind::kEasy), fleet(1, 8));
  submit(0, {.id = 0, .gpus = 8});
  schedule(0);
  submit(10, {.id = 1, .gpus = 4, .priority = 5});
  submit(10, {.id = 2, .gpus = 1, .estimate = seconds(1)});
  schedule(10);
  EXPECT_THAT(hand.stops, ElementsAre(Stop{0, 1, Reason::kPreempted}));
  EXPECT_THAT(hand.started, IsEmpty());
  // Nobody is asked again meanwhile, and nothing is given away.
  schedule(15);
  EXPECT_TRUE(hand.batch.events.empty());
  EXPECT_EQ(hand.free_gpus(), 0U);
  stopped(20, 0);
  schedule(20);
  ASSERT_FALSE(hand.started.empty());
  EXPECT_EQ(hand.started[0], 1U) << "who goes first is served first";
}

TEST_F(Stops, WhoComesMeanwhileAndGoesFirstGetsWhatIsGivenBack) {
  world(policy(OrderKind::kPriority), fleet(1, 8));
  submit(0, {.id = 0, .gpus = 8});
  schedule(0);
  submit(10, {.id = 1, .gpus = 8, .priority = 1});
  schedule(10);
  submit(15, {.id = 2, .gpus = 8, .priority = 2});
  schedule(15);
  EXPECT_THAT(hand.stops, IsEmpty()) << "what is stopping will do";
  EXPECT_EQ(hand.waits, Reason::kStopsAwaited);
  stopped(20, 0);
  schedule(20);
  EXPECT_THAT(hand.started, ElementsAre(2));
}

TEST_F(Stops, WhoLosesLeastIsStoppedAndNoneThatIsNotNeeded) {
  world(policy(OrderKind::kPriority), fleet(4, 8));
  submit(0, {.id = 0, .gpus = 7, .checkpoint = seconds(1'000)});
  submit(0, {.id = 1, .gpus = 7, .checkpoint = seconds(100)});
  submit(0, {.id = 2, .gpus = 7, .checkpoint = seconds(10)});
  submit(0, {.id = 3, .gpus = 7, .checkpoint = seconds(900)});
  schedule(0);
  ASSERT_EQ(hand.started.size(), 4U);
  Request node;
  node.parts.resize(1);
  node.parts[0].nodes = 1;
  const RequestId whole = hand.request(node);
  hand.give(109, command::Submit{{4}, {0}, {0}, whole, 1, hours(1), {}});
  schedule(109);
  // They lose 109, 9, 9 and 109 s: of equals the one with the greater number.
  EXPECT_THAT(hand.stops, ElementsAre(Stop{2, 4, Reason::kPreempted}));
}

TEST_F(Stops, ALargeVictimSparesTheSmallOnesThatItMakesNeedless) {
  world(policy(OrderKind::kPriority), fleet(1, 8));
  submit(0, {.id = 0, .gpus = 2, .checkpoint = seconds(1'000)});
  submit(0, {.id = 1, .gpus = 6, .checkpoint = seconds(500)});
  schedule(0);
  submit(400, {.id = 2, .gpus = 6, .priority = 1});
  schedule(400);
  EXPECT_THAT(hand.stops, ElementsAre(Stop{1, 2, Reason::kPreempted}));
}

TEST_F(Stops, NobodyIsStoppedInVain) {
  world(policy(OrderKind::kPriority), fleet(2, 8));
  submit(0, {.id = 0, .gpus = 8, .priority = 9});
  submit(0, {.id = 1, .gpus = 8});
  schedule(0);
  submit(10, {.id = 2, .gpus = 16, .priority = 5});
  schedule(10);
  EXPECT_THAT(hand.stops, IsEmpty());
  EXPECT_EQ(hand.waits, Reason::kGpusBusy);
}

TEST_F(Stops, EqualsNeverPreemptEachOther) {
  for (OrderKind order :
       {OrderKind::kPriority, OrderKind::kSrtf, OrderKind::kSrsf, OrderKind::kLas}) {
    world(policy(order), fleet(1, 8));
    submit(0, {.id = 0, .gpus = 8});
    submit(0, {.id = 1, .gpus = 8});
    schedule(0);
    EXPECT_THAT(hand.started, ElementsAre(0));
    EXPECT_THAT(hand.stops, IsEmpty());
  }
}

TEST_F(Stops, ACancelledVictimDoesNotComeBack) {
  world(policy(OrderKind::kPriority), fleet(1, 8));
  submit(0, {.id = 0, .gpus = 8});
  schedule(0);
  submit(10, {.id = 1, .gpus = 8, .priority = 1});
  schedule(10);
  hand.give(11, command::Cancel{{0}});
  stopped(20, 0);
  ASSERT_EQ(hand.released.size(), 1U);
  EXPECT_EQ(hand.released[0].second, Reason::kCancelled);
  schedule(20);
  EXPECT_THAT(hand.started, ElementsAre(1));
  EXPECT_EQ(hand.engine.state().scheduling().jobs.find({0}), nullptr);
}

TEST_F(Stops, AVictimThatEndsByItselfIsOver) {
  world(policy(OrderKind::kPriority), fleet(1, 8));
  submit(0, {.id = 0, .gpus = 8});
  schedule(0);
  submit(10, {.id = 1, .gpus = 8, .priority = 1});
  schedule(10);
  hand.give(12, command::Exited{{0}});
  schedule(12);
  EXPECT_THAT(hand.started, ElementsAre(1));
  stopped(20, 0);
  EXPECT_EQ(hand.refused, Reason::kUnknown);
}

// Neither another command nor an event is needed: the instant itself is what happens.
TEST_F(Stops, ALevelOfLasIsReachedAtAnInstantOfItsOwn) {
  world(policy(OrderKind::kLas), fleet(1, 8));
  submit(0, {.id = 0, .gpus = 8});
  schedule(0);
  submit(10, {.id = 1, .gpus = 8});
  schedule(10);
  EXPECT_THAT(hand.stops, IsEmpty());
  ASSERT_EQ(hand.engine.state().next_instant(), EngineByHand::at(3'600 / 8));
  hand.give(450, command::Advance{});
  schedule(450);
  EXPECT_THAT(hand.stops, ElementsAre(Stop{0, 1, Reason::kPreempted}));
  stopped(451, 0);
  schedule(451);
  EXPECT_THAT(hand.started, ElementsAre(1));
  // The first has been at it for 451 s; the other reaches its level 450 s from now.
  ASSERT_EQ(hand.engine.state().next_instant(), EngineByHand::at(901));
  hand.give(901, command::Advance{});
  schedule(901);
  EXPECT_THAT(hand.stops, IsEmpty()) << "on one level jobs leave each other alone";
  EXPECT_EQ(hand.engine.state().next_instant(), EngineByHand::at(451 + 4 * 450));
}

// --- quotas ---

TEST_F(Stops, AGuaranteeIsTakenBackFromWhoBorrowsAndOnceOnly) {
  world(policy(OrderKind::kFifo), fleet(1, 8));
  const std::uint32_t a = hand.tenant(1, 4, 4);
  const std::uint32_t b = hand.tenant(1, 4, 4);
  submit(0, {.id = 0, .gpus = 4, .tenant = a});
  submit(0, {.id = 1, .gpus = 4, .tenant = a});
  schedule(0);
  ASSERT_THAT(hand.started, ElementsAre(0, 1));
  submit(10, {.id = 2, .gpus = 4, .tenant = b});
  schedule(10);
  EXPECT_THAT(hand.stops, ElementsAre(Stop{1, 2, Reason::kReclaimed}));
  schedule(15);
  EXPECT_TRUE(hand.batch.events.empty());
  stopped(20, 1);
  schedule(20);
  EXPECT_THAT(hand.started, ElementsAre(2)) << "though the borrower was submitted before";
  EXPECT_THAT(hand.stops, IsEmpty());
}

TEST_F(Stops, WithinItsGuaranteeNobodyIsReclaimedFrom) {
  world(policy(OrderKind::kFifo), fleet(1, 8));
  const std::uint32_t a = hand.tenant(1, 4, 4);
  const std::uint32_t b = hand.tenant(1, 2, 2);
  submit(0, {.id = 0, .gpus = 4, .tenant = a});
  submit(0, {.id = 1, .gpus = 4});
  schedule(0);
  submit(10, {.id = 2, .gpus = 2, .tenant = b});
  schedule(10);
  EXPECT_THAT(hand.stops, IsEmpty());
  EXPECT_EQ(hand.waits, Reason::kGpusBusy);
}

// Preferences in a circle: the owner reclaims from the borrower, which goes before what has no quota,
// which goes before the owner.
TEST_F(Stops, WhatIsNotGuaranteedStopsNobodysGuarantee) {
  world(policy(OrderKind::kPriority), fleet(1, 2));
  const std::uint32_t owner = hand.tenant(1, 1, 0);
  const std::uint32_t borrower = hand.tenant(1, 0, 1);
  hand.tenant(1, 1, 0);
  submit(0, {.id = 0, .gpus = 1, .priority = 5});
  submit(0, {.id = 1, .gpus = 1, .priority = 9, .tenant = borrower});
  schedule(0);
  ASSERT_EQ(hand.started.size(), 2U);
  submit(10, {.id = 2, .gpus = 1, .priority = 0, .tenant = owner});
  schedule(10);
  EXPECT_THAT(hand.stops, ElementsAre(Stop{1, 2, Reason::kReclaimed}));
  stopped(10, 1);
  schedule(10);
  EXPECT_THAT(hand.started, ElementsAre(2));
  EXPECT_THAT(hand.stops, ElementsAre(Stop{0, 1, Reason::kPreempted}));
  stopped(10, 0);
  schedule(10);
  EXPECT_THAT(hand.started, ElementsAre(1));
  EXPECT_THAT(hand.stops, IsEmpty());
}

TEST_F(Stops, WhatOvertakesDoesNotTakeTheQuotaThatIsReclaimed) {
  for (BackfillKind backfill : {BackfillKind::kEasy, BackfillKind::kConservative}) {
    world(policy(OrderKind::kFifo, backfill), fleet(4, 8));
    const std::uint32_t a = hand.tenant(1, 10, 0);
    const std::uint32_t b = hand.tenant(1, 0, 4);
    submit(0, {.id = 0, .gpus = 4, .tenant = a});
    submit(0, {.id = 1, .gpus = 2, .tenant = b});
    schedule(0);
    ASSERT_EQ(hand.started.size(), 2U);
    submit(10, {.id = 2, .gpus = 6, .tenant = a});
    submit(10, {.id = 3, .gpus = 2, .tenant = b, .estimate = {}});
    schedule(10);
    EXPECT_THAT(hand.stops, ElementsAre(Stop{1, 2, Reason::kReclaimed}));
    EXPECT_THAT(hand.started, IsEmpty()) << "it would be stopped at once";
    stopped(20, 1);
    schedule(20);
    EXPECT_THAT(hand.started, ElementsAre(2));
  }
}

TEST_F(Stops, ATenantThatItsQuotaBlocksHoldsUpOnlyItsOwnJobs) {
  world(policy(OrderKind::kFifo), fleet(2, 8));
  const std::uint32_t a = hand.tenant(1, 4, 0);
  const std::uint32_t b = hand.tenant(1, 4, 0);
  submit(0, {.id = 0, .gpus = 3, .tenant = a});
  submit(0, {.id = 1, .gpus = 4, .tenant = a});
  submit(0, {.id = 2, .gpus = 1, .tenant = a});
  submit(0, {.id = 3, .gpus = 4, .tenant = b});
  submit(0, {.id = 4, .gpus = 2});
  schedule(0);
  EXPECT_THAT(hand.started, ElementsAre(0, 3, 4));
}

TEST_F(Stops, MoreThanItMayEverHoldIsRefused) {
  world(policy(OrderKind::kFifo), fleet(2, 8));
  const std::uint32_t a = hand.tenant(1, 4, 2);
  hand.tenant(1, 1, 0);
  submit(0, {.id = 0, .gpus = 7, .tenant = a});
  EXPECT_EQ(hand.refused, Reason::kQuotaNeverAllows) << "above its own share and what it borrows";
  submit(0, {.id = 1, .gpus = 6, .tenant = a});
  EXPECT_EQ(hand.refused, Reason::kQuotaNeverAllows) << "above all that its cohort has";
  submit(0, {.id = 2, .gpus = 5, .tenant = a});
  EXPECT_EQ(hand.refused, Reason::kNone);
}

}  // namespace
}  // namespace stargate::core
