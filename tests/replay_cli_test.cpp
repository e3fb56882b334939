// The command line of `stargate replay`: what it refuses, what it writes, and where.

#include <csignal>
#include <sstream>
#include <string>
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

/// Two jobs for one processor: the second waits for 90 s.
constexpr const char* kTwoJobs =
    "; UnixStartTime: 0\n"
    "1 0 -1 100 1 -1 -1 1 100 -1 1 1 1 1 1 -1 -1 -1\n"
    "2 10 -1 50 1 -1 -1 1 60 -1 1 2 1 1 1 -1 -1 -1\n";

class ReplayCli : public testing::Test {
 protected:
  Arguments with(const Arguments& more) const {
    Arguments arguments{"replay", "--trace", "swf:" + trace_, "--fleet", "1x1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  json run_json(const Arguments& more) const {
    Arguments arguments = with(more);
    arguments.insert(arguments.end(), {"--json", "-"});
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false);
  }

  Folder folder_;
  std::string trace_ = folder_.write("two.swf", kTwoJobs);
};

struct Refusal {
  const char* name;
  Arguments arguments;
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class ReplayRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(ReplayRefuses, WithStatusTwoAndAMessage) {
  const Folder folder;
  Arguments arguments = GetParam().arguments;
  const std::string trace = folder.write("two.swf", kTwoJobs);
  const std::string queues = folder.write("queues.csv", "queue,nodes\ndefault,1\n");
  for (std::string& argument : arguments) {
    if (argument == "TRACE") argument = "swf:" + trace;
    if (argument == "QUEUES") argument = queues;
    if (argument == "FOLDER") argument = folder.path("");
    if (argument == "NO_FOLDER") argument = folder.path("none/out.json");
    if (argument == "OUT") argument = folder.path("out");
    if (argument == "NO_TRACE") argument = "swf:" + folder.path("none.swf");
  }
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr(GetParam().message));
  EXPECT_FALSE(folder.has("out"));
}

INSTANTIATE_TEST_SUITE_P(
    Options, ReplayRefuses,
    testing::Values(
        Refusal{"NoVerb", {}, "stargate: a verb is missing"},
        Refusal{"UnknownVerb", {"repaly"}, "stargate: unknown verb 'repaly': expected one of "},
        Refusal{"EmptyValue", {"replay", "--trace", "TRACE", "--fleet", ""}, "--fleet: "},
        Refusal{"MissingValue", {"replay", "--fleet=", "--trace", "TRACE"}, "--fleet: "},
        Refusal{"NoValue", {"replay", "--trace", "TRACE", "--fleet"}, "--fleet: "},
        Refusal{"StrayWord", {"replay", "--trace", "TRACE", "--fleet", "1x1", "more"}, "more"},
        Refusal{"UnitOfOtherLog",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--unit", "cpus"},
                "--unit is for sacct logs"},
        Refusal{"UnknownOption", {"replay", "--nonsense"}, "--nonsense"},
        Refusal{"NoTrace", {"replay", "--fleet", "1x1"}, "--trace FORMAT:FILE"},
        Refusal{"NoFormat", {"replay", "--trace", "a.swf", "--fleet", "1x1"}, "names no format"},
        Refusal{"UnknownFormat",
                {"replay", "--trace", "foo:a.swf", "--fleet", "1x1"},
                "unknown format 'foo': expected one of swf, "},
        Refusal{"NoFile", {"replay", "--trace", "swf:", "--fleet", "1x1"}, "names no file"},
        Refusal{"MissingFile", {"replay", "--trace", "NO_TRACE", "--fleet", "1x1"}, "none.swf: "},
        Refusal{"NoFleet", {"replay", "--trace", "TRACE"}, "--fleet SPEC or --queues FILE"},
        Refusal{"FleetAndQueues",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--queues", "QUEUES"},
                "--fleet and --queues exclude each other"},
        Refusal{"BadFleet", {"replay", "--trace", "TRACE", "--fleet", "1by1"}, "--fleet: "},
        Refusal{"EmptyFleet", {"replay", "--trace", "TRACE", "--fleet", "0x8"}, "--fleet: "},
        Refusal{"ScaleWithoutQueues",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--queue-scale", "1/2"},
                "--queue-scale needs --queues"},
        Refusal{"BadScale",
                {"replay", "--trace", "TRACE", "--queues", "QUEUES", "--queue-scale", "1/0"},
                "--queue-scale: bad scale '1/0'"},
        Refusal{"BadQueueGpus",
                {"replay", "--trace", "TRACE", "--queues", "QUEUES", "--queue-gpus", "65"},
                "--queue-gpus: bad number '65'"},
        Refusal{"UnknownOrder",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--order", "foo"},
                "stargate: --order: unknown order 'foo': expected one of fifo, "},
        Refusal{"UnknownBackfill",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--backfill", "foo"},
                "unknown backfill 'foo': expected one of "},
        Refusal{"UnknownBackfillOrder",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--backfill-order", "foo"},
                "unknown backfill order 'foo': expected one of queue, "},
        Refusal{"UnknownEstimate",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--estimate", "foo"},
                "unknown estimate 'foo': expected one of requested, exact"},
        Refusal{"UnknownPlacement",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--place", "foo"},
                "unknown placement 'foo': expected one of "},
        Refusal{"EmptyItem",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--order", "fifo,,sjf"},
                "empty item in 'fifo,,sjf'"},
        Refusal{"RepeatedItem",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--order", "fifo,fifo"},
                "'fifo' is given twice"},
        Refusal{
            "RepeatedOption",
            {"replay", "--trace", "TRACE", "--fleet", "1x1", "--order", "fifo", "--order", "sjf"},
            "--order"},
        Refusal{"MuriOverheadOfOtherLog",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--overhead", "muri"},
                "--overhead muri needs a muri log"},
        Refusal{"BadDuration",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--restart-overhead", "soon"},
                "--restart-overhead: bad duration 'soon'"},
        Refusal{"NoHalfLife",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--half-life", "0"},
                "--half-life: "},
        Refusal{"NoThreads",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--threads", "0"},
                "--threads: bad number '0'"},
        Refusal{"UnwritableJson",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--json", "NO_FOLDER"},
                "--json: cannot write "},
        Refusal{"UnwritableReport",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--report", "FOLDER"},
                "--report: cannot write "},
        Refusal{"UnwritableJobsOut",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--jobs-out", "NO_FOLDER"},
                "--jobs-out: cannot write "},
        Refusal{"UnwritableLedger",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--ledger", "NO_FOLDER"},
                "--ledger: cannot write "},
        Refusal{
            "SameOutputTwice",
            {"replay", "--trace", "TRACE", "--fleet", "1x1", "--json", "OUT", "--report", "OUT"},
            "--json and --report would both write "},
        Refusal{"QuietAndVerbose",
                {"replay", "--trace", "TRACE", "--fleet", "1x1", "--quiet", "--verbose"},
                "--quiet and --verbose exclude each other"}),
    [](const testing::TestParamInfo<Refusal>& refusal) { return std::string(refusal.param.name); });

