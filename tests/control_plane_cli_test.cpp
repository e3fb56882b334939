// `stargate up` and the verbs that ask it, as someone new would use them.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program.h"

namespace stargate::end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Arguments = std::vector<std::string>;

/// A control plane with a data folder of its own, and an environment that names the folder.
class ControlPlaneCli : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"STARGATE_ADDR", "STARGATE_TOKEN", "STARGATE_TOKEN_FILE"})
      unsetenv(name);
    setenv("STARGATE_DATA", folder_.path("data").c_str(), 1);
    setenv("COLUMNS", "80", 1);
    start_plane();
  }
  void TearDown() override {
    stop_plane();
    for (const char* name : {"STARGATE_DATA", "STARGATE_TOKEN_FILE", "COLUMNS"}) unsetenv(name);
  }

  void start_plane() {
    output_ = std::make_unique<Folder>();
    Arguments arguments{"up", "--data", folder_.path(data_), "--listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), more_.begin(), more_.end());
    plane_ = start(arguments, *output_);
    ASSERT_TRUE(becomes([&] { return folder_.has(data_ + "/address"); }))
        << output_->read("stderr");
  }
  void stop_plane() {
    if (plane_ <= 0) return;
    kill(plane_, SIGTERM);
    const Outcome outcome = finish(plane_, *output_);
    plane_ = -1;
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_FALSE(folder_.has(data_ + "/address"));
  }

  /// Whether it comes true within half a minute.
  template <class Is>
  static bool becomes(Is is) {
    for (int i = 0; i < 300; ++i) {
      if (is()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

  static json asked(Arguments arguments) {
    arguments.emplace_back("--json");
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false);
  }
  static std::string state_of(const std::string& job) {
    const json shown = asked({"show", job});
    return shown.value("state", "");
  }
  static void expect_fits(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) EXPECT_LE(line.size(), 84) << line;  // "…" has three bytes
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  }

  const Folder folder_;
  std::unique_ptr<Folder> output_;
  pid_t plane_ = -1;
  std::string data_ = "data";
  Arguments more_;  ///< options of `up`
};

TEST_F(ControlPlaneCli, RunsACommandAndPrintsWhatItPrints) {
  const Outcome watched = run({"submit", "--watch", "--name", "hello", "--", "sh", "-c",
                               "echo rank $RANK of $WORLD_SIZE; exit 7"});
  EXPECT_EQ(watched.status, 7);
  EXPECT_EQ(watched.out, "rank 0 of 1\n");
  EXPECT_THAT(watched.err, HasSubstr("job 1 has failed at local (here)"));
  EXPECT_EQ(run({"logs", "1"}).out, "rank 0 of 1\n");
  EXPECT_EQ(run({"wait", "1"}).status, 7);
  const Outcome list = run({"list"});
  EXPECT_THAT(list.out, HasSubstr("hello"));
  EXPECT_THAT(list.out, HasSubstr("1 failed"));
  expect_fits(list.out);
}

TEST_F(ControlPlaneCli, ShowsACommandAsAShellTakesItAndTheSignalThatEndedIt) {
  EXPECT_EQ(run({"submit", "--watch", "--", "sh", "-c", "kill -9 $$", "", "it's"}).status, 137);
  const Outcome shown = run({"show", "1"});
  EXPECT_THAT(shown.out, HasSubstr("sh -c 'kill -9 $$' '' 'it'\\''s'"));
  EXPECT_THAT(shown.out, HasSubstr("SIGKILL"));
  EXPECT_EQ(asked({"show", "1"})["signal"], "SIGKILL");
  const Outcome none = run({"logs", "1", "--rank", "1"});
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.err, "stargate: job 1 has rank 0 alone\n");
}

