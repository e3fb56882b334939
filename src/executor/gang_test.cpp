#include <algorithm>
#include <set>
#include <sstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "executor/local_executor_fixture.h"

namespace stargate::executor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// Rank 0 gathers the numbers of the others, and tells them the sum.
constexpr const char* kMeeting = R"(
import os, socket, time
rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
address = (os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
if rank == 0:
    server = socket.create_server(address)
    others = [server.accept()[0] for _ in range(size - 1)]
    total = sum(int(other.recv(16)) for other in others)
    for other in others:
        other.sendall(str(total).encode())
else:
    for _ in range(1000):
        try:
            connection = socket.create_connection(address)
            break
        except ConnectionRefusedError:
            time.sleep(0.01)
    connection.sendall(str(rank).encode())
    total = int(connection.recv(16))
print("sum", total)
)";

class GangTest : public LocalExecutorTest {};

TEST_F(GangTest, FourRanksMeetAtTheMastersPort) {
  const Report ended = run(start_of(1, {"/usr/bin/python3", "-c", kMeeting}, 4));
  EXPECT_EQ(ended.outcome, Outcome::kExited);
  EXPECT_EQ(ended.exit_status, 0) << output(1, 0, true) << output(1, 1, true);
  for (std::uint32_t rank = 0; rank < 4; ++rank) EXPECT_EQ(output(1, rank), "sum 6\n");
}

TEST_F(GangTest, TheFirstFailureEndsTheOthersWithAWarning) {
  const Report ended = run(shell(1,
                                 "trap 'echo warned; exit 0' TERM; echo ready;"
                                 "if [ $RANK = 1 ]; then sleep 0.3; kill -9 $$; fi;"
                                 "while :; do sleep 0.05; done",
                                 3));
  EXPECT_EQ(ended.outcome, Outcome::kExited);
  EXPECT_EQ(ended.rank, 1);
  EXPECT_EQ(ended.exit_status, 128 + SIGKILL);
  EXPECT_EQ(output(1, 0), "ready\nwarned\n");
  EXPECT_EQ(output(1, 1), "ready\n");
  EXPECT_EQ(output(1, 2), "ready\nwarned\n");
}

TEST_F(GangTest, AStopKillsAGrandchildThatHidAndIgnoredTheWarning) {
  for (const bool with_groups : {true, false}) {
    use_control_groups_ = with_groups;
    open();
    const std::uint64_t job = with_groups ? 1 : 2;
    executor_->start(shell(job, std::string(kHiding) + " sleep 100"));
    expect_start();
    const pid_t hidden = number_behind("hidden ", job);
    EXPECT_TRUE(lives(hidden));
    const Instant before = steady_clock();
    executor_->stop(JobId{job}, 1);
    EXPECT_EQ(next().outcome, Outcome::kStopped);
    EXPECT_GE(steady_clock() - before, milliseconds(300)) << "the grace was not given";
    EXPECT_FALSE(lives(hidden));
  }
}

TEST_F(GangTest, WhatRanksLeaveBehindIsKilledWhenTheyEnd) {
  const Report ended = run(shell(1, std::string(kHiding) + " sleep 0.3"));
  EXPECT_EQ(ended.outcome, Outcome::kExited);
  EXPECT_EQ(ended.exit_status, 0);
  EXPECT_FALSE(lives(number_behind("hidden ", 1)));
}

TEST_F(GangTest, EveryProcessIsWarnedAndGetsTheGrace) {
  Start start = shell(1,
                      "trap 'echo saving; wait; exit 5' USR1;"
                      "sh -c 'trap \"sleep 0.2; echo saved; exit\" USR1; echo ready;"
                      "while :; do sleep 0.05; done' & wait");
  start.program.warning_signal = SIGUSR1;
  start.program.grace = seconds(5);
  executor_->start(start);
  expect_start();
  await_output(1, "ready");
  executor_->stop(JobId{1}, 1);
  const Report ended = next();
  EXPECT_EQ(ended.outcome, Outcome::kStopped);
  EXPECT_THAT(output(1), AllOf(HasSubstr("saving"), HasSubstr("saved")));
  EXPECT_EQ(ended.exit_status, 5);
}

