#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "base/prng.h"
#include "executor/control_group.h"
#include "executor/local_executor_fixture.h"
#include "executor/sandbox.h"

namespace stargate::executor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EpochsTest : public LocalExecutorTest {
 protected:
  static Start of_epoch(std::uint64_t job, std::uint64_t epoch, const std::string& script) {
    Start start = shell(job, script);
    start.epoch = epoch;
    return start;
  }
  /// Also of a keeper that has not written much yet.
  void kill_keeper(std::uint64_t job, std::uint64_t epoch = 1) const {
    const std::string number =
        read("jobs/" + std::to_string(job) + "/" + std::to_string(epoch) + "/lock");
    ASSERT_FALSE(number.empty());
    ::kill(std::stoi(number), SIGKILL);
  }
  void expect_silence() {
    ::poll(nullptr, 0, 300);
    EXPECT_THAT(executor_->poll(), IsEmpty());
  }
};

TEST_F(EpochsTest, ADoubledStartRunsOnce) {
  const Start start = shell(1, "echo ran; sleep 0.2");
  executor_->start(start);
  executor_->start(start);
  expect_start();
  executor_->start(start);
  open();
  executor_->start(start);
  EXPECT_EQ(next().outcome, Outcome::kExited);
  executor_->start(start);
  open();
  executor_->start(start);
  expect_silence();
  EXPECT_EQ(output(1), "ran\n");
}

TEST_F(EpochsTest, AStopBeforeTheStartLeavesNothingToStart) {
  executor_->stop(JobId{1}, 3);
  const Report stopped = next();
  EXPECT_EQ(stopped.outcome, Outcome::kStopped);
  EXPECT_EQ(stopped.epoch, 3U);
  executor_->start(of_epoch(1, 3, "echo ran"));
  open();
  executor_->start(of_epoch(1, 3, "echo ran"));
  expect_silence();
  EXPECT_EQ(output(1, 0, false, 3), "");
}

TEST_F(EpochsTest, AStartAfterItsStopOrAfterALaterEpochDoesNothing) {
  executor_->start(of_epoch(1, 5, "sleep 100"));
  expect_start();
  executor_->start(of_epoch(1, 4, "echo ran"));
  executor_->stop(JobId{1}, 5);
  EXPECT_EQ(next().outcome, Outcome::kStopped);
  executor_->start(of_epoch(1, 5, "echo ran"));
  executor_->start(of_epoch(1, 2, "echo ran"));
  executor_->stop(JobId{1}, 5);
  executor_->stop(JobId{1}, 2);
  expect_silence();
  executor_->start(of_epoch(1, 6, "echo ran"));
  expect_start();
  EXPECT_EQ(next().outcome, Outcome::kExited);
  EXPECT_EQ(output(1, 0, false, 6), "ran\n");
  EXPECT_EQ(output(1, 0, false, 4), "");
}

