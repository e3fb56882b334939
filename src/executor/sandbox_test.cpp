#include "executor/sandbox.h"

#include <cstdlib>

#include <fcntl.h>
#include <gmock/gmock.h>

#include "executor/descriptor.h"
#include "executor/local_executor_fixture.h"

namespace stargate::executor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Gangs in sandboxes; a data folder with secrets.
class SandboxTest : public LocalExecutorTest {
 protected:
  void SetUp() override {
    sandbox_ = SandboxUse::kWhereUsable;
    open();
    if (!executor_->sandbox_problem().empty()) GTEST_SKIP() << executor_->sandbox_problem();
    for (const char* name : {"admin.token", "ledger.db", "ledger.db-wal"}) {
      std::ofstream(folder_ / name) << "secret\n";
    }
  }
  const std::string data_ = folder_.string();
  std::string in_data(const std::string& name) const { return (folder_ / name).string(); }
};

TEST_F(SandboxTest, AJobReadsNeitherTheTokenNorTheLedgerAndItsOutputAndStatusAreKept) {
  const Report ended = run(shell(
      1, "pwd; cat " + in_data("admin.token") + "; cp " + in_data("ledger.db") + " copy; ls -A " +
             data_ + "; ls -A " + in_data("jobs/1/1") + "; echo kept >&2; exit 6"));
  EXPECT_EQ(ended.outcome, Outcome::kExited);
  EXPECT_EQ(ended.exit_status, 6);
  EXPECT_EQ(output(1), in_data("jobs/1/1/work\n") + "jobs\nwork\n");
  EXPECT_THAT(output(1, 0, true),
              AllOf(HasSubstr("admin.token: No such file or directory"),
                    HasSubstr("ledger.db': No such file or directory"), HasSubstr("kept\n")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "jobs/1/1/work/copy"));
}

TEST_F(SandboxTest, AJobReachesTheDataFolderThroughNoOtherProcess) {
  const Descriptor token(::open(in_data("admin.token").c_str(), O_RDONLY));
  const std::string own = "/proc/" + std::to_string(::getpid());
  const std::string open_token = own + "/fd/" + std::to_string(token.get());
  executor_->start(shell(2, "sleep 100"));
  expect_start();
  const std::string keeper = "/proc/" + read("jobs/2/1/lock");
  run(shell(1, "cat " + open_token + "; for process in " + own + " " + keeper +
                   " /proc/1 /proc/$PPID; do cat $process/root" + in_data("admin.token") +
                   " $process/environ; done; umount " + data_ + "; unshare -Urm sh -c 'umount -l " +
                   in_data("jobs/1/1/work") + "; umount -l " + data_ + "; cat " +
                   in_data("admin.token") + "'"));
  EXPECT_EQ(output(1), "");
  executor_->stop(JobId{2}, 1);
  EXPECT_EQ(next().outcome, Outcome::kStopped);
}

TEST_F(SandboxTest, AJobWritesItsOwnFolderAndElsewhereButNothingElseOfTheDataFolder) {
  const std::string elsewhere = data_ + "-elsewhere";
  run(shell(1, "echo mine > mine; echo out > " + elsewhere +
                   "; echo forged > ../ended.json; echo forged > " + in_data("wake") +
                   "; echo printed >> /dev/stderr"));
  EXPECT_EQ(read("jobs/1/1/work/mine"), "mine\n");
  EXPECT_TRUE(std::filesystem::remove(elsewhere));
  EXPECT_THAT(output(1, 0, true),
              AllOf(HasSubstr("ended.json"), HasSubstr("wake"), HasSubstr("printed\n")));
}

TEST_F(SandboxTest, AJobHasItsEnvironmentDevicesAndNothingOpen) {
  Start start = shell(
      1, "echo $KEY $RANK $STARGATE_SLOTS; head -c 1 /dev/zero | wc -c; id -u; ls /proc/self/fd",
      2);
  start.program.environment["KEY"] = "a = b\nc";
  EXPECT_EQ(run(start).exit_status, 0) << output(1, 0, true);
  EXPECT_EQ(output(1, 1), "a = b c 1 0,1\n1\n" + std::to_string(::getuid()) + "\n0\n1\n2\n3\n");
}

TEST_F(SandboxTest, TheEnvironmentOfAJobDoesNotLeadWhatMakesTheSandbox) {
  Start start = start_of(1, {"/bin/true"});
  start.program.environment["LD_PRELOAD"] = "/no/such/library.so";
  EXPECT_EQ(run(start).exit_status, 0);
  const std::string said = output(1, 0, true);
  const std::size_t first = said.find("/no/such/library.so");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(said.find("/no/such/library.so", first + 1), std::string::npos) << said;
}