TEST_F(GangTest, WhatIsStoppedByASignalIsStillWarned) {
  executor_->start(shell(1, "trap 'echo warned; exit 0' TERM; echo ready; kill -STOP $$; sleep 9"));
  expect_start();
  await_output(1, "ready");
  executor_->stop(JobId{1}, 1);
  EXPECT_EQ(next().outcome, Outcome::kStopped);
  EXPECT_THAT(output(1), HasSubstr("warned"));
}

TEST_F(GangTest, TheTimeLimitEndsWhatRunsOn) {
  Start start = shell(1, "sleep 100", 2);
  start.program.time_limit = milliseconds(200);
  const Report ended = run(start);
  EXPECT_EQ(ended.outcome, Outcome::kTimedOut);
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(GangTest, AnAllocationWithoutAProgramIsHeldUntilItIsStopped) {
  executor_->start(start_of(1, {}, 4));
  expect_start();
  ::poll(nullptr, 0, 100);
  EXPECT_THAT(executor_->poll(), IsEmpty());
  executor_->stop(JobId{1}, 1);
  EXPECT_EQ(next().outcome, Outcome::kStopped);
}

TEST_F(GangTest, RanksKnowTheirPlaceAndNoSecrets) {
  ::setenv("STARGATE_TOKEN", "secret-token", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "secret-key", 1);
  ::setenv("LC_TIME", "C", 1);
  ::setenv("TZ", "Asia/Tokyo", 1);
  Start start = start_of(7, {"env"}, 2);
  start.ranges = {{0, 1, 0b1100, 0}};
  start.program.environment = {{"MY_OWN", "value"}, {"RANK", "99"}, {"TZ", "Europe/Paris"}};
  EXPECT_EQ(run(start).outcome, Outcome::kExited);
  for (const char* name : {"STARGATE_TOKEN", "AWS_SECRET_ACCESS_KEY", "LC_TIME", "TZ"}) {
    ::unsetenv(name);
  }
  std::set<std::string> lines;
  std::istringstream stream(output(7, 1));
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  EXPECT_THAT(output(7, 1), Not(HasSubstr("secret")));
  for (const char* wanted :
       {"RANK=1", "WORLD_SIZE=2", "LOCAL_RANK=1", "LOCAL_WORLD_SIZE=2", "NODE_RANK=0",
        "GROUP_RANK=0", "MASTER_ADDR=127.0.0.1", "CUDA_VISIBLE_DEVICES=", "STARGATE_SLOTS=2,3",
        "STARGATE_JOB_ID=7", "STARGATE_JOB_NAME=job-7", "STARGATE_EPOCH=1", "STARGATE_NODES=here",
        "MY_OWN=value", "LC_TIME=C", "TZ=Europe/Paris"}) {
    EXPECT_TRUE(lines.contains(wanted)) << wanted << " is missing in:\n" << output(7, 1);
  }
}

TEST_F(GangTest, RanksOnSeveralNodesSeeTheirOwnGpus) {
  LocalOptions options = this->options();
  options.inventory = [] {
    std::vector<Node> nodes(2);
    nodes[0].name = "a";
    nodes[0].gpus = 2;
    nodes[0].gpu_ids = {"GPU-0", "GPU-1"};
    nodes[1].name = "b";
    nodes[1].gpus = 2;
    nodes[1].gpu_ids = {"GPU-2", "GPU-3"};
    return nodes;
  };
  executor_.reset();
  executor_ = std::make_unique<LocalExecutor>(options);
  Start start = shell(1, "echo $RANK $LOCAL_RANK $NODE_RANK $CUDA_VISIBLE_DEVICES $STARGATE_NODES");
  start.ranges = {{0, 2, 0b11, 0}};
  EXPECT_EQ(run(start).outcome, Outcome::kExited);
  EXPECT_EQ(output(1, 1), "1 1 0 GPU-0,GPU-1 a,b\n");
  EXPECT_EQ(output(1, 2), "2 0 1 GPU-2,GPU-3 a,b\n");
}

TEST_F(GangTest, RanksStartWithNothingOpenAndEmptyInput) {
  const int leak = ::open("/dev/null", O_RDONLY);
  run(shell(1, "cat; ls /proc/self/fd; trap; umask"));
  ::close(leak);
  // ls opens the folder itself.
  EXPECT_EQ(output(1), "0\n1\n2\n3\n0022\n");
}

TEST_F(GangTest, MemoryIsLimited) {
  Start start = shell(1, "ulimit -v");
  start.program.memory_bytes_max = 512ULL << 20;
  EXPECT_EQ(run(start).exit_status, 0);
  EXPECT_EQ(output(1), "524288\n");
}

TEST_F(GangTest, WhatCannotStartSaysWhyAndRunsNothing) {
  Start no_folder = shell(1, "echo ran", 3);
  no_folder.program.directory = "/no/such/folder";
  EXPECT_THAT(run(no_folder).detail, HasSubstr("/no/such/folder: No such file or directory"));

  EXPECT_THAT(run(start_of(2, {"no-such-program"})).detail,
              HasSubstr("no-such-program: no such program in PATH"));

  Start relative = shell(3, "echo ran");
  relative.program.directory = "here";
  EXPECT_THAT(run(relative).detail, HasSubstr("not absolute"));

  Start elsewhere = shell(4, "echo ran");
  elsewhere.ranges = {{3, 1, 1, 0}};
  EXPECT_THAT(run(elsewhere).detail, HasSubstr("node 3 is not here"));

  Start forged = shell(8, "echo ran");
  forged.program.environment["STARGATE_GANG=x"] = "y";
  EXPECT_THAT(run(forged).detail, HasSubstr("STARGATE_GANG=x"));

  EXPECT_THAT(run(start_of(9, {""})).detail, HasSubstr("empty"));

  EXPECT_THAT(run(start_of(5, {"/tmp"})).detail, HasSubstr("/tmp: Is a directory"));

  const std::string no_program = (folder_ / "no-program").string();
  std::ofstream(no_program) << "echo ran\n";
  EXPECT_THAT(run(start_of(6, {no_program})).detail, HasSubstr("Permission denied"));
  ::chmod(no_program.c_str(), 0755);
  const Report ended = run(start_of(7, {no_program}, 4));
  EXPECT_EQ(ended.outcome, Outcome::kFailedToStart);
  EXPECT_THAT(ended.detail, HasSubstr("no-program: Exec format error"));
  for (std::uint64_t job = 1; job <= 9; ++job) EXPECT_EQ(output(job), "");
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(GangTest, AKeeperThatCannotRunIsAFailedStart) {
  LocalOptions options = this->options();
  options.keeper = {"/no/such/keeper"};
  executor_.reset();
  executor_ = std::make_unique<LocalExecutor>(options);
  const Report ended = run(shell(1, "true"));
  EXPECT_EQ(ended.outcome, Outcome::kFailedToStart);
  EXPECT_THAT(ended.detail, HasSubstr("/no/such/keeper"));
}

TEST_F(GangTest, FiftyGangsAtOnceEachMeetAtTheirOwnPort) {
  for (std::uint64_t job = 1; job <= 50; ++job) {
    executor_->start(shell(job, "echo $MASTER_PORT; sleep 0.5", 2));
  }
  std::set<std::uint64_t> ended;
  for (int i = 0; i < 100; ++i) {
    const Report report = next();
    if (report.outcome == Outcome::kStarted) continue;
    EXPECT_EQ(report.outcome, Outcome::kExited) << report.detail;
    ended.insert(report.job.value);
  }
  EXPECT_THAT(ended, SizeIs(50));
  std::set<std::string> ports;
  for (std::uint64_t job = 1; job <= 50; ++job) {
    EXPECT_EQ(output(job, 0), output(job, 1));
    ports.insert(output(job));
  }
  EXPECT_THAT(ports, SizeIs(50));
  EXPECT_THAT(left(), IsEmpty());
}

}  // namespace
}  // namespace stargate::executor