TEST_F(ReplayCli, HelpAndVersionAreFine) {
  for (const Arguments& arguments : {Arguments{"--help"}, Arguments{"replay", "--help"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, HasSubstr("Usage: stargate"));
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
  EXPECT_THAT(run({"--version"}).out, StartsWith("stargate "));
}

TEST_F(ReplayCli, OneRunGivesOneObject) {
  const json result = run_json({});
  ASSERT_TRUE(result.is_object());
  EXPECT_EQ(result.at("jobs"), 2);
  EXPECT_EQ(result.at("mean_wait_s"), 45);
  EXPECT_EQ(result.at("max_wait_s"), 90);
  EXPECT_EQ(result.at("mean_turnaround_s"), 120);
  EXPECT_EQ(result.at("makespan_s"), 150);
  EXPECT_EQ(result.at("utilisation"), 1);
  EXPECT_EQ(result.at("order"), "fifo");
  EXPECT_EQ(result.at("backfill"), "none");
  EXPECT_EQ(result.at("estimate"), "requested");
  EXPECT_EQ(result.at("place"), "best-fit");
  EXPECT_EQ(result.at("interrupted"), false);
}

TEST_F(ReplayCli, SeveralRunsGiveAnArrayInTheOrderOfTheOptions) {
  const json result = run_json({"--order", "sjf,fifo", "--backfill", "none,easy"});
  ASSERT_TRUE(result.is_array());
  ASSERT_EQ(result.size(), 4U);
  EXPECT_EQ(result.at(0).at("order"), "sjf");
  EXPECT_EQ(result.at(0).at("backfill"), "none");
  EXPECT_EQ(result.at(1).at("backfill"), "easy");
  EXPECT_EQ(result.at(2).at("order"), "fifo");
}

TEST_F(ReplayCli, ThreadsDoNotChangeTheResults) {
  const auto waits = [&](const char* threads) {
    std::string text;
    for (const json& each : run_json({"--order", "fifo,sjf", "--threads", threads})) {
      text += each.at("mean_wait_s").dump() + " " + each.at("starts").dump() + "\n";
    }
    return text;
  };
  EXPECT_EQ(waits("1"), waits("4"));
}

TEST_F(ReplayCli, TheTableGoesToStandardOutputAndNothingElse) {
  const Outcome outcome = run(with({}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("wait, mean"));
  EXPECT_THAT(outcome.out, HasSubstr("45 s"));
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(run(with({"--quiet"})).out, "");
}

TEST_F(ReplayCli, TheLogMayComeFromStandardInput) {
  const Outcome outcome =
      run({"replay", "--trace", "swf:-", "--fleet", "1x1", "--json", "-"}, trace_);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out).at("jobs"), 2);
}

TEST_F(ReplayCli, FilesAppearWhole) {
  const Outcome outcome =
      run(with({"--json", folder_.path("out.json"), "--report", folder_.path("out.html"),
                "--jobs-out", folder_.path("jobs.csv"), "--quiet"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(folder_.read("out.json")).at("jobs"), 2);
  EXPECT_THAT(folder_.read("out.html"), StartsWith("<!doctype html>"));
  EXPECT_THAT(folder_.read("jobs.csv"), StartsWith("id,submit,start,end,nodes\n1,0,0,100,"));
}

TEST_F(ReplayCli, EachOfSeveralRunsHasItsOwnJobsFile) {
  const Outcome outcome =
      run(with({"--order", "fifo,sjf", "--jobs-out", folder_.path("jobs.csv"), "--quiet"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(folder_.has("jobs-fifo-none.csv"));
  EXPECT_TRUE(folder_.has("jobs-sjf-none.csv"));
  EXPECT_FALSE(folder_.has("jobs.csv"));
}

TEST_F(ReplayCli, ASavedLogReplaysTheSame) {
  const std::string saved = folder_.path("saved.csv");
  const Outcome outcome = run(with({"--save-trace", saved, "--quiet"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Outcome again =
      run({"replay", "--trace", "jobs:" + saved, "--fleet", "1x1", "--json", "-"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(json::parse(again.out).at("mean_wait_s"), 45);
}

TEST_F(ReplayCli, BadRecordsAreNamedWithTheirPlace) {
  const std::string bad = folder_.write("bad.swf", "1 0 -1 nonsense\n");
  const Outcome outcome =
      run({"replay", "--trace", "swf:" + bad, "--fleet", "1x1", "--json", folder_.path("o.json")});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, StartsWith(bad + ":1:"));
  EXPECT_FALSE(folder_.has("o.json"));
}

TEST_F(ReplayCli, PolicyFilesAreChecked) {
  struct Case {
    const char* option;
    const char* text;
    const char* message;
  };
  for (const Case& c : {
           Case{"--tenants", "name,wieght\n", ":1:6: unknown column \"wieght\""},
           Case{"--tenants", "weight\n", ":1:1: no column \"name\""},
           Case{"--tenants", "name,weight\na,0\n", ":2:3: "},
           Case{"--tenants", "name\na\na\n", ":3:1: tenant \"a\" is there twice"},
           Case{"--tenants", "name,parent\na,b\n", ":2:3: unknown parent \"b\""},
           Case{"--tenants", "name,parent\na,b\nb,a\n", "is its own parent"},
           Case{"--reserve", "tenant,nodes,from,until\na,2,0,10\n", ":2:3: "},
           Case{"--reserve", "tenant,nodes,from,until\na,1,10,10\n", ":2:8: "},
           Case{"--reserve", "tenant,nodes,from,until\na,1,10\n", ":2:1: found 3 fields"},
           Case{"--health", "at,first_node,health\n0,1,failed\n", ":2:3: "},
           Case{"--health", "at,first_node,health\n0,0,ill\n", ":2:5: unknown health \"ill\""},
           Case{"--health", "", "the file is empty"},
       }) {
    const std::string file = folder_.write("policy.csv", c.text);
    const Outcome outcome = run(with({c.option, file}));
    EXPECT_EQ(outcome.status, 2) << c.text;
    EXPECT_THAT(outcome.err, HasSubstr(c.message)) << c.text;
    EXPECT_THAT(outcome.err, StartsWith(file)) << c.text;
  }
}

TEST_F(ReplayCli, AnInterruptedReplayShowsWhatItHas) {
  // Enough work that it is not done before the signal comes: every job waits in a long line.
  std::string log;
  for (int i = 1; i <= 400'000; ++i) {
    log += std::to_string(i) + " " + std::to_string(i) +
           " -1 1000 1 -1 -1 1 2000 -1 1 1 1 1 1 -1 -1 -1\n";
  }
  const std::string trace = folder_.write("long.swf", log);
  const pid_t child = start({"replay", "--trace", "swf:" + trace, "--fleet", "500x1", "--order",
                             "fifo,sjf", "--backfill", "easy", "--backfill-order", "shortest,queue",
                             "--threads", "1", "--json", folder_.path("out.json"), "--quiet"},
                            folder_);
  ASSERT_GT(child, 0);
  // The signal counts only once the log is read; until then it would end the program.
  ::usleep(2'500'000);
  ::kill(child, SIGINT);
  const Outcome outcome = finish(child, folder_);
  if (outcome.status == 0) GTEST_SKIP() << "done before the signal came";
  if (outcome.status == 128 + SIGINT && outcome.err.empty()) {
    GTEST_SKIP() << "the signal came before the log was read";
  }
  EXPECT_EQ(outcome.status, 130);
  EXPECT_THAT(outcome.err, HasSubstr("interrupted"));
  const json result = json::parse(folder_.read("out.json"));
  ASSERT_EQ(result.size(), 4U);
  EXPECT_EQ(result.back().at("interrupted"), true);
}

}  // namespace
}  // namespace stargate::end_to_end
