// What is said of worlds side by side, and that it fits.

#include "sim/world_report.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace stargate::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kHour = 3'600 * kMicrosPerSecond;

LabFigures lab(const char* name, std::int64_t used_hours) {
  LabFigures figures;
  figures.lab = name;
  figures.jobs = 3;
  figures.used = {Int128{used_hours} * kHour};
  figures.suppliers.push_back({"alpha", {}, figures.used, {}, {}, {}});
  return figures;
}

/// Three runs: the first differs from the others for one of two labs.
WorldReport three_runs() {
  WorldReport report;
  for (const char* name : {"a-rather-long-name-of-a-run", "open", "as signed"}) {
    WorldResult& run = report.runs.emplace_back();
    run.name = name;
    run.world = "a world";
    run.labs = {lab("one", report.runs.size() == 1 ? 10 : 20), lab("two", 5)};
  }
  return report;
}

TEST(WorldReport, HasASectionALabAndAColumnForRunsThatAreTheSame) {
  const std::vector<WorldSection> sections = world_sections(three_runs());
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_EQ(sections[0].lab, "one");
  ASSERT_EQ(sections[0].columns.size(), 2U);
  EXPECT_EQ(sections[0].columns[1].name, "open, as signed");
  EXPECT_EQ(sections[0].columns[1].runs, (std::vector<std::size_t>{1, 2}));
  ASSERT_EQ(sections[1].columns.size(), 1U);
  EXPECT_EQ(sections[1].columns[0].name, "every run");
}

TEST(WorldReport, OfOneLabSaysAll) {
  WorldReport report = three_runs();
  for (WorldResult& run : report.runs) run.labs.pop_back();
  const std::vector<WorldSection> sections = world_sections(report);
  ASSERT_EQ(sections.size(), 1U);
  EXPECT_EQ(sections[0].lab, "");
}

TEST(WorldReport, FitsTheTerminalAndCutsNoName) {
  for (const std::size_t width : {80U, 120U, 200U}) {
    std::istringstream text(world_report_table(three_runs(), width));
    for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), width) << line;
  }
  const std::string table = world_report_table(three_runs(), 80);
  for (const char* part : {"a-rather-", "long-name-", "of-a-run", "open, as", "signed"}) {
    EXPECT_THAT(table, HasSubstr(part));
  }
}

TEST(WorldReport, AddsNoCurrencyToAnother) {
  WorldReport report = three_runs();
  for (WorldResult& run : report.runs) {
    run.labs.pop_back();
    run.spending = {{Currency{}, 1'500'000}, {Currency{{'E', 'U', 'R'}}, 2'500'000}};
  }
  const std::string table = world_report_table(report, 80);
  EXPECT_THAT(table, HasSubstr("USD 1.50"));
  EXPECT_THAT(table, HasSubstr("EUR 2.50"));
}

TEST(WorldReport, SaysHowMuchOfACommitmentIsIdleByParty) {
  WorldReport report;
  WorldResult& run = report.runs.emplace_back();
  run.commitments.push_back(
      {"promise", "alpha", {Currency{}, 8'000'000}, {Currency{}, 5'000'000}, {Currency{}, 0}});
  const std::string table = world_report_table(report, 80);
  for (const char* row : {"all", "  not used", "    alpha", "  invoiced"}) {
    EXPECT_THAT(table, HasSubstr(std::string("\n  ") + row)) << row;
  }
  EXPECT_THAT(table, HasSubstr("USD 8\n"));
  EXPECT_THAT(table, HasSubstr("USD 3\n"));
}

TEST(WorldReport, JsonHasTheLabs) {
  const auto json = nlohmann::json::parse(world_report_json(three_runs(), true));
  ASSERT_EQ(json.size(), 3U);
  EXPECT_EQ(json[0]["labs"][0]["lab"], "one");
  EXPECT_EQ(json[0]["labs"][0]["used_gpu_hours"], 10);
  EXPECT_EQ(json[1]["labs"][0]["used_gpu_hours"], 20);
}

TEST(WorldReport, ThePageEscapesNames) {
  WorldReport report = three_runs();
  report.runs[0].name = "<b>";
  const std::string page = world_report_html(report);
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;"));
  EXPECT_THAT(page, Not(HasSubstr(">&<b>")));
}

}  // namespace
}  // namespace stargate::sim
