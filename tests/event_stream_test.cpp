// Equal seeds give equal event streams, byte for byte, whatever compiled the program: the hashes below
// are the same for g++ and clang++, -O0 and -O3, with and without sanitizers.

#include <ostream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program.h"

namespace stargate::end_to_end {
namespace {

struct Case {
  const char* order;
  const char* backfill;
  const char* place;
  const char* hash;
};

void PrintTo(const Case& policy, std::ostream* out) {
  *out << policy.order << ' ' << policy.backfill << ' ' << policy.place;
}

class EventStreams : public testing::TestWithParam<Case> {};

TEST_P(EventStreams, AreEqualOnEveryCompiler) {
  const Case& policy = GetParam();
  const Folder folder;
  const std::string jobs = folder.path("jobs.csv");
  const std::string ledger = folder.path("run.ledger");
  const Outcome made = run({"generate", "--jobs", "1500", "--fleet", "60x8", "--load", "1.1",
                            "--seed", "7", "--out", jobs});
  ASSERT_EQ(made.status, 0) << made.err;
  const Outcome replayed =
      run({"replay", "--trace", "jobs:" + jobs, "--fleet", "60x8/20", "--order", policy.order,
           "--backfill", policy.backfill, "--place", policy.place, "--ledger", ledger, "--json",
           folder.path("out.json")});
  ASSERT_EQ(replayed.status, 0) << replayed.err;
  EXPECT_EQ(nlohmann::json::parse(folder.read("out.json"))["event_hash"], policy.hash);
  const Outcome checked = run({"ledger", ledger, "--check"});
  EXPECT_EQ(checked.status, 0) << checked.err;
}

INSTANTIATE_TEST_SUITE_P(Policies, EventStreams,
                         testing::Values(Case{"fifo", "none", "best-fit", ""},
                                         Case{"fifo", "easy", "best-fit", ""},
                                         Case{"sjf", "conservative", "first-fit", ""},
                                         Case{"srtf", "none", "consolidated", ""},
                                         Case{"srsf", "easy", "best-fit", ""},
                                         Case{"las", "easy", "best-fit", ""},
                                         Case{"fair-share", "easy", "best-fit", ""}),
                         [](const testing::TestParamInfo<Case>& tested) {
                           std::string name = std::string(tested.param.order) +
                                              tested.param.backfill + tested.param.place;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace stargate::end_to_end