TEST_F(ControlPlaneCli, HidesTheDataFolderFromJobs) {
  const std::string token = folder_.path("data/admin.token");
  const Outcome job = run({"submit", "--watch", "--", "cat", token});
  if (output_->read("stderr").find("bubblewrap is not usable") != std::string::npos) {
    GTEST_SKIP() << output_->read("stderr");
  }
  EXPECT_EQ(job.status, 1);
  EXPECT_EQ(job.out, "");
  stop_plane();
  more_ = {"--sandbox", "off"};
  start_plane();
  EXPECT_EQ(run({"submit", "--watch", "--", "cat", token}).out, folder_.read("data/admin.token"));
  EXPECT_EQ(output_->read("stderr"), "");
}

TEST_F(ControlPlaneCli, SaysWhichOptionIsWrongOnce) {
  const Outcome price = run({"propose", "--supplier", "borealis", "--gpus", "8", "--accelerator",
                             "h100", "--price", "cheap"});
  EXPECT_EQ(price.status, 2);
  EXPECT_THAT(price.err, StartsWith("stargate: --price: "));
  const Outcome tenant = run({"token", "add", "x", "--role", "tenant", "--tenant", "nope"});
  EXPECT_EQ(tenant.status, 1);
  EXPECT_EQ(tenant.err, "stargate: --tenant: there is none of that name\n");
  EXPECT_EQ(run({"token", "add", "x", "--role", "tenant"}).status, 2);
  const Outcome node = run({"drain", "local-order", "99"});
  EXPECT_EQ(node.status, 1);
  EXPECT_EQ(node.err, "stargate: NODE: the order has no such nodes\n");
  EXPECT_THAT(run({"drain", "nope", "0"}).err, StartsWith("stargate: ORDER: found nope, expected"));
}

TEST_F(ControlPlaneCli, WritesATokenToAFileOfItsOwnersAlone) {
  const std::string file = folder_.path("own.token");
  Outcome made = run({"token", "add", "x", "--role", "tenant", "--tenant", "nope", "--out", file});
  EXPECT_EQ(made.status, 1);
  EXPECT_FALSE(folder_.has("own.token"));
  made = run({"token", "add", "x", "--role", "auditor", "--out", file});
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(made.out, "token 1 (x) is in " + file + "\n");
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  setenv("STARGATE_TOKEN_FILE", file.c_str(), 1);
  EXPECT_EQ(run({"whoami"}).out, "x: auditor, token 1\n");
  unsetenv("STARGATE_TOKEN_FILE");
  EXPECT_EQ(run({"token", "add", "y", "--role", "auditor", "--out", file}).status, 2);
}

TEST_F(ControlPlaneCli, ChecksItsLedgerWhenItIsStopped) {
  const std::string folder = folder_.path("data");
  const Outcome running = run({"ledger", folder, "--check"});
  EXPECT_EQ(running.status, 1);
  EXPECT_THAT(running.err, HasSubstr("is in use by process"));
  EXPECT_THAT(running.err, HasSubstr("stop the control plane"));
  ASSERT_EQ(run({"submit", "--watch", "--", "true"}).status, 0);
  stop_plane();
  for (const std::string& path : {folder, folder + "/ledger.db"}) {
    const Outcome whole = run({"ledger", path, "--check"});
    EXPECT_EQ(whole.status, 0) << whole.err;
    EXPECT_THAT(whole.out, HasSubstr(" entries, each as it was written\nhash of the last "));
  }
  EXPECT_EQ(run({"ledger", folder}).status, 2);
  EXPECT_EQ(run({"ledger", folder_.path(""), "--check"}).status, 2) << "there is no ledger in it";
  // A byte of an entry of the job.
  std::string bytes = folder_.read("data/ledger.db");
  const std::size_t at = bytes.find("\"command\"");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = 'k';
  folder_.write("data/ledger.db", bytes);
  const Outcome damaged = run({"ledger", folder, "--check"});
  EXPECT_EQ(damaged.status, 1);
  EXPECT_THAT(damaged.err, testing::ContainsRegex("page [0-9]+ is damaged.*entry [0-9]+"));
}

