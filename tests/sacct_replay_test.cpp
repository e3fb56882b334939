// A log as sacct prints it, from its text to the waits.

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
using testing::ElementsAre;
using testing::StartsWith;

// tests/data/sacct_sample.txt, in Berlin, on the night in which 02:00 becomes 03:00. Seconds from
// 01:00, when job 101 is submitted (1743292800 of the Unix epoch), so that 03:00 is 3600:
//
//     job     submit  eligible    run  GPUs on nodes
//     101          0         0   5400     16 on 2     03:30:05 is 5405: it crosses the change
//     102_1      600       600    600      8 on 1
//     102_2      600       600   1200      8 on 1     UNLIMITED
//     103        900       900    300      4 on 1     REQUEUED
//     104       1200      3000    900      4 on 1     CANCELLED by 1000, after a while
//     108       5700      5700   1800     16 on 2     Partition_Limit
//     103       6315      6436    600      4 on 1     its second run
//
// First in, first out on two nodes of eight: 101 has all until 5400; then the array has a node each,
// until 6000 and 6600. 103 and 104 share the first of them, until 6300 and 6900. 108 needs both: from
// 6900 to 8700. The second run of 103 stands behind it: until 9300.
// Waits: 0, 4800, 4800, 5100, 4800, 1200, 2385; 1800 of 104's and 121 of the last before `Eligible`.
TEST(SacctReplay, WaitsAreThoseWorkedOutByHand) {
  const Folder folder;
  const Outcome outcome =
      run({"replay", "--trace", "sacct:" STARGATE_SOURCE_DIR "/tests/data/sacct_sample.txt",
           "--fleet", "2x8", "--tz", "Europe/Berlin", "--order", "fifo", "--jobs-out",
           folder.path("jobs.csv"), "--json", "-"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result.at("jobs"), 7);
  EXPECT_EQ(result.at("skipped"), 16);
  EXPECT_EQ(result.at("skipped_by_reason"), (json{{"step of a job", 11},
                                                  {"never started", 2},
                                                  {"still running", 1},
                                                  {"no GPUs", 1},
                                                  {"no run time", 1}}));
  EXPECT_NEAR(result.at("mean_wait_s").get<double>(), 23085.0 / 7, 1e-6);
  EXPECT_NEAR(result.at("mean_wait_eligible_s").get<double>(), 21164.0 / 7, 1e-6);
  EXPECT_EQ(result.at("max_wait_s"), 5100);
  EXPECT_EQ(result.at("makespan_s"), 9300);
  std::istringstream stream(folder.read("jobs.csv"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  EXPECT_THAT(lines, ElementsAre(StartsWith("id,submit,start,end,"),
                                 StartsWith("101,1743292800,1743292800,1743298200,"),
                                 StartsWith("102_1,1743293400,1743298200,1743298800,"),
                                 StartsWith("103,1743293700,1743298800,1743299100,"),
                                 StartsWith("102_2,1743293400,1743298200,1743299400,"),
                                 StartsWith("104,1743294000,1743298800,1743299700,"),
                                 StartsWith("108,1743298500,1743299700,1743301500,"),
                                 StartsWith("103,1743299115,1743301500,1743302100,")));
}

}  // namespace
}  // namespace stargate::end_to_end
