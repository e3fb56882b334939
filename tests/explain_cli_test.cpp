// `stargate explain` on the example world: the table of what may run where, and what it refuses.

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program.h"

namespace stargate::end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Arguments = std::vector<std::string>;

const std::string kWorld = STARGATE_SOURCE_DIR "/examples/stargate-2025";

Arguments ask(const std::string& workload, const std::string& at, const Arguments& more = {}) {
  Arguments arguments{"explain", "--world", kWorld, "--workload", workload, "--at", at};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json answer_of(const std::string& workload, const std::string& at, const Arguments& more = {}) {
  Arguments arguments = ask(workload, at, more);
  arguments.emplace_back("--json");
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return json::parse(outcome.out, nullptr, false);
}

const json& supplier_of(const json& answer, const std::string& name) {
  static const json kNone;
  for (const json& supplier : answer["suppliers"]) {
    if (supplier["supplier"] == name) return supplier;
  }
  ADD_FAILURE() << "no supplier " << name;
  return kNone;
}

TEST(ExplainCli, AgreesWithEveryCellOfTheTruthTable) {
  std::ifstream table(STARGATE_SOURCE_DIR "/tests/data/truth_table.csv");
  std::map<std::pair<std::string, std::string>, json> answers;
  std::string line;
  std::getline(table, line);
  ASSERT_EQ(line, "date,workload,supplier,verdict,clause");
  int cells = 0;
  while (std::getline(table, line)) {
    std::istringstream row(line);
    std::string date, workload, supplier, verdict, clause;
    for (std::string* field : {&date, &workload, &supplier, &verdict, &clause}) {
      std::getline(row, *field, ',');
    }
    auto [known, is_new] = answers.try_emplace({date, workload});
    if (is_new) known->second = answer_of(workload, date);
    const json& told = supplier_of(known->second, supplier);
    EXPECT_EQ(told.value("verdict", ""), verdict) << line << "\n" << told.dump(2);
    // What decides, or covers what is permitted; - where no agreement does.
    EXPECT_EQ(told["clause"], clause == "-" ? json() : json(clause)) << line << "\n"
                                                                     << told.dump(2);
    ++cells;
  }
  EXPECT_EQ(cells, 280);
}

TEST(ExplainCli, HasTheKeysThatProgramsRead) {
  const json answer = answer_of("training", "2025-11-15");
  for (const char* key :
       {"workload", "use", "at", "runs_at", "reason", "suppliers", "assumptions", "next"}) {
    EXPECT_TRUE(answer.contains(key)) << key;
  }
  EXPECT_EQ(answer["workload"], "training");
  EXPECT_EQ(answer["use"], "training");
  EXPECT_EQ(answer["at"], "2025-11-15");
  for (const json& place : answer["runs_at"]) {
    for (const char* key : {"site", "order", "gpus"}) EXPECT_TRUE(place.contains(key)) << key;
  }
  for (const json& supplier : answer["suppliers"]) {
    for (const char* key : {"supplier", "verdict", "shortage", "offer", "agreement", "clause",
                            "source", "until", "orders"}) {
      EXPECT_TRUE(supplier.contains(key)) << key;
    }
    EXPECT_EQ(supplier["verdict"] == "no_capacity", !supplier["shortage"].is_null()) << supplier;
    for (const json& order : supplier["orders"]) {
      for (const char* key : {"order", "site", "verdict"}) EXPECT_TRUE(order.contains(key)) << key;
    }
  }
}

TEST(ExplainCli, PrintsTheReasonFirstAndATableThatFits80Columns) {
  const Outcome outcome = run(ask("api-service", "2025-11-15"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  std::istringstream text(outcome.out);
  std::string line;
  std::string reason;
  bool is_in_reason = true;
  while (std::getline(text, line)) {
    // Of UTF-8, bytes that begin a character.
    const auto width =
        std::count_if(line.begin(), line.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(width, 80) << line;
    is_in_reason = is_in_reason && !line.empty();
    if (is_in_reason) reason += (reason.empty() ? "" : " ") + line;
  }
  EXPECT_EQ(reason, answer_of("api-service", "2025-11-15")["reason"]);
  EXPECT_THAT(outcome.out, HasSubstr("azure-api-until-agi"));
}

TEST(ExplainCli, WritesJsonToAFileBesideTheText) {
  const Folder folder;
  const Outcome outcome = run(ask("training", "2025-02-01", {"--json", folder.path("why.json")}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(folder.read("why.json")), answer_of("training", "2025-02-01"));
  EXPECT_THAT(outcome.out, HasSubstr("SUPPLIER"));
}

TEST(ExplainCli, AssumesWhatAFileSays) {
  const json answer =
      answer_of("training", "2025-02-01", {"--assume", kWorld + "/assume/exclusive.yaml"});
  EXPECT_EQ(supplier_of(answer, "oracle")["verdict"], "forbidden");
}

struct Wrong {
  const char* name;
  Arguments arguments;
  const char* message;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class ExplainRefuses : public testing::TestWithParam<Wrong> {};

TEST_P(ExplainRefuses, WithStatusTwoAndAMessage) {
  const Outcome outcome = run(GetParam().arguments);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Cli, ExplainRefuses,
    testing::Values(
        Wrong{"no_date", {"explain", "--world", kWorld, "--workload", "training"}, "--at"},
        Wrong{"a_bad_date", ask("training", "2025-13-01"), "expected a date"},
        Wrong{"a_bad_known", ask("training", "2025-02-01", {"--known", "soon"}), "--known"},
        Wrong{"an_unknown_workload", ask("nothing", "2025-02-01"), "expected one of"},
        Wrong{"a_supplier_as_workload", ask("oracle", "2025-02-01"),
              "unknown workload 'oracle': expected one of ablations, "},
        Wrong{"no_world",
              {"explain", "--world", "/nowhere", "--workload", "training", "--at", "2025-02-01"},
              "/nowhere"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace stargate::end_to_end
