// Small cases, worked out by hand.

#include "sim/replay.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/fleet_text.h"
#include "sim/job_list_fixture.h"
#include "sim/replayer.h"
#include "sim/starts_fixture.h"

namespace stargate::sim {
namespace {

using testing::ElementsAre;

Instant at(std::int64_t s) { return Instant{} + seconds(s); }

ReplayOptions options(const std::string& order, const std::string& backfill,
                      const std::string& fleet) {
  ReplayOptions result;
  result.order = order;
  result.backfill = backfill;
  result.queues = {{"", parse_fleet(fleet)}};
  return result;
}

Request shaped(std::uint32_t gpus, std::uint32_t gpus_per_node) {
  Request request;
  request.parts.resize(1);
  request.parts[0].gpus = gpus;
  request.parts[0].gpus_per_node = gpus_per_node;
  return request;
}

std::vector<Starts::Run> runs_of(const ReplayOptions& options, const JobList& jobs) {
  ReplayControl control;
  Starts starts;
  Replayer replayer(options, jobs, control, &starts);
  replayer.run();
  return starts.runs();
}

/// The first start of each job, in seconds.
std::vector<std::int64_t> starts_of(const ReplayOptions& options, const JobList& jobs) {
  std::vector<std::int64_t> starts;
  for (const Starts::Run& run : runs_of(options, jobs)) {
    starts.push_back(run.starts.empty() ? -1 : (run.starts[0] - Instant{}).us / kMicrosPerSecond);
  }
  return starts;
}

std::vector<std::int64_t> seconds_of(const std::vector<Instant>& instants) {
  std::vector<std::int64_t> result;
  for (Instant instant : instants) result.push_back((instant - Instant{}).us / kMicrosPerSecond);
  return result;
}

TEST(Replay, FifoBlocksBehindTheHead) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 4);
  jobs.add(at(1), seconds(5), seconds(5), 2);  // when the first ends
  jobs.add(at(2), seconds(5), seconds(5), 4);  // needs all: when the second ends
  jobs.add(at(3), seconds(1), seconds(1), 2);  // would fit at 10, but stands behind the third
  EXPECT_THAT(starts_of(options("fifo", "none", "4x1"), jobs), ElementsAre(0, 10, 15, 20));
}

TEST(Replay, SjfTakesTheShortestThatWaits) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 4);
  jobs.add(at(1), seconds(8), seconds(8), 4);  // third of those that wait at 10
  jobs.add(at(2), seconds(3), seconds(3), 4);  // first
  jobs.add(at(3), seconds(5), seconds(5), 4);  // second
  EXPECT_THAT(starts_of(options("sjf", "none", "4x1"), jobs), ElementsAre(0, 18, 10, 13));
}

TEST(Replay, EasyLetsPassWhatEndsByTheShadowTime) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 3);
  jobs.add(at(1), seconds(10), seconds(10), 4);  // the head: its shadow time is 10
  jobs.add(at(2), seconds(8), seconds(8), 1);    // ends at 10, so it may start
  jobs.add(at(3), seconds(9), seconds(9), 1);    // no GPU is free until the head has run
  EXPECT_THAT(starts_of(options("fifo", "easy", "4x1"), jobs), ElementsAre(0, 10, 2, 20));
}

TEST(Replay, EasyLetsPassWhatFitsBesideTheHead) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 2);
  jobs.add(at(1), seconds(10), seconds(10), 3);  // at 10, one GPU is left beside it
  jobs.add(at(2), seconds(20), seconds(20), 1);  // takes that one, until 22
  jobs.add(at(3), seconds(20), seconds(20), 1);  // one is free now, but none beside the head
  EXPECT_THAT(starts_of(options("fifo", "easy", "4x1"), jobs), ElementsAre(0, 10, 2, 20));
}

