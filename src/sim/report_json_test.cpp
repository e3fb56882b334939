#include "sim/report_json.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/report_fixture.h"

namespace stargate::sim {
namespace {

using nlohmann::json;

TEST(ReportJson, OneRunIsOneObjectWithEveryFigure) {
  const json run = json::parse(report_json(example_report(), false));
  ASSERT_TRUE(run.is_object());
  EXPECT_EQ(run.at("jobs"), 28'481);
  EXPECT_EQ(run.at("skipped"), 8);
  EXPECT_EQ(run.at("skipped_by_reason").at("no run time"), 7);
  EXPECT_EQ(run.at("mean_wait_s"), 15'696.8);
  EXPECT_EQ(run.at("mean_wait_eligible_s"), 15'000.25);
  EXPECT_EQ(run.at("median_wait_s"), 61);
  EXPECT_EQ(run.at("p99_wait_s"), 200'000);
  EXPECT_EQ(run.at("max_wait_s"), 309'231);
  EXPECT_EQ(run.at("mean_turnaround_s"), 20'000.1);
  EXPECT_EQ(run.at("median_turnaround_s"), 1'000);
  EXPECT_EQ(run.at("p99_turnaround_s"), 300'000);
  EXPECT_EQ(run.at("max_turnaround_s"), 400'000);
  EXPECT_EQ(run.at("mean_bounded_slowdown"), 92.577);
  EXPECT_EQ(run.at("makespan_s"), 29'378'040);
  EXPECT_EQ(run.at("utilisation"), 0.704);
  EXPECT_EQ(run.at("preemptions"), 1'234);
  EXPECT_EQ(run.at("lost_gpu_hours"), 5.5);
  EXPECT_EQ(run.at("events"), 99'999);
  EXPECT_EQ(run.at("commands"), 88'888);
  EXPECT_EQ(run.at("load_s"), 0.25);
  EXPECT_EQ(run.at("wall_s"), 0.5);
  EXPECT_EQ(run.at("peak_rss_bytes"), 12'345'678);
  EXPECT_EQ(run.at("interrupted"), false);
  EXPECT_EQ(run.at("stargate_version"), "1.2.3");
}

TEST(ReportJson, HasTheOptionsOfTheRun) {
  const json run = json::parse(report_json(example_report(), false));
  EXPECT_EQ(run.at("options").at("order"), "fifo");
  EXPECT_EQ(run.at("options").at("backfill"), "easy");
  EXPECT_EQ(run.at("options").at("half_life_s"), 7 * 86'400);
  EXPECT_EQ(run.at("options").at("queues").at(0).at("nodes"), 100);
  EXPECT_EQ(run.at("options").at("queues").at(0).at("gpus"), 800);
}

TEST(ReportJson, HasTheRowsBehindThePlots) {
  const json run = json::parse(report_json(example_report(), false));
  EXPECT_EQ(run.at("usage").size(), 2U);
  EXPECT_EQ(run.at("usage").at(1).at("jobs_queued"), 0.1);
  EXPECT_EQ(run.at("waits_by_size").at(1).at("label"), "2-4 GPUs");
  EXPECT_EQ(run.at("waits_by_tenant").at(0).at("p99_wait_s"), 90);
  EXPECT_EQ(run.at("starts").at(1).at("wait_s"), 3'600);
}

TEST(ReportJson, SeveralRunsAreAnArrayInTheirOrder) {
  const json runs = json::parse(report_json(example_comparison(), true));
  ASSERT_TRUE(runs.is_array());
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs.at(0).at("order"), "fifo");
  EXPECT_EQ(runs.at(1).at("order"), "sjf");
  // One of several, the others never begun.
  EXPECT_TRUE(json::parse(report_json(example_report(), true)).is_array());
}

TEST(ReportJson, RunsThatWereNotBegunComeLast) {
  Report report = example_report();
  report.not_begun.emplace_back();
  report.not_begun[0].order = "sjf";
  report.not_begun[0].interrupted = true;
  const json runs = json::parse(report_json(report, true));
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs.at(1).at("order"), "sjf");
  EXPECT_EQ(runs.at(1).at("jobs"), 0);
  EXPECT_EQ(runs.at(1).at("interrupted"), true);
}

TEST(ReportJson, NumbersReadBackExactly) {
  Report report = example_report();
  for (const double value : {0.1 + 0.2, 1e-300, 1.0 / 3, 123'456'789.123'456'78, 0.0}) {
    report.runs[0].mean_wait_s = value;
    EXPECT_EQ(json::parse(report_json(report, false)).at("mean_wait_s").get<double>(), value);
  }
}

TEST(ReportJson, NamesMayHoldAnything) {
  Report report = example_report();
  report.runs[0].waits_by_tenant[0].label = "a\"b\\c\n\xff";
  const json run = json::parse(report_json(report, false));
  EXPECT_EQ(run.at("waits_by_tenant").at(0).at("label"), "a\"b\\c\n\xef\xbf\xbd");
}

TEST(ReportJson, EmptyListsAreEmptyArrays) {
  Report report = example_report();
  report.runs[0].usage.clear();
  report.runs[0].skipped_by_reason.clear();
  const json run = json::parse(report_json(report, false));
  EXPECT_TRUE(run.at("usage").is_array());
  EXPECT_TRUE(run.at("skipped_by_reason").is_object());
}

}  // namespace
}  // namespace stargate::sim