TEST(FailedUp, LeavesNothingOfWhatItMade) {
  const Folder folder;
  const std::string wrong = folder.path("world");
  std::filesystem::create_directory(wrong);
  folder.write("world/world.yaml", "labs: 3\n");
  const std::string data = folder.path("made/data");
  EXPECT_EQ(run({"up", "--data", data, "--world", wrong, "--listen", "127.0.0.1:0"}).status, 2);
  EXPECT_FALSE(folder.has("made"));
  // Not an address of this machine.
  EXPECT_EQ(run({"up", "--data", data, "--listen", "192.0.2.1:1"}).status, 1);
  EXPECT_FALSE(folder.has("made"));
  std::filesystem::create_directory(folder.path("made"));
  folder.write("made/other", "");
  EXPECT_EQ(run({"up", "--data", data, "--listen", "192.0.2.1:1"}).status, 1);
  EXPECT_FALSE(folder.has("made/data"));
  EXPECT_TRUE(folder.has("made/other"));
  // What was there before stays.
  std::filesystem::create_directory(data);
  EXPECT_EQ(run({"up", "--data", data, "--listen", "192.0.2.1:1"}).status, 1);
  EXPECT_TRUE(folder.has("made/data"));
}

TEST_F(ControlPlaneCli, ReadsAJobFromYamlAndOptionsWin) {
  const std::string file = folder_.write("job.yaml",
                                         "name: train\n"
                                         "nodes: 1\n"
                                         "time_limit: 2 hours\n"
                                         "environment:\n"
                                         "  EPOCHS: 3\n"
                                         "command: [sh, -c, \"echo $EPOCHS epochs\"]\n");
  const Outcome outcome =
      run({"submit", file, "--gpus", "1", "--env", "EPOCHS=9", "--name", "mine", "--watch"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "9 epochs\n");
  const json job = asked({"show", "1"});
  EXPECT_EQ(job["name"], "mine");
  EXPECT_EQ(job["gpus"], 1);
}

TEST_F(ControlPlaneCli, SaysWhereAFileIsWrong) {
  const std::string broken = folder_.write("broken.yaml",
                                           "name: yes\n"
                                           "gpus: 010\n"
                                           "gpu: 2\n"
                                           "command: [a]\n");
  const Outcome outcome = run({"submit", broken});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr(broken + ":1:7: found yes, expected text in quotes"));
  EXPECT_THAT(outcome.err, HasSubstr(broken + ":2:7: found 010, expected a whole number"));
  EXPECT_THAT(outcome.err, HasSubstr(broken + ":3:1: found the key gpu"));

  const std::string twice = folder_.write("twice.yaml", "gpus: 1\ngpus: 2\ncommand: [a]\n");
  EXPECT_THAT(run({"submit", twice}).err, HasSubstr(twice + ":2:1"));

  const std::string values = folder_.write("values.yaml", "gpus: 1\nwithin: moon\ncommand: [a]\n");
  const Outcome wrong = run({"submit", values});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, StartsWith(values + ":2:9: found \"moon\", expected one of node, rack"));

  // What only the control plane knows is said with the same place.
  const std::string unknown = folder_.write("unknown.yaml", "tenant: nobody\ncommand: [a]\n");
  const Outcome refused = run({"submit", unknown});
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.err,
            "stargate: " + unknown + ":1:9: found nobody, expected one of research, platform\n");
}