TEST_F(SandboxTest, AStopWarnsTheProgramAndKillsTheTree) {
  executor_->start(
      shell(1, std::string(kHiding) +
                   "trap 'echo saved; exit 5' TERM; echo ready; while :; do sleep 0.05; done"));
  expect_start();
  const pid_t hidden = number_behind("hidden ", 1);
  await_output(1, "ready");
  EXPECT_TRUE(lives(hidden));
  executor_->stop(JobId{1}, 1);
  const Report ended = next();
  EXPECT_EQ(ended.outcome, Outcome::kStopped);
  EXPECT_EQ(ended.exit_status, 5);
  EXPECT_THAT(output(1), HasSubstr("saved"));
  EXPECT_FALSE(lives(hidden));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(SandboxTest, AStopAtOnceWarnsToo) {
  Start start = shell(1, "sleep 100");
  start.program.grace = seconds(60);
  executor_->start(start);
  expect_start();
  executor_->stop(JobId{1}, 1);
  const Report ended = next();
  EXPECT_EQ(ended.outcome, Outcome::kStopped);
  EXPECT_EQ(ended.exit_status, 128 + SIGTERM);
}

TEST_F(SandboxTest, ASignalThatKillsARankIsSeen) {
  const Report ended = run(shell(1, "test $RANK = 1 && kill -9 $$; sleep 100", 2));
  EXPECT_EQ(ended.rank, 1);
  EXPECT_EQ(ended.exit_status, 128 + SIGKILL);
}

TEST_F(SandboxTest, ANewControlPlaneFindsWhatRuns) {
  executor_->start(shell(1, "echo ready; sleep 100"));
  expect_start();
  executor_->start(shell(2, "sleep 0.2; exit 3"));
  expect_start();
  executor_.reset();
  ::poll(nullptr, 0, 400);
  open();
  const Report ended = next();
  EXPECT_EQ(ended.job.value, 2U);
  EXPECT_EQ(ended.exit_status, 3);
  executor_->stop(JobId{1}, 1);
  EXPECT_EQ(next().outcome, Outcome::kStopped);
  EXPECT_EQ(output(1), "ready\n");
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(SandboxTest, AKilledKeeperTakesTheSandboxWithIt) {
  executor_->start(shell(1, "sleep 100", 3));
  expect_start();
  ::kill(std::stoi(read("jobs/1/1/lock")), SIGKILL);
  EXPECT_EQ(next().outcome, Outcome::kLost);
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(SandboxTest, ItGoesTogetherWithASpaceOfProcessNumbers) {
  if (bubblewrap_words().empty())
    GTEST_SKIP() << "bubblewrap makes no spaces of process numbers here";
  use_bubblewrap_ = true;
  open();
  EXPECT_EQ(run(shell(1, "cat " + in_data("admin.token") + "; echo me $$; exit 4")).exit_status, 4);
  EXPECT_LT(number_behind("me ", 1), 30);
  EXPECT_THAT(output(1), Not(HasSubstr("secret")));
}

TEST_F(SandboxTest, OtherFilesThatAreSecretAreHidden) {
  const std::string key = data_ + "-key.pem";
  std::ofstream(key) << "secret\n";
  LocalOptions options = this->options();
  options.hidden_files = {key, "/no/such/key.pem"};
  executor_.reset();
  executor_ = std::make_unique<LocalExecutor>(options);
  EXPECT_NE(run(shell(1, "cat " + key)).exit_status, 0);
  EXPECT_EQ(output(1), "");
  std::filesystem::remove(key);
}

TEST_F(SandboxTest, WhereItIsNotUsableThatIsSaidOrRefused) {
  executor_.reset();
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/no/such/folder", 1);
  EXPECT_NO_THROW(open());
  EXPECT_THAT(executor_->sandbox_problem(), HasSubstr("bwrap"));
  sandbox_ = SandboxUse::kRequired;
  executor_.reset();
  try {
    LocalExecutor refused(options());
    ADD_FAILURE() << "it began without a sandbox";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("required"), HasSubstr("bwrap")));
  }
  ::setenv("PATH", path.c_str(), 1);
}

TEST_F(LocalExecutorTest, AFolderOfTheControlPlaneIsNoFolderForAJob) {
  const std::filesystem::path link = folder_.string() + "-link";
  std::filesystem::create_directory_symlink(folder_, link);
  for (const std::filesystem::path& folder : {folder_, folder_ / "jobs", link / "jobs"}) {
    static std::uint64_t job = 0;
    Start start = shell(++job, "cat admin.token");
    start.program.directory = folder.string();
    const Report ended = run(start);
    EXPECT_EQ(ended.outcome, Outcome::kFailedToStart);
    EXPECT_THAT(ended.detail, HasSubstr("is in the control plane's own"));
  }
  std::filesystem::remove(link);
}

}  // namespace
}  // namespace stargate::executor
