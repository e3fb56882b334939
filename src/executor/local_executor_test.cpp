#include "executor/local_executor.h"

#include <gmock/gmock.h>

#include "executor/local_executor_fixture.h"

namespace stargate::executor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(LocalExecutorTest, AProgramThatEndsIsReportedStartedThenExited) {
  executor_->start(shell(1, "echo hello; echo oops >&2"));
  const Report started = expect_start();
  EXPECT_EQ(started.job.value, 1U);
  EXPECT_EQ(started.epoch, 1U);
  ASSERT_THAT(started.devices, SizeIs(1));
  EXPECT_THAT(started.devices[0], ::testing::MatchesRegex(".+:(slot-0|GPU-.+)"));
  const Report ended = next();
  EXPECT_EQ(ended.outcome, Outcome::kExited);
  EXPECT_EQ(ended.exit_status, 0);
  EXPECT_EQ(ended.rank, -1);
  EXPECT_GE(ended.at, started.at);
  EXPECT_EQ(output(1), "hello\n");
  EXPECT_EQ(output(1, 0, true), "oops\n");
  EXPECT_THAT(executor_->known(), IsEmpty());
}

TEST_F(LocalExecutorTest, AStopEndsWhatRuns) {
  executor_->start(shell(1, "sleep 100"));
  expect_start();
  executor_->stop(JobId{1}, 1);
  const Report ended = next();
  EXPECT_EQ(ended.outcome, Outcome::kStopped);
  EXPECT_EQ(ended.exit_status, 128 + SIGTERM);
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(LocalExecutorTest, AStatusAndTheRankThatFailedFirstAreReported) {
  const Report ended = run(shell(1, "test $RANK = 2 && exit 7; sleep 100", 4));
  EXPECT_EQ(ended.outcome, Outcome::kExited);
  EXPECT_EQ(ended.exit_status, 7);
  EXPECT_EQ(ended.rank, 2);
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(LocalExecutorTest, ANewControlPlaneFindsWhatRunsAndLearnsWhatEnded) {
  executor_->start(shell(1, "sleep 100"));
  expect_start();
  executor_->start(shell(2, "sleep 0.2; exit 3"));
  expect_start();
  executor_.reset();
  ::poll(nullptr, 0, 500);
  open();
  EXPECT_THAT(executor_->known(), SizeIs(2));
  const Report ended = next();
  EXPECT_EQ(ended.job.value, 2U);
  EXPECT_EQ(ended.exit_status, 3);
  executor_->stop(JobId{1}, 1);
  EXPECT_EQ(next().outcome, Outcome::kStopped);
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(LocalExecutorTest, WhatDoesNotAnswerAnyMoreIsNotHealthyAndNotGone) {
  bool answers = true;
  LocalOptions options;
  options.data_folder = ::testing::TempDir() + "/silent-" + std::to_string(::getpid());
  options.inventory = [&] {
    Node node;
    node.name = "here";
    node.gpus = 2;
    node.gpu_ids = {"GPU-a", "GPU-b"};
    return answers ? std::vector<Node>{node} : std::vector<Node>();
  };
  LocalExecutor executor(options);
  answers = false;
  const std::vector<Node> nodes = executor.inventory();
  ASSERT_THAT(nodes, SizeIs(1));
  EXPECT_FALSE(nodes[0].healthy);
  EXPECT_THAT(nodes[0].gpu_ids, SizeIs(2));
  answers = true;
  EXPECT_TRUE(executor.inventory()[0].healthy);
}

TEST_F(LocalExecutorTest, AProgramThatDropsItsEnvironmentIsStillOurs) {
  executor_->start(shell(1, "echo $STARGATE_GANG; exec env -i /bin/sleep 100"));
  expect_start();
  for (int i = 0; i < 100 && output(1).empty(); ++i) ::poll(nullptr, 0, 50);
  std::string gang = output(1);
  ASSERT_FALSE(gang.empty());
  gang.pop_back();
  const std::vector<Process> marked = marked_processes(std::string(kGangVariable) + "=" + gang);
  executor_->stop(JobId{1}, 1);
  EXPECT_EQ(next().outcome, Outcome::kStopped);
  EXPECT_FALSE(has_variable_above(::getpid(), std::string(kGangVariable) + "=" + gang));
}

TEST_F(LocalExecutorTest, AProgramThatDoesNotExistIsNamed) {
  const Report ended = run(start_of(1, {"/no/such/program"}));
  EXPECT_EQ(ended.outcome, Outcome::kFailedToStart);
  EXPECT_THAT(ended.detail, HasSubstr("/no/such/program: No such file or directory"));
}

}  // namespace
}  // namespace stargate::executor
