// `stargate replay --world`: worlds side by side.

#include <csignal>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "program.h"

namespace stargate::end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kWorld = std::string(STARGATE_SOURCE_DIR) + "/examples/stargate-2025";

/// The example's worlds, compared once for all tests.
const Outcome& compared() {
  static const Outcome outcome = run({"replay", "--world", kWorld, "--compare", "--json", "-"});
  return outcome;
}

std::map<std::string, json> runs_by_name() {
  std::map<std::string, json> runs;
  for (const json& run : json::parse(compared().out, nullptr, false)) runs[run.at("run")] = run;
  return runs;
}

const std::string& compared_table() {
  static const std::string text = run({"replay", "--world", kWorld, "--compare"}).out;
  return text;
}

TEST(WorldReplayCli, ComparesTheWorldsOwnAssumptions) {
  ASSERT_EQ(compared().status, 0) << compared().err;
  const auto runs = runs_by_name();
  ASSERT_EQ(runs.size(), 4U);
  for (const char* name : {"exclusive", "first-refusal", "open", "as signed"}) {
    ASSERT_TRUE(runs.contains(name)) << name;
    const json& run = runs.at(name);
    for (const char* key : {"jobs",
                            "jobs_started",
                            "mean_wait_s",
                            "p50_wait_s",
                            "p95_wait_s",
                            "p99_wait_s",
                            "not_run_gpu_hours",
                            "labs",
                            "interrupted",
                            "unmet_gpu_hours",
                            "unmet_gpus",
                            "unmet_at_end",
                            "used_gpu_hours",
                            "accepted_gpu_hours",
                            "idle_gpu_hours",
                            "suppliers",
                            "operators",
                            "landlords",
                            "supplier_concentration",
                            "operator_concentration",
                            "landlord_concentration",
                            "spending",
                            "unpriced_orders",
                            "commitments",
                            "offers",
                            "breached",
                            "excused",
                            "samples"}) {
      EXPECT_TRUE(run.contains(key)) << name << ": " << key;
    }
  }
}

TEST(WorldReplayCli, SharesAddUpToOne) {
  for (const auto& [name, run] : runs_by_name()) {
    for (const char* parties : {"suppliers", "operators", "landlords"}) {
      double sum = 0;
      for (const json& party : run.at(parties)) sum += party.at("share").get<double>();
      EXPECT_NEAR(sum, 1, 1e-9) << name << ": " << parties;
    }
  }
}

const json& lab_of(const json& run, const std::string& name) {
  static const json kNone;
  for (const json& lab : run.at("labs")) {
    if (lab.at("lab") == name) return lab;
  }
  ADD_FAILURE() << "no lab " << name;
  return kNone;
}

double waited(const json& figures) {
  return figures.at("queued_gpu_hours").get<double>() + figures.at("unmet_gpu_hours").get<double>();
}