TEST(Replay, CandidatesGoInQueueOrderOrShortestFirst) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 3);
  jobs.add(at(1), seconds(5), seconds(5), 4);
  jobs.add(at(2), seconds(8), seconds(8), 1);  // in queue order it goes at 2, and just ends in time
  jobs.add(at(2), seconds(4), seconds(4), 1);  // shortest first, this one does
  ReplayOptions easy = options("fifo", "easy", "4x1");
  EXPECT_THAT(starts_of(easy, jobs), ElementsAre(0, 10, 2, 15));
  easy.backfill_order = "shortest";
  EXPECT_THAT(starts_of(easy, jobs), ElementsAre(0, 10, 15, 2));
}

TEST(Replay, ConservativeKeepsEveryJobsTurn) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 2);
  jobs.add(at(1), seconds(10), seconds(10), 3);
  jobs.add(at(2), seconds(10), seconds(10), 4);  // planned for 20
  jobs.add(at(3), seconds(30), seconds(30), 1);  // fits beside the head, but not beside the third
  EXPECT_THAT(starts_of(options("fifo", "easy", "4x1"), jobs), ElementsAre(0, 10, 33, 3));
  EXPECT_THAT(starts_of(options("fifo", "conservative", "4x1"), jobs), ElementsAre(0, 10, 20, 30));
}

TEST(Replay, PlansMoveUpWhenAJobEndsEarly) {
  JobList jobs;
  jobs.add(at(0), seconds(4), seconds(10), 2);  // planned until 10, ends at 4
  jobs.add(at(1), seconds(10), seconds(10), 3);
  jobs.add(at(2), seconds(9), seconds(9), 2);  // at 2 it would end at 11: it puts off the second
  EXPECT_THAT(starts_of(options("fifo", "conservative", "4x1"), jobs), ElementsAre(0, 4, 14));
}

TEST(Replay, SrtfPreemptsAndGoesOnWithWhatIsLeft) {
  const auto runs = [](Duration checkpoint, Duration overhead) {
    JobList jobs;
    jobs.add(at(0), seconds(10), seconds(10), 1).checkpoint_interval = checkpoint;
    jobs.add(at(2), seconds(3), seconds(3), 1);  // 3 s left against 8
    ReplayOptions srtf = options("srtf", "none", "1x1");
    srtf.restart_overhead = overhead;
    return runs_of(srtf, jobs);
  };
  const auto plain = runs(seconds(0), seconds(0));
  EXPECT_THAT(seconds_of(plain[0].starts), ElementsAre(0, 5));
  EXPECT_THAT(seconds_of(plain[1].starts), ElementsAre(2));
  EXPECT_EQ(plain[0].end, at(13));  // 5 + 8
  // Work is saved every 4 s: none was by 2.
  EXPECT_EQ(runs(seconds(4), seconds(0))[0].end, at(15));
  EXPECT_EQ(runs(seconds(0), seconds(1))[0].end, at(14));
}

TEST(Replay, SrsfCountsTheGpusToo) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 1);  // at 1: 9 GPU s left
  jobs.add(at(1), seconds(4), seconds(4), 2);    // 8 GPU s: it preempts
  jobs.add(at(2), seconds(4), seconds(4), 2);    // 8 against the second's 6: it waits
  const auto runs = runs_of(options("srsf", "none", "2x1"), jobs);
  EXPECT_THAT(seconds_of(runs[0].starts), ElementsAre(0, 9));
  EXPECT_THAT(seconds_of(runs[1].starts), ElementsAre(1));
  EXPECT_THAT(seconds_of(runs[2].starts), ElementsAre(5));
  EXPECT_EQ(runs[0].end, at(18));
}

