#include "executor/simulated_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stargate::executor {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SimulatedExecutorTest : public ::testing::Test {
 protected:
  SimulatedExecutor executor(double speed = 1) {
    SimulatedOptions options;
    Node node;
    node.name = "n0";
    node.gpus = 8;
    options.nodes = {node};
    options.clock = [this] { return now_; };
    options.speed = speed;
    options.start_delay = seconds(2);
    options.stop_delay = seconds(1);
    return SimulatedExecutor(options);
  }
  static Start start_of(std::uint64_t job, Duration expected, std::uint64_t epoch = 1) {
    Start start;
    start.job.value = job;
    start.epoch = epoch;
    start.ranges = {{0, 1, 1, 0}};
    start.expected = expected;
    return start;
  }
  void pass(Duration length) { now_ = now_ + length; }

  Instant now_{seconds(1'000).us};
};

TEST_F(SimulatedExecutorTest, AGangStartsAfterTheDelayAndExitsAfterWhatIsExpected) {
  SimulatedExecutor simulated = executor();
  simulated.start(start_of(1, minutes(10)));
  EXPECT_THAT(simulated.poll(), IsEmpty());
  EXPECT_EQ(simulated.next_wake(), now_ + seconds(2));
  pass(seconds(5));
  const std::vector<Report> started = simulated.poll();
  ASSERT_THAT(started, SizeIs(1));
  EXPECT_EQ(started[0].outcome, Outcome::kStarted);
  EXPECT_EQ(started[0].at, now_ - seconds(3));
  EXPECT_EQ(simulated.next_wake(), now_ - seconds(3) + minutes(10));
  pass(minutes(10));
  const std::vector<Report> ended = simulated.poll();
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].outcome, Outcome::kExited);
  EXPECT_EQ(ended[0].at, now_ - seconds(3));
  EXPECT_EQ(ended[0].exit_status, 0);
  EXPECT_THAT(simulated.known(), SizeIs(1));
  simulated.acknowledge(ended[0]);
  EXPECT_THAT(simulated.known(), IsEmpty());
  EXPECT_EQ(simulated.next_wake(), kNever);
}

TEST_F(SimulatedExecutorTest, SpeedShortensWhatRunsButNotTheDelays) {
  SimulatedExecutor simulated = executor(60);
  simulated.start(start_of(1, hours(1)));
  pass(seconds(2));
  EXPECT_THAT(simulated.poll(), SizeIs(1));
  EXPECT_EQ(simulated.next_wake(), now_ + minutes(1));
}

TEST_F(SimulatedExecutorTest, ATimeLimitEndsWhatRunsLonger) {
  SimulatedExecutor simulated = executor();
  Start start = start_of(1, hours(2));
  start.program.time_limit = hours(1);
  simulated.start(start);
  pass(hours(1) + seconds(2));
  const std::vector<Report> reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[1].outcome, Outcome::kTimedOut);
}

TEST_F(SimulatedExecutorTest, AStopEndsAGangAfterTheDelayAndASecondStopDoesNotPutItOff) {
  SimulatedExecutor simulated = executor();
  simulated.start(start_of(1, {}));
  pass(seconds(10));
  EXPECT_THAT(simulated.poll(), SizeIs(1));
  EXPECT_EQ(simulated.next_wake(), kNever);
  simulated.stop(JobId{1}, 1);
  pass(milliseconds(500));
  simulated.stop(JobId{1}, 1);
  pass(milliseconds(500));
  const std::vector<Report> reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].outcome, Outcome::kStopped);
  EXPECT_EQ(reports[0].at, now_);
}

TEST_F(SimulatedExecutorTest, AStopThatOvertakesTheDelayLeavesNoStart) {
  SimulatedExecutor simulated = executor();
  simulated.start(start_of(1, hours(1)));
  simulated.stop(JobId{1}, 1);
  pass(hours(2));
  const std::vector<Report> reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].outcome, Outcome::kStopped);
}

TEST_F(SimulatedExecutorTest, AStopBeforeAStartIsKeptToAndOldEpochsDoNotRun) {
  SimulatedExecutor simulated = executor();
  simulated.stop(JobId{1}, 4);
  simulated.start(start_of(1, hours(1), 4));
  simulated.start(start_of(1, hours(1), 3));
  pass(hours(2));
  std::vector<Report> reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].outcome, Outcome::kStopped);
  simulated.start(start_of(1, hours(1), 5));
  simulated.start(start_of(1, hours(1), 5));
  pass(hours(2));
  reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[1].outcome, Outcome::kExited);
}

TEST_F(SimulatedExecutorTest, WhatIsAdoptedEndsWhenItWouldHave) {
  SimulatedExecutor simulated = executor();
  simulated.resume(start_of(1, hours(1)), now_ - minutes(50));
  simulated.start(start_of(1, hours(1)));
  EXPECT_THAT(simulated.known(), SizeIs(1));
  EXPECT_EQ(simulated.next_wake(), now_ + minutes(10));
  pass(minutes(10));
  const std::vector<Report> reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].outcome, Outcome::kExited);
}

TEST_F(SimulatedExecutorTest, OutOfContactNothingIsSaidAndOrdersAreLost) {
  SimulatedExecutor simulated = executor();
  simulated.start(start_of(1, seconds(30)));
  simulated.vanish();
  EXPECT_FALSE(simulated.inventory()[0].healthy);
  simulated.start(start_of(2, minutes(1)));
  pass(hours(1));
  EXPECT_THAT(simulated.poll(), IsEmpty());
  EXPECT_EQ(simulated.next_wake(), kNever);
  simulated.come_back();
  EXPECT_TRUE(simulated.inventory()[0].healthy);
  const std::vector<Report> reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[1].job.value, 1U);
  EXPECT_EQ(reports[1].at, now_ - hours(1) + seconds(32));
}

TEST_F(SimulatedExecutorTest, WhatOutlivesTheLeaseIsLostWhenItIsOver) {
  SimulatedExecutor simulated = executor();
  simulated.start(start_of(1, hours(5)));
  pass(minutes(1));
  EXPECT_THAT(simulated.poll(), SizeIs(1));
  simulated.vanish();
  pass(seconds(59));
  simulated.come_back();
  EXPECT_THAT(simulated.poll(), IsEmpty());
  simulated.vanish();
  const Instant vanished = now_;
  pass(minutes(10));
  simulated.vanish();  // it is gone already
  simulated.come_back();
  const std::vector<Report> reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].outcome, Outcome::kLost);
  EXPECT_EQ(reports[0].at, vanished + seconds(60));
}

TEST_F(SimulatedExecutorTest, AGangCanBeMadeToFail) {
  SimulatedExecutor simulated = executor();
  simulated.start(start_of(1, hours(1)));
  simulated.start(start_of(2, hours(1)));
  pass(minutes(1));
  EXPECT_THAT(simulated.poll(), SizeIs(2));
  simulated.end(JobId{1}, 1, Outcome::kExited, 137);
  simulated.end(JobId{2}, 1, Outcome::kLost);
  const std::vector<Report> reports = simulated.poll();
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[0].exit_status, 137);
  EXPECT_EQ(reports[0].rank, 0);
  EXPECT_EQ(reports[1].outcome, Outcome::kLost);
  EXPECT_EQ(simulated.next_wake(), kNever);
}

}  // namespace
}  // namespace stargate::executor