TEST_F(EpochsTest, AStopAtOnceAfterTheStartIsKeptTo) {
  for (std::uint64_t job = 1; job <= 20; ++job) {
    executor_->start(shell(job, "sleep 100"));
    executor_->stop(JobId{job}, 1);
  }
  int ended = 0;
  while (ended < 20 && !HasFailure()) {
    const Report report = next();
    if (report.outcome == Outcome::kStarted) continue;
    EXPECT_EQ(report.outcome, Outcome::kStopped);
    ++ended;
  }
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(EpochsTest, WhatWasNotAcknowledgedIsSaidAgainAfterARestart) {
  executor_->start(shell(1, "true"));
  std::vector<Report> reports;
  while (reports.size() < 2) {
    for (const Report& report : executor_->poll()) reports.push_back(report);
    ::poll(nullptr, 0, 5);
  }
  expect_silence();
  open();
  EXPECT_THAT(executor_->known(), SizeIs(1));
  EXPECT_EQ(next().outcome, Outcome::kStarted);
  EXPECT_EQ(next().outcome, Outcome::kExited);
  open();
  EXPECT_THAT(executor_->known(), IsEmpty());
  expect_silence();
}

TEST_F(EpochsTest, SecretsOfAProgramGoWithItsEnd) {
  Start start = shell(1, "sleep 0.1");
  start.program.environment["KEY"] = "secret";
  executor_->start(start);
  EXPECT_THAT(read("jobs/1/1/order.json"), HasSubstr("secret"));
  expect_start();
  EXPECT_EQ(next().outcome, Outcome::kExited);
  EXPECT_EQ(read("jobs/1/1/order.json"), "");
}

TEST_F(EpochsTest, OneExecutorAtATimeUsesADataFolder) {
  EXPECT_THROW(LocalExecutor{options()}, std::system_error);
}

TEST_F(EpochsTest, AControlPlaneKilledAtAnyMomentIsFollowedByOneThatKnowsAll) {
  executor_.reset();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    executor_ = std::make_unique<LocalExecutor>(options());
    executor_->start(shell(1, "echo ran; sleep 100"));
    expect_start();
    executor_->start(shell(2, "echo ran; sleep 0.2; exit 9"));
    executor_->start(shell(3, "echo ran; sleep 100"));
    if (::write(ready[1], "r", 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  ::poll(nullptr, 0, 600);
  open();
  EXPECT_THAT(executor_->known(), SizeIs(3));
  std::map<std::uint64_t, std::vector<Outcome>> heard;
  for (int i = 0; i < 3; ++i) {
    const Report report = next();
    heard[report.job.value].push_back(report.outcome);
    EXPECT_EQ(report.exit_status, report.outcome == Outcome::kExited ? 9 : 0);
  }
  EXPECT_THAT(heard[1], IsEmpty());
  EXPECT_EQ(heard[2], (std::vector<Outcome>{Outcome::kStarted, Outcome::kExited}));
  EXPECT_EQ(heard[3], (std::vector<Outcome>{Outcome::kStarted}));
  for (const std::uint64_t job : {1U, 3U}) {
    executor_->start(shell(job, "echo ran"));
    executor_->stop(JobId{job}, 1);
    EXPECT_EQ(next().outcome, Outcome::kStopped);
    EXPECT_EQ(output(job), "ran\n");
  }
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(EpochsTest, AKilledKeeperLosesItsGangAndNothingOfItIsLeft) {
  for (const bool with_groups : {true, false}) {
    use_control_groups_ = with_groups;
    open();
    const std::uint64_t job = with_groups ? 1 : 2;
    executor_->start(
        shell(job, "setsid sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' & sleep 100", 3));
    expect_start();
    ::poll(nullptr, 0, 100);
    EXPECT_THAT(left(), ::testing::Not(IsEmpty()));
    kill_keeper(job);
    const Report ended = next();
    EXPECT_EQ(ended.outcome, Outcome::kLost);
    EXPECT_THAT(left(), IsEmpty());
  }
}

TEST_F(EpochsTest, NothingOfALostGangHidesInAControlGroup) {
  if (own_control_group().empty()) GTEST_SKIP() << "no control groups can be created here";
  executor_->start(shell(1, std::string(kHiding) + "sleep 100"));
  expect_start();
  const pid_t hidden = number_behind("hidden ", 1);
  EXPECT_TRUE(lives(hidden));
  kill_keeper(1);
  EXPECT_EQ(next().outcome, Outcome::kLost);
  EXPECT_FALSE(lives(hidden));
}

TEST_F(EpochsTest, NothingOfALostGangHidesInBubblewrap) {
  if (bubblewrap_words().empty()) GTEST_SKIP() << "bubblewrap is not usable here";
  use_control_groups_ = false;
  use_bubblewrap_ = true;
  open();
  executor_->start(shell(1, std::string(kHiding) + "echo me $$; sleep 100"));
  expect_start();
  EXPECT_LT(number_behind("me ", 1), 20) << "the numbers are those of the machine";
  number_behind("hidden ", 1);
  const pid_t outer = std::stoi(read("jobs/1/1/lock"));
  const std::vector<Process> inside = descendants_of(outer);
  EXPECT_GE(inside.size(), 4U);
  for (const Process& process : inside) {
    const std::string exe = "/proc/" + std::to_string(process.number) + "/exe";
    std::error_code has_ended;
    if (std::filesystem::read_symlink(exe, has_ended) == STARGATE_KEEPER) {
      send_signal(process, SIGKILL);
    }
  }
  EXPECT_EQ(next().outcome, Outcome::kLost);
  for (const Process& process : inside) EXPECT_FALSE(lives(process.number));
}

TEST_F(EpochsTest, BubblewrapChangesNothingElse) {
  if (bubblewrap_words().empty()) GTEST_SKIP() << "bubblewrap is not usable here";
  use_bubblewrap_ = true;
  open();
  EXPECT_EQ(run(shell(1, "test $RANK = 1 && exit 4; sleep 100", 2)).exit_status, 4);
  executor_->start(shell(2, std::string(kHiding) + "sleep 100"));
  expect_start();
  number_behind("hidden ", 2);
  open();
  executor_->stop(JobId{2}, 1);
  EXPECT_EQ(next().outcome, Outcome::kStopped);
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(EpochsTest, AKeeperKilledWhileNobodyLookedIsFoundLostAfterwards) {
  executor_->start(shell(1, "setsid sleep 100 & sleep 100"));
  expect_start();
  executor_.reset();
  kill_keeper(1);
  open();
  EXPECT_EQ(next().outcome, Outcome::kLost);
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(EpochsTest, AKeeperOfAnEarlierStartOfTheMachineIsLost) {
  // A machine that is started anew has none of the groups that it had.
  use_control_groups_ = false;
  open();
  executor_->start(shell(1, "sleep 100"));
  expect_start();
  executor_.reset();
  const std::string path = (folder_ / "jobs/1/1/order.json").string();
  std::string text = read("jobs/1/1/order.json");
  const std::string boot = boot_id();
  ASSERT_NE(text.find(boot), std::string::npos);
  text.replace(text.find(boot), boot.size(), "another-start");
  std::ofstream(path) << text;
  kill_keeper(1);
  open();
  const Report ended = next();
  EXPECT_EQ(ended.outcome, Outcome::kLost);
  EXPECT_THAT(ended.detail, HasSubstr("machine"));
}

TEST_F(EpochsTest, AClaimWithoutAKeeperIsLost) {
  executor_.reset();
  std::filesystem::create_directories(folder_ / "jobs/1/1");
  open();
  EXPECT_EQ(next().outcome, Outcome::kLost);
  executor_->start(shell(1, "echo ran"));
  expect_silence();
}

/// What was heard of every epoch, and what must hold of it.
class Listener {
 public:
  void hear(const Report& report) {
    std::vector<Outcome>& heard = heard_[{report.job.value, report.epoch}];
    ASSERT_TRUE(heard.empty() || heard.back() == Outcome::kStarted)
        << "job " << report.job.value << " epoch " << report.epoch << " went on after its end";
    if (report.outcome == Outcome::kStarted) {
      ASSERT_TRUE(heard.empty()) << "started twice";
    }
    heard.push_back(report.outcome);
  }
  bool has_ended(std::uint64_t job, std::uint64_t epoch) const {
    const auto found = heard_.find({job, epoch});
    return found != heard_.end() && found->second.back() != Outcome::kStarted;
  }

 private:
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<Outcome>> heard_;
};

TEST_F(EpochsTest, NoEpochEverRunsTwiceWhateverIsDoubledLostLateOrKilled) {
  constexpr std::uint64_t kJobs = 6;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Prng random(seed);
    Listener listener;
    const auto listen = [&] {
      for (const Report& report : executor_->poll()) {
        listener.hear(report);
        executor_->acknowledge(report);
      }
    };
    const std::uint64_t first_job = seed * 100;
    std::map<std::uint64_t, std::uint64_t> newest;
    for (int step = 0; step < 150; ++step) {
      const std::uint64_t job = first_job + random.below(kJobs);
      const std::uint64_t epoch = newest[job] + random.below(3);
      switch (random.below(10)) {
        case 0:
        case 1:
        case 2:
        case 3:
          executor_->start(
              of_epoch(job, epoch,
                       "echo ran; setsid sleep 30 & sleep 0." + std::to_string(random.below(9))));
          newest[job] = std::max(newest[job], epoch);
          break;
        case 4:
        case 5:
          executor_->stop(JobId{job}, epoch);
          newest[job] = std::max(newest[job], epoch);
          break;
        case 6: open(); break;
        case 7: {
          const std::string number =
              read("jobs/" + std::to_string(job) + "/" + std::to_string(newest[job]) + "/lock");
          // The number of a keeper that was reaped could be anyone's.
          if (!number.empty() && random.below(4) == 0 && !listener.has_ended(job, newest[job]) &&
              read("jobs/" + std::to_string(job) + "/" + std::to_string(newest[job]) +
                   "/ended.json")
                  .empty()) {
            ::kill(std::stoi(number), SIGKILL);
          }
          break;
        }
        case 8: ::poll(nullptr, 0, static_cast<int>(random.below(50))); break;
        default: listen();
      }
    }
    for (const Executor::Known& known : executor_->known()) {
      executor_->stop(known.job, known.epoch);
    }
    const Instant limit = steady_clock() + seconds(20);
    while (!executor_->known().empty() && steady_clock() < limit) {
      listen();
      ::poll(nullptr, 0, 10);
    }
    EXPECT_THAT(executor_->known(), IsEmpty());
    EXPECT_THAT(left(), IsEmpty());
    for (const auto& [job, latest] : newest) {
      for (std::uint64_t epoch = 0; epoch <= latest; ++epoch) {
        const std::string text = output(job, 0, false, epoch);
        EXPECT_TRUE(text.empty() || text == "ran\n")
            << "job " << job << " epoch " << epoch << " ran twice";
      }
    }
  }
}

}  // namespace
}  // namespace stargate::executor