TEST_F(ControlPlaneCli, CancelsAndTellsWhoHoldsWhatIsWaitedFor) {
  ASSERT_EQ(run({"submit", "--nodes", "1", "--name", "holder", "--", "sleep", "600"}).status, 0);
  ASSERT_TRUE(becomes([] { return state_of("1") == "running"; }));
  ASSERT_EQ(run({"submit", "--", "true"}).status, 0);
  const Outcome why = run({"explain", "2"});
  EXPECT_EQ(why.status, 0) << why.err;
  EXPECT_THAT(why.out, HasSubstr("it is queued at local-order of local"));
  EXPECT_THAT(why.out, HasSubstr("too few GPUs are free"));
  EXPECT_THAT(why.out, HasSubstr("holder"));
  EXPECT_THAT(why.out, HasSubstr("it starts when job 1 ends"));
  EXPECT_THAT(run({"explain", "1"}).out, HasSubstr("it runs with local at here"));
  expect_fits(why.out);
  EXPECT_EQ(run({"plan-submit", "--gpus", "1"}).status, 0);
  EXPECT_EQ(run({"cancel", "1"}).status, 0);
  EXPECT_EQ(run({"wait", "1"}).status, 1);
  EXPECT_EQ(run({"wait", "2"}).status, 0);
  const Outcome again = run({"cancel", "1"});
  EXPECT_EQ(again.status, 1);
  EXPECT_EQ(again.err, "stargate: job 1 has ended already: cancelled\n");
}

TEST_F(ControlPlaneCli, OrdersCapacityForAJobThatCannotRun) {
  const Outcome submitted = run({"submit", "--name", "big", "--gpus", "128", "--accelerator",
                                 "h100", "--use", "training", "--", "true"});
  ASSERT_EQ(submitted.status, 0) << submitted.err;
  EXPECT_THAT(submitted.out, StartsWith("job 1 is waiting"));
  EXPECT_EQ(run({"plan-submit", "--gpus", "128", "--accelerator", "h100"}).status, 1);
  const Outcome why = run({"explain", "1"});
  EXPECT_THAT(why.out, HasSubstr("northwind-first"));
  expect_fits(why.out);

  const json proposed = asked({"propose", "--supplier", "borealis", "--job", "1"});
  const std::string order = proposed["order"]["id"];
  const std::string offer = proposed["offers"][0]["id"];
  const Outcome early = run({"orders", "sign", order});
  EXPECT_EQ(early.status, 1);
  EXPECT_THAT(early.err, HasSubstr("it is to be declined"));
  const Outcome stateless = run({"offers", "list", "--state", "bogus"});
  EXPECT_EQ(stateless.status, 2);
  EXPECT_THAT(stateless.err, HasSubstr("--state: found 'bogus', expected one of offered, "));
  const Outcome same = run({"offers", "counter", offer});
  EXPECT_EQ(same.status, 2);
  EXPECT_THAT(same.err, HasSubstr("--gpus, --price, --delivery or --until"));
  const Outcome nobody = run({"wait", "1", "99"});
  EXPECT_EQ(nobody.status, 1) << "job 1 waits, and is not waited for";
  EXPECT_THAT(nobody.err, HasSubstr("there is no job 99"));

  const Outcome token =
      run({"token", "add", "nw", "--role", "supplier", "--supplier", "northwind"});
  ASSERT_EQ(token.status, 0) << token.err;
  const std::string token_file = folder_.write("northwind.token", token.out);
  stop_plane();
  start_plane();
  setenv("STARGATE_TOKEN_FILE", token_file.c_str(), 1);
  EXPECT_EQ(run({"whoami"}).out, "nw: supplier of northwind, token 1\n");
  EXPECT_EQ(run({"orders", "sign", order}).status, 1) << "a supplier signs nothing";
  const Outcome declined = run({"offers", "decline", offer, "--signed-by", "N. Wind"});
  EXPECT_EQ(declined.status, 0) << declined.err;
  EXPECT_THAT(declined.out, HasSubstr("declined"));
  const Outcome consent = run({"offers", "consent", offer});
  EXPECT_THAT(consent.out, HasSubstr("the consent is recorded: the order is cleared of "));
  unsetenv("STARGATE_TOKEN_FILE");

  const Outcome signed_order = run({"orders", "sign", order});
  ASSERT_EQ(signed_order.status, 0) << signed_order.err;
  EXPECT_EQ(state_of("1"), "waiting");
  const std::string stage = order + "-1";
  for (const char* word : {"secured", "energised", "installed", "deliver", "accept"}) {
    const Outcome step = run({"capacity", word, stage});
    EXPECT_EQ(step.status, 0) << word << ": " << step.err;
  }
  EXPECT_TRUE(becomes([] { return state_of("1") == "running"; }));
  EXPECT_EQ(asked({"show", "1"})["supplier"], "borealis");
  for (const char* verb : {"list", "orders", "offers", "capacity", "suppliers", "agreements",
                           "tenants", "token", "approvals"}) {
    const Outcome table = run({verb});
    EXPECT_EQ(table.status, 0) << verb << table.err;
    expect_fits(table.out);
  }
  EXPECT_THAT(run({"events"}).out, HasSubstr("allocation_running job=1"));
  EXPECT_EQ(run({"token", "revoke", "1"}).status, 0);
  setenv("STARGATE_TOKEN_FILE", token_file.c_str(), 1);
  const Outcome revoked = run({"whoami"});
  EXPECT_EQ(revoked.status, 1);
  EXPECT_THAT(revoked.err, Not(HasSubstr(token.out.substr(0, 12))));
}

