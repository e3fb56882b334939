#include "sim/fleet_text.h"

#include <gtest/gtest.h>

#include "base/input_error.h"
#include "sim/queues_csv.h"
#include "sim/reading_fixture.h"

namespace stargate::sim {
namespace {

std::string error_of_fleet(const std::string& text) {
  try {
    parse_fleet(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(FleetText, ReadsNodesAndRacks) {
  const Topology plain(parse_fleet("100x1"));
  EXPECT_EQ(plain.node_count(), 100U);
  EXPECT_EQ(plain.domain_count(Level::kRack), 1U);
  const Topology racks(parse_fleet("105x8/20"));
  EXPECT_EQ(racks.node_count(), 105U);
  EXPECT_EQ(racks.gpu_count(), 840U);
  EXPECT_EQ(racks.domain_count(Level::kRack), 6U);
  EXPECT_EQ(racks.domain_count(Level::kSite), 1U);
  EXPECT_EQ(parse_fleet("16777216x64/16777216"), parse_fleet("16777216x64"));
}

TEST(FleetText, SaysWhatWasExpected) {
  EXPECT_EQ(error_of_fleet("10x65"),
            "fleet: found \"10x65\", expected GPUs a node from 1 to 64 in NODESxGPUS[/RACK], such "
            "as 100x8 or 1000x8/16");
  for (const char* text : {"", "0x8", "8", "8x", "x8", "8x0", "8x8/", "8x8/0", "8x8/4x", "8x8 ",
                           " 8x8", "-1x8", "16777217x8", "99999999999999999999x8", "8X8"}) {
    EXPECT_NE(error_of_fleet(text), "") << text;
  }
}

std::string error_of_queues(const std::string& text, QueueScale scale = {}) {
  try {
    read_queues_csv({.path = "", .scale = scale}, LineReader("queues", owned_bytes(text)));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(QueuesCsv, ReadsAndScalesQueues) {
  const auto queues =
      read_queues_csv({.path = "", .scale = {1, 2}, .gpus_per_node = 4},
                      LineReader("queues", owned_bytes("vc,node num\na,64\nb,2\n")));
  ASSERT_EQ(queues.size(), 2U);
  EXPECT_EQ(queues[0].name, "a");
  EXPECT_EQ(queues[0].fleet, uniform_fleet(32, 4));
  EXPECT_EQ(queues[1].fleet, uniform_fleet(1, 4));
}

TEST(QueuesCsv, SaysWhereItIsWrong) {
  EXPECT_EQ(error_of_queues("vc,node num\na,3\n", {1, 2}),
            "queues:2:3: found \"3\", expected a number of nodes of which 1/2 is whole");
  EXPECT_EQ(error_of_queues("vc,node num\na,3\na,4\n"),
            "queues:3:1: found \"a\", expected each queue once");
  EXPECT_EQ(error_of_queues("queue,nodes\n"),
            "queues:1: found no queues, expected at least one below the header");
  EXPECT_NE(error_of_queues("queue,nodes\na,0\n"), "");
  EXPECT_NE(error_of_queues("queue,size\na,1\n"), "");
}

TEST(QueuesCsv, ReadsThePublishedFile) {
  STARGATE_REAL_LOG(path, "philly/philly_vc.csv");
  EXPECT_EQ(read_queues_csv({.path = path, .scale = {1, 2}}).size(), 11U);
}

}  // namespace
}  // namespace stargate::sim
