// `stargate replay --world`: worlds side by side.

#include <map>
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
                            "p99_wait_s",
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
                            "idle_commitments",
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

TEST(WorldReplayCli, ExclusivityLeavesMoreDemandUnmetThanFreePlacement) {
  const auto runs = runs_by_name();
  EXPECT_GT(runs.at("exclusive").at("unmet_gpu_hours").get<double>(),
            runs.at("open").at("unmet_gpu_hours").get<double>());
  EXPECT_LT(runs.at("exclusive").at("used_gpu_hours").get<double>(),
            runs.at("open").at("used_gpu_hours").get<double>());
  EXPECT_GT(runs.at("exclusive").at("supplier_concentration").get<int>(),
            runs.at("open").at("supplier_concentration").get<int>());
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