TEST_F(ControlPlaneCli, GoesOnWhenTheControlPlaneIsStartedAgain) {
  const Folder own;
  const pid_t watcher =
      start({"submit", "--watch", "--", "sh", "-c", "sleep 3; echo still here"}, own);
  ASSERT_TRUE(becomes([] {
    const json list = asked({"list"});
    return !list["jobs"].empty() && list["jobs"][0]["state"] == "running";
  }));
  stop_plane();
  start_plane();
  const Outcome outcome = finish(watcher, own);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "still here\n");
}

TEST_F(ControlPlaneCli, DrainedNodesTakeNoWork) {
  EXPECT_EQ(run({"drain", "local-order", "0"}).status, 0);
  ASSERT_EQ(run({"submit", "--", "true"}).status, 0);
  EXPECT_NE(state_of("1"), "running");
  EXPECT_EQ(run({"undrain", "local-order", "0"}).status, 0);
  EXPECT_EQ(run({"wait", "1"}).status, 0);
}

TEST_F(ControlPlaneCli, WorkOfASupplierThatVanishesIsPlacedAnewAfterItsLease) {
  stop_plane();
  more_ = {"--simulated-speed", "60"};  // a lease of a second
  start_plane();
  const json job = json::parse(run({"submit", "--json", "--gpus", "8", "--accelerator", "h100",
                                    "--time", "10 hours", "--", "true"})
                                   .out);
  const std::string id = std::to_string(job["id"].get<int>());
  ASSERT_TRUE(becomes([&] { return state_of(id) == "running"; }));
  const Outcome gone = run({"suppliers", "vanish", "northwind"});
  EXPECT_EQ(gone.status, 0) << gone.err;
  ASSERT_TRUE(becomes([&] { return state_of(id) != "running"; }));
  EXPECT_NE(state_of(id), "succeeded");
  EXPECT_THAT(run({"suppliers"}).out, HasSubstr("out of contact"));
  EXPECT_EQ(run({"suppliers", "return", "northwind"}).status, 0);
  ASSERT_TRUE(becomes([&] { return state_of(id) == "running"; }));
  EXPECT_THAT(run({"suppliers"}).out, Not(HasSubstr("out of contact")));
  EXPECT_EQ(run({"suppliers", "vanish", "local"}).status, 1);
  EXPECT_EQ(run({"suppliers", "vanish"}).status, 2);
}

