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

INSTANTIATE_TEST_SUITE_P(
    Policies, EventStreams,
    testing::Values(Case{"fifo", "none", "best-fit",
                         "5fac17277cd83ec31b4b277d3171e5041d8ed72dc2b87f6c52713a4739853588"},
                    Case{"fifo", "easy", "best-fit",
                         "486414759dfc1d2d934bddc27956e8186dd67d78fdab666dcc7f10bd01fe60ba"},
                    Case{"sjf", "conservative", "first-fit",
                         "afff8380cb3c46643482b91ab8fd14ec860dff51e90110536488d5ccd7cd1cc7"},
                    Case{"srtf", "none", "consolidated",
                         "a609cdeeb6b667f511a56add79db16e2dc49690c7f216f8c26e4954745923030"},
                    Case{"srsf", "easy", "best-fit",
                         "a9a410fb811466cbc7e83029fde2c26765ccb88235ac059c9cb2db836188094e"},
                    Case{"las", "easy", "best-fit",
                         "bd5b27dda0280e025eea7bce0463426cc3b8c75d3dd60b9ccd4107022edb46dd"},
                    Case{"fair-share", "easy", "best-fit",
                         "702748645eae01d3e3aab4205c9f65b49062bdd483d95afb2b8dc7f50ac3394c"}),
    [](const testing::TestParamInfo<Case>& tested) {
      std::string name =
          std::string(tested.param.order) + tested.param.backfill + tested.param.place;
      std::erase(name, '-');
      return name;
    });

}  // namespace
}  // namespace stargate::end_to_end
