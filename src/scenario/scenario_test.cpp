#include "scenario/scenario.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world/problem.h"

namespace stargate::scenario {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> scenario_files() {
  std::vector<std::string> files;
  for (const auto& file :
       std::filesystem::directory_iterator(STARGATE_SOURCE_DIR "/examples/scenarios")) {
    if (file.path().extension() == ".scn") files.push_back(file.path().stem().string());
  }
  std::ranges::sort(files);
  return files;
}

class ExampleScenario : public testing::TestWithParam<std::string> {};

TEST_P(ExampleScenario, EndsAsItSays) {
  const std::string path = STARGATE_SOURCE_DIR "/examples/scenarios/" + GetParam() + ".scn";
  const Scenario scenario = read_scenario(path);
  ASSERT_FALSE(scenario.expectations.empty());
  const std::vector<Outcome> outcomes = play(scenario);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_TRUE(outcomes[i].met) << path << ":" << scenario.expectations[i].line << ": "
                                 << scenario.expectations[i].text
                                 << "\n  found: " << outcomes[i].found.text();
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& file) {
  std::string name = file.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ExampleScenario, testing::ValuesIn(scenario_files()), test_name);

/// A scenario file beside the small world of the examples.
class ScenarioText : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    const std::string path = testing::TempDir() + "stargate_scenario_" +
                             testing::UnitTest::GetInstance()->current_test_info()->name() + ".scn";
    std::ofstream(path) << text;
    return path;
  }
  std::vector<std::string> problems_of(const std::string& text) {
    const std::string path = write(text);
    try {
      read_scenario(path);
    } catch (const world::WorldError& error) {
      std::vector<std::string> lines;
      for (const world::Problem& problem : error.problems()) {
        std::string line = problem.text();
        if (line.starts_with(path)) line = line.substr(path.size() + 1);
        lines.push_back(line);
      }
      return lines;
    }
    return {};
  }
  std::string small() const { return "world " STARGATE_SOURCE_DIR "/examples/scenarios/small\n"; }
};

TEST_F(ScenarioText, AnExpectationThatIsNotMetIsFoundSo) {
  const Scenario scenario =
      read_scenario(write(small() + "expect 2025-02-01 run at away: permitted\n"
                                    "expect 2025-02-01 run at away: permitted or needs_offer\n"
                                    "expect 2025-02-01 run at away: needs_offer by home-exclusive\n"
                                    "expect 2024-06-01 run at away: forbidden by home-exclusive\n"
                                    "expect 2025-02-02 stage home-one: 799 gpus\n"
                                    "expect 2024-02-01 unmet run: none\n"));
  std::vector<bool> met;
  std::vector<std::string> found;
  for (const Outcome& outcome : play(scenario)) {
    met.push_back(outcome.met);
    found.push_back(outcome.found.text());
  }
  EXPECT_THAT(met, ElementsAre(false, true, false, true, false, true));
  EXPECT_THAT(found,
              ElementsAre("needs_offer by home-first-refusal", "needs_offer by home-first-refusal",
                          "needs_offer by home-first-refusal", "forbidden by home-exclusive",
                          "800 gpus", "none"));
}

TEST_F(ScenarioText, BlocksOfYamlKeepTheirLines) {
  EXPECT_THAT(
      problems_of(small() + "--- acts\n"
                            "  - act: sign\n"
                            "    at: 2025-02-30\n"
                            "    order: nothing-like-it\n"
                            "---\n"),
      ElementsAre(HasSubstr("4:9: found 2025-02-30"), HasSubstr("5:12: found nothing-like-it")));
}

TEST_F(ScenarioText, AWorldMayStandInTheFileItself) {
  const Scenario scenario =
      read_scenario(write("--- world\n"
                          "labs:\n"
                          "  - id: lab\n"
                          "    title: \"A lab\"\n"
                          "suppliers:\n"
                          "  - id: home\n"
                          "    title: \"Home\"\n"
                          "tenants:\n"
                          "  - id: team\n"
                          "    lab: lab\n"
                          "workloads:\n"
                          "  - id: run\n"
                          "    tenant: team\n"
                          "    use: training\n"
                          "    gpus: 8 gpus\n"
                          "    submitted: 2024-02-01\n"
                          "    run_time: 1 days\n"
                          "---\n"
                          "expect 2024-02-02 unmet run: some\n"
                          "expect 2024-02-02 run at home: no_capacity\n"
                          "expect 2024-01-31 unmet run: none\n"));
  for (const Outcome& outcome : play(scenario)) EXPECT_TRUE(outcome.met) << outcome.found.text();
}