// Demand is above what Azure has in three seasons. Under exclusivity all of it waits; under a first
// refusal that stays, the API does, to the end; as signed, until the API may run anywhere; and under free
// placement others have room for it.
TEST(WorldReplayCli, EachContractCostsTheLabMoreThanTheFreerOne) {
  const auto runs = runs_by_name();
  double before = 1e300;
  for (const char* name : {"exclusive", "first-refusal", "as signed", "open"}) {
    const json& lab = lab_of(runs.at(name), "openai");
    EXPECT_LT(waited(lab), before) << name;
    before = waited(lab);
  }
  EXPECT_EQ(before, 0) << "nothing waits where placement is free";
  const json& exclusive = lab_of(runs.at("exclusive"), "openai");
  const json& open = lab_of(runs.at("open"), "openai");
  EXPECT_GT(exclusive.at("not_run_gpu_hours").get<double>(), 0);
  EXPECT_LT(exclusive.at("used_gpu_hours").get<double>(), open.at("used_gpu_hours").get<double>());
  // One contracting party; by operator there are two, since Oracle runs some of what is on its paper.
  EXPECT_EQ(exclusive.at("supplier_concentration"), 10'000);
  EXPECT_LT(exclusive.at("operator_concentration").get<int>(), 10'000);
  EXPECT_LT(open.at("supplier_concentration").get<int>(), 10'000);
  EXPECT_LE(open.at("landlord_concentration").get<int>(),
            open.at("operator_concentration").get<int>());
}

TEST(WorldReplayCli, WhatConcernsOneLabChangesNothingForTheOther) {
  const auto runs = runs_by_name();
  const json& signed_world = lab_of(runs.at("as signed"), "anthropic");
  for (const char* name : {"exclusive", "first-refusal", "open"}) {
    EXPECT_EQ(lab_of(runs.at(name), "anthropic"), signed_world) << name;
  }
  EXPECT_THAT(compared_table(), HasSubstr("\n  anthropic\n  =========\n"));
}

// $250B from 2025-10-28 until 2033-01-01 are 2,622 days. Until 2026-09-24, 331 of them: $31.56B.
TEST(WorldReplayCli, CommitmentsSaySoFarAndWhatIsIdle) {
  const auto runs = runs_by_name();
  const json& lab = lab_of(runs.at("as signed"), "openai");
  const json* azure = nullptr;
  for (const json& commitment : lab.at("commitments")) {
    if (commitment.at("clause") == "azure-commit") azure = &commitment;
  }
  ASSERT_NE(azure, nullptr);
  const auto micros = [&](const char* key) {
    return azure->at(key).at("amount_micros").get<double>();
  };
  EXPECT_NEAR(micros("so_far") / 1e15, 250.0 * 331 / 2'622, 0.1);
  EXPECT_EQ(micros("idle"), micros("so_far") - micros("used"));
  EXPECT_EQ(micros("invoiced"), 0);
}

TEST(WorldReplayCli, PrintsATableThatFitsEightyColumns) {
  const Folder folder;
  const Outcome outcome = run({"replay", "--world", kWorld, "--compare", "--report",
                               folder.path("report.html"), "--json", folder.path("report.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  std::size_t begin = 0;
  while (begin < outcome.out.size()) {
    const std::size_t end = outcome.out.find('\n', begin);
    EXPECT_LE(end - begin, 80U) << outcome.out.substr(begin, end - begin);
    begin = end + 1;
  }
  EXPECT_THAT(outcome.out, HasSubstr("exclusive"));
  const std::string page = folder.read("report.html");
  EXPECT_THAT(page, HasSubstr("</html>"));
  EXPECT_EQ(page.find("src="), std::string::npos) << "the page fetches nothing";
  EXPECT_TRUE(json::parse(folder.read("report.json"), nullptr, false).is_array());
}

TEST(WorldReplayCli, RunsNamedWorkloadsUntilADate) {
  const Outcome outcome = run({"replay", "--world", kWorld, "--workload", "training", "--until",
                               "2025-02-01", "--json", "-"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json result = json::parse(outcome.out, nullptr, false);
  ASSERT_TRUE(result.is_object());
  EXPECT_EQ(result.at("workloads"), json::array({"training"}));
  // Every 45 days from 2024-05-10 on: the sixth comes on 2024-12-21, the seventh after the end.
  EXPECT_EQ(result.at("jobs"), 6);
}

/// The example's workloads with `count` jobs more: some seconds of work.
std::string long_assumption(const Folder& folder) {
  std::string text = "add:\n  workloads:\n";
  for (int i = 0; i < 400; ++i) {
    text += "    - id: more-" + std::to_string(i) +
            "\n      title: \"More\"\n      tenant: openai-research\n      use: research\n"
            "      gpus: 64 gpus\n      submitted: 2024-03-01\n      run_time: 3 days\n"
            "      repeats: 900\n      every: 1 days\n";
  }
  return folder.write("long.yaml", text);
}

TEST(WorldReplayCli, InterruptedItSaysHowFarItCame) {
  const Folder folder;
  const std::string assume = long_assumption(folder);
  const Folder output;
  const pid_t child = start({"replay", "--world", kWorld, "--compare", "--assume", assume,
                             "--assume", assume, "--json", folder.path("part.json")},
                            output);
  ASSERT_GT(child, 0);
  // The signal counts only once the worlds are read; until then it would end the program.
  ::usleep(1'500'000);
  ::kill(child, SIGINT);
  const Outcome outcome = finish(child, output);
  if (outcome.status == 0) GTEST_SKIP() << "done before the signal came";
  if (outcome.status == 128 + SIGINT && outcome.err.empty()) {
    GTEST_SKIP() << "the signal came before the worlds were read";
  }
  EXPECT_EQ(outcome.status, 130) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("interrupted: the results are of what was done until then"));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("days/s"))) << "no bar in a pipe";
  const json runs = json::parse(folder.read("part.json"), nullptr, false);
  ASSERT_TRUE(runs.is_array());
  ASSERT_FALSE(runs.empty());
  // Between two runs, the one before is whole and the other is not there.
  EXPECT_TRUE(runs.size() < 2 || runs.back().at("interrupted") == true) << runs.size();
  EXPECT_THAT(outcome.out, HasSubstr("waiting at the end"));
}

TEST(WorldReplayCli, RefusesAnEndBeforeTheBeginning) {
  const Outcome outcome = run({"replay", "--world", kWorld, "--until", "2019-01-01"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--until: found 2019-01-01, expected 2019-07-22, when the "
                                     "world begins, or later"));
}

TEST(WorldReplayCli, RefusesWhatOnlyLogsHave) {
  const Outcome trace = run({"replay", "--world", kWorld, "--trace", "swf:log.swf"});
  EXPECT_EQ(trace.status, 2);
  EXPECT_THAT(trace.err, HasSubstr("--trace is for logs: --world excludes it"));
  const Outcome fleet = run({"replay", "--world", kWorld, "--fleet", "100x1"});
  EXPECT_EQ(fleet.status, 2);
  EXPECT_THAT(fleet.err, HasSubstr("--fleet is for logs: --world excludes it"));
  const Outcome compare = run({"replay", "--trace", "swf:log.swf", "--compare"});
  EXPECT_EQ(compare.status, 2);
  EXPECT_THAT(compare.err, HasSubstr("--compare needs --world"));
  const Outcome workload = run({"replay", "--world", kWorld, "--workload", "nothing"});
  EXPECT_EQ(workload.status, 2);
  EXPECT_THAT(workload.err, HasSubstr("unknown workload 'nothing'"));
  const Outcome until = run({"replay", "--world", kWorld, "--until", "tomorrow"});
  EXPECT_EQ(until.status, 2);
  EXPECT_THAT(until.err, HasSubstr("--until: found 'tomorrow', expected a date"));
}

}  // namespace
}  // namespace stargate::end_to_end