TEST_F(ControlPlaneCli, ObservesWithoutStartingAnything) {
  stop_plane();
  const Outcome refused = run({"up", "--data", folder_.path("data"), "--observe"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("begun to act"));
  setenv("STARGATE_DATA", folder_.path("other").c_str(), 1);
  data_ = "other";
  more_ = {"--observe", "--simulated-speed", "3600"};
  start_plane();
  const std::string witness = folder_.path("witness");
  const json job = json::parse(
      run({"submit", "--json", "--time", "1 hour", "--", "sh", "-c", "echo ran > " + witness}).out);
  const std::string id = std::to_string(job["id"].get<int>());
  ASSERT_TRUE(becomes([&] { return state_of(id) == "succeeded" || state_of(id) == "failed"; }));
  EXPECT_FALSE(folder_.has("witness"));
  EXPECT_THAT(run({"suppliers"}).out, Not(HasSubstr(" here ")));
}

struct Wrong {
  const char* name;
  Arguments arguments;
  const char* message;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class ControlPlaneVerbRefuses : public testing::TestWithParam<Wrong> {};

/// Before anything is asked: there is no control plane.
TEST_P(ControlPlaneVerbRefuses, WithStatusTwoAndWhatWasExpected) {
  const Outcome outcome = run(GetParam().arguments);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Cli, ControlPlaneVerbRefuses,
    testing::Values(
        Wrong{"no_command", {"submit", "--gpus", "1"}, "expected -- COMMAND"},
        Wrong{
            "bad_gpus", {"submit", "--gpus", "two", "--", "a"}, "--gpus: found \"two\", expected"},
        Wrong{"bad_use", {"submit", "--use", "fun", "--", "a"}, "expected one of research"},
        Wrong{"bad_time", {"submit", "--time", "2x", "--", "a"}, "--time: bad duration '2x'"},
        Wrong{"bad_env", {"submit", "--env", "A", "--", "a"}, "expected NAME=VALUE"},
        Wrong{"no_file", {"submit", "nothing.yaml"}, "there is no such file"},
        Wrong{
            "both_shapes", {"submit", "--nodes", "1", "--gpus", "1", "--", "a"}, "one of the two"},
        Wrong{"bad_job", {"show", "x"}, "JOB: bad number 'x'"},
        Wrong{"bad_action", {"offers", "eat", "x"}, "expected one of list, show, accept"},
        Wrong{"no_order", {"orders", "sign"}, "its order is missing"},
        Wrong{"option_of_another", {"offers", "decline", "x", "--gpus", "1"}, "--gpus: is not for"},
        Wrong{"bad_role",
              {"token", "add", "x", "--role", "king"},
              "--role: found 'king', expected one of admin"},
        Wrong{"bad_proposed_use",
              {"propose", "--supplier", "x", "--gpus", "1", "--use", "nope"},
              "--use: found 'nope', expected one of research"},
        Wrong{"bad_sandbox",
              {"up", "--sandbox", "maybe"},
              "--sandbox: found 'maybe', expected auto, required or off"},
        Wrong{"no_role", {"token", "add", "x"}, "--role is missing"},
        Wrong{"explain_nothing", {"explain"}, "or the number of a job"},
        Wrong{"propose_nothing", {"propose", "--supplier", "x"}, "--job or --gpus is missing"},
        Wrong{"bad_shell", {"completions", "ksh"}, "expected one of bash, zsh, fish"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(NoControlPlane, GivesThree) {
  const Folder folder;
  setenv("STARGATE_DATA", folder.path("nowhere").c_str(), 1);
  const Outcome outcome = run({"list"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, HasSubstr("stargate up"));
  // Port 9 of this machine answers nobody.
  setenv("STARGATE_ADDR", "127.0.0.1:9", 1);
  setenv("STARGATE_TOKEN", "abc", 1);
  EXPECT_EQ(run({"list"}).status, 3);
  for (const char* name : {"STARGATE_DATA", "STARGATE_ADDR", "STARGATE_TOKEN"}) unsetenv(name);
}

TEST(Completions, NameVerbsAndOptions) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = run({"completions", shell});
    EXPECT_EQ(outcome.status, 0);
    for (const char* word : {"plan-submit", "gpus-per-node", "withdraw", "first_party_product"}) {
      EXPECT_THAT(outcome.out, HasSubstr(word)) << shell;
    }
    EXPECT_THAT(outcome.out, Not(HasSubstr("keep)"))) << shell;
  }
}

}  // namespace
}  // namespace stargate::end_to_end