TEST_F(ScenarioText, EveryMistakeIsToldWithItsPlace) {
  const struct {
    const char* text;
    const char* expected;
  } kMistakes[] = {
      {"expct 2025-01-01 run at away: forbidden", "2:1: found expct, expected world, assume"},
      {"expect 2025-13-01 run at away: forbidden", "2:8: found 2025-13-01, expected a date"},
      {"expect 2025-01-01 known soon run at away: forbidden", "2:25: found soon, expected a date"},
      {"expect 2025-01-01 runn at away: forbidden",
       "2:19: found runn, expected a workload: one of run, serve"},
      {"expect 2025-01-01 run at nowhere: forbidden",
       "2:26: found nowhere, expected a supplier: one of away, home, own"},
      {"expect 2025-01-01 run at away-order: forbidden",
       "2:26: found away-order, expected a supplier"},
      {"expect 2025-01-01 run on away: forbidden", "2:26: found away, expected an order"},
      {"expect 2025-01-01 run at away forbidden", "2:31: found forbidden, expected a colon"},
      {"expect 2025-01-01 run at away:",
       "2:31: found the end of the line, expected one of permitted, no_capacity, needs_offer, "
       "forbidden"},
      {"expect 2025-01-01 run at away: banned", "2:32: found banned, expected one of permitted"},
      {"expect 2025-01-01 run on away-order: no_capacity",
       "2:38: found no_capacity, expected one of permitted, not_ordered"},
      {"expect 2025-01-01 run at away: forbidden by home-nothing",
       "2:45: found home-nothing, expected a clause: one of"},
      {"expect 2025-01-01 run at away: forbidden because", "2:42: found because, expected the end"},
      {"expect 2025-01-01 offer offer-x: lapsed", "2:25: found offer-x, expected an offer"},
      {"expect 2025-01-01 clause home-tranche: fine", "2:40: found fine, expected one of in_force"},
      {"expect 2025-01-01 stage home-two: many gpus", "2:35: found many, expected accepted GPUs"},
      {"expect 2025-01-01 who knows", "2:19: found who, expected a question"},
      {"world .", "2:1: found a second world, expected one"},
      {"--- deeds\n---", "2:5: found deeds, expected the kind of the block"},
      {"--- acts\n  - act: sign", "2:1: found no end of the acts block, expected a line `---`"},
      {"assume a b", "2:10: found b, expected one path without blanks"},
  };
  for (const auto& [text, expected] : kMistakes) {
    EXPECT_THAT(problems_of(small() + text + "\n"),
                testing::Contains(testing::StartsWith(expected)))
        << text;
  }
  EXPECT_THAT(problems_of("expect 2025-01-01 unmet run: none\n"),
              ElementsAre(HasSubstr("1:1: found no world")));
}

TEST_F(ScenarioText, AProposalIsMadeInTheWorldAsWhatStandsAboveItLeavesIt) {
  const Scenario scenario = read_scenario(
      write(small() +
            "propose 2025-02-01 run at away order wished amount 8 gpus: permitted or forbidden\n"
            "--- acts\n"
            "  - act: accept\n"
            "    at: 2025-02-03\n"
            "    offer: wished-offer\n"
            "---\n"
            "expect 2025-02-02 offer wished-offer: offered\n"
            "expect 2025-02-03 offer wished-offer: accepted\n"));
  const std::vector<Outcome> outcomes = play(scenario);
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_FALSE(outcomes[0].met);
  EXPECT_EQ(outcomes[0].found.text(), "needs_offer by home-first-refusal");
  EXPECT_TRUE(outcomes[1].met);
  EXPECT_TRUE(outcomes[2].met);
}

TEST_F(ScenarioText, EveryMistakeOfAProposalIsToldWithItsPlace) {
  const struct {
    const char* text;
    const char* expected;
  } kMistakes[] = {
      {"propose soon run at away", "2:9: found soon, expected a date"},
      {"propose 2025-02-01 run with away", "2:24: found with, expected `at` and a supplier"},
      {"propose 2025-02-01 runn at away amount 8 gpus",
       "2:20: workload: found 'runn', expected a workload: one of run, serve"},
      {"propose 2025-02-01 run at home-order amount 8 gpus",
       "2:27: supplier: found 'home-order', expected a supplier"},
      {"propose 2025-02-01 run at away amount 8 gpus colour red",
       "2:39: amount: found '8 gpus colour red'"},
      {"propose 2025-02-01 run at away colour red", "2:32: found colour, expected one of order"},
      {"propose 2025-02-01 run at away amount", "2:32: found amount without a value"},
      {"propose 2025-02-01 run at away amount 8 gpus: maybe",
       "2:47: found maybe, expected one of permitted, needs_offer, forbidden"},
      {"propose 2025-02-01 run at away amount 8 gpus: needs_offer by nothing",
       "2:62: found nothing, expected a clause"},
      {"propose 2024-06-01 run at away amount 8 gpus",
       "2:1: found a proposal that home-exclusive forbids, expected one that may be made"},
      {"propose 2025-02-01 run at away", "2:1: nothing of run is unmet on 2025-02-01"},
  };
  for (const auto& [text, expected] : kMistakes) {
    EXPECT_THAT(problems_of(small() + text + "\n"),
                testing::Contains(testing::StartsWith(expected)))
        << text;
  }
  EXPECT_THAT(problems_of("propose 2025-02-01 run at away\n"),
              testing::Contains(HasSubstr("1:1: found a proposal before the world")));
}

TEST_F(ScenarioText, AWorldThatIsNotThereIsTold) {
  EXPECT_THAT(problems_of("world no-such-folder\n"), ElementsAre(HasSubstr("no-such-folder")));
  EXPECT_THROW(read_scenario("/no/such/file.scn"), world::WorldError);
}

}  // namespace
}  // namespace stargate::scenario