TEST(Replay, LasPreemptsWhatHasHadAnHour) {
  JobList jobs;
  jobs.add(at(0), hours(3), hours(3), 1);            // level 1 from 3600 on
  jobs.add(at(1'800), minutes(30), minutes(30), 1);  // waits on level 0, and starts then
  const auto runs = runs_of(options("las", "none", "1x1"), jobs);
  EXPECT_THAT(seconds_of(runs[0].starts), ElementsAre(0, 5'400));
  EXPECT_THAT(seconds_of(runs[1].starts), ElementsAre(3'600));
  EXPECT_EQ(runs[0].end, at(5'400 + 7'200));
}

TEST(Replay, AGreaterPriorityPreemptsAnEqualOneWaits) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 1);
  jobs.add(at(2), seconds(5), seconds(5), 1).priority = 1;
  jobs.add(at(3), seconds(1), seconds(1), 1).priority = 1;  // behind the second, before the first
  const auto runs = runs_of(options("priority", "none", "1x1"), jobs);
  EXPECT_THAT(seconds_of(runs[0].starts), ElementsAre(0, 8));
  EXPECT_THAT(seconds_of(runs[1].starts), ElementsAre(2));
  EXPECT_THAT(seconds_of(runs[2].starts), ElementsAre(7));
  EXPECT_EQ(runs[0].end, at(16));
}

TEST(Replay, FairShareTakesTheTenantThatUsedLess) {
  JobList jobs;
  const std::uint32_t a = jobs.tables().tenants.intern("a");
  const std::uint32_t b = jobs.tables().tenants.intern("b");
  jobs.add(at(0), seconds(10), seconds(10), 1).tenant = a;
  jobs.add(at(1), seconds(10), seconds(10), 1).tenant = a;  // at 10, a has used 10 GPU s
  jobs.add(at(2), seconds(10), seconds(10), 1).tenant = b;  // and b nothing
  EXPECT_THAT(starts_of(options("fair-share", "none", "1x1"), jobs), ElementsAre(0, 20, 10));
}

TEST(Replay, AShapeCanBlockThoughEnoughGpusAreFree) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 2);           // leaves 2 on the first node
  jobs.add(at(0), seconds(5), seconds(5), 3);             // leaves 1 on the second
  jobs.add(at(1), seconds(5), seconds(5), shaped(3, 3));  // 3 are free, not on one node
  jobs.add(at(2), seconds(5), seconds(5), shaped(4, 2));  // 2 on each: when the third has ended
  EXPECT_THAT(starts_of(options("fifo", "none", "2x4"), jobs), ElementsAre(0, 0, 5, 10));
}

// An early end has a pass of its own in the archive's order: the third passes the head, which would
// have started if both had ended at once.
TEST(Replay, TheOrderWithinAnInstantMatters) {
  for (bool archive : {false, true}) {
    JobList jobs(archive ? InstantOrder::kWorkloadArchive : InstantOrder::kEndsThenSubmissions);
    jobs.add(at(0), seconds(5), seconds(10), 1);
    jobs.add(at(0), seconds(5), seconds(10), 1);
    jobs.add(at(1), seconds(8), seconds(8), 2);
    jobs.add(at(2), seconds(4), seconds(4), 1);
    const auto starts = starts_of(options("fifo", "easy", "2x1"), jobs);
    if (archive) {
      EXPECT_THAT(starts, ElementsAre(0, 0, 9, 5));
    } else {
      EXPECT_THAT(starts, ElementsAre(0, 0, 5, 13));
    }
  }
}

// The fourth is refused at 4: on the first node it would put off the head, which needs a whole one.
// The last comes in the same instant, is shorter and goes there itself; then the fourth's best place
// is the second node, and it starts too.
TEST(Replay, AStartLetsThoseBehindItLookAgain) {
  JobList jobs(InstantOrder::kWorkloadArchive);
  jobs.add(at(0), seconds(7), seconds(7), 2);    // the first node, until 7
  jobs.add(at(0), seconds(30), seconds(30), 3);  // the second
  jobs.add(at(0), seconds(30), seconds(30), 3);  // the third
  jobs.add(at(4), seconds(11), seconds(11), 4);  // the head: at 7, on the first node
  jobs.add(at(4), seconds(12), seconds(12), 1);  // best place: the second, beside the head
  jobs.add(at(4), seconds(12), seconds(12), shaped(1, 1));
  ReplayOptions easy = options("fifo", "easy", "3x4");
  easy.place = "consolidated";
  EXPECT_THAT(starts_of(easy, jobs), ElementsAre(0, 0, 0, 7, 4, 4));
}

// A window that begins, or a node that fails, when a job ends finds it gone.
TEST(Replay, EndsOfAnInstantComeBeforeWhatFallsDueAtIt) {
  JobList jobs;
  jobs.add(at(0), seconds(10), seconds(10), 1);
  ReplayOptions reserved = options("fifo", "none", "1x1");
  reserved.reservations = {{"", "other", 1, at(10), at(20)}};
  ReplayOptions failing = options("fifo", "none", "1x1");
  failing.health = {{"", at(10), 0, 1, "failed"}, {"", at(20), 0, 1, "healthy"}};
  for (const ReplayOptions& replayed : {reserved, failing}) {
    const auto runs = runs_of(replayed, jobs);
    EXPECT_THAT(seconds_of(runs[0].starts), ElementsAre(0));
    EXPECT_EQ(runs[0].end, at(10));
  }
}

TEST(Replay, OnlyStopsForAnotherJobArePreemptions) {
  ReplayControl control;
  JobList two;
  two.add(at(0), seconds(10), seconds(10), 1);
  two.add(at(2), seconds(3), seconds(3), 1);
  EXPECT_EQ(replay(options("srtf", "none", "1x1"), two, control).preemptions, 1U);

  JobList one;
  one.add(at(0), seconds(30), seconds(10), 1);  // outruns its estimate
  ReplayOptions reserved = options("fifo", "none", "1x1");
  reserved.reservations = {{"", "other", 1, at(20), at(25)}};
  EXPECT_THAT(seconds_of(runs_of(reserved, one)[0].starts), ElementsAre(0, 25));
  EXPECT_EQ(replay(reserved, one, control).preemptions, 0U);

  ReplayOptions failing = options("fifo", "none", "1x1");
  failing.health = {{"", at(5), 0, 1, "failed"}, {"", at(8), 0, 1, "healthy"}};
  EXPECT_THAT(seconds_of(runs_of(failing, one)[0].starts), ElementsAre(0, 8));
  EXPECT_EQ(replay(failing, one, control).preemptions, 0U);
}

/// How many jobs of each tenant start in the first `count` turns on one GPU, when each has `count`
/// jobs of 10 s that wait from the beginning.
std::vector<int> turns_of(const std::vector<ReplayTenant>& tree,
                          const std::vector<std::string>& tenants, int count) {
  JobList jobs;
  for (int i = 0; i < count; ++i) {
    for (const std::string& name : tenants) {
      jobs.add(at(0), seconds(10), seconds(10), 1).tenant = jobs.tables().tenants.intern(name);
    }
  }
  ReplayOptions fair = options("fair-share", "none", "1x1");
  fair.tenants = tree;
  const std::vector<std::int64_t> starts = starts_of(fair, jobs);
  std::vector<int> turns(tenants.size());
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (starts[i] < 10 * count) ++turns[i % tenants.size()];
  }
  return turns;
}

TEST(Replay, AWeightOfTwoGetsTwiceTheShare) {
  EXPECT_THAT(turns_of({{"a", "", 2, "", 0, 0}, {"b", "", 1, "", 0, 0}}, {"a", "b"}, 30),
              ElementsAre(20, 10));
}

TEST(Replay, ASubtreesShareIsSplitAmongItsMembers) {
  EXPECT_THAT(turns_of({{"alone", "", 1, "", 0, 0},
                        {"team", "", 1, "", 0, 0},
                        {"x", "team", 1, "", 0, 0},
                        {"y", "team", 1, "", 0, 0}},
                       {"alone", "x", "y"}, 40),
              ElementsAre(20, 10, 10));
}

}  // namespace
}  // namespace stargate::sim
