#include "cli/policy_files.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/input_error.h"

namespace stargate::cli {
namespace {

using sim::ReplayQueue;
using testing::HasSubstr;

class PolicyFiles : public testing::Test {
 protected:
  std::string file(const std::string& text) {
    path_ = testing::TempDir() + "policy_" + std::to_string(::getpid()) + ".csv";
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  void TearDown() override { std::filesystem::remove(path_); }

  template <class Action>
  static std::string complaint(Action action) {
    try {
      action();
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  static ReplayQueue queue(const std::string& name, std::uint32_t nodes) {
    RackGroup group;
    group.nodes_per_rack = nodes;
    return {name, FleetSpec{{group}}};
  }

  std::string path_;
};

TEST_F(PolicyFiles, TenantsHaveDefaults) {
  const auto tenants = read_tenants(file("# ours\n\nname\na\nb\n"));
  ASSERT_EQ(tenants.size(), 2U);
  EXPECT_EQ(tenants[1].name, "b");
  EXPECT_EQ(tenants[1].weight, 1U);
  EXPECT_EQ(tenants[1].parent, "");
}

TEST_F(PolicyFiles, TenantColumnsComeInAnyOrder) {
  const auto tenants = read_tenants(
      file("weight,borrow_gpus_max,name, cohort,guaranteed_gpus,parent\r\n3,8, a ,c,16,\r\n"));
  ASSERT_EQ(tenants.size(), 1U);
  EXPECT_EQ(tenants[0].name, "a");
  EXPECT_EQ(tenants[0].weight, 3U);
  EXPECT_EQ(tenants[0].cohort, "c");
  EXPECT_EQ(tenants[0].guaranteed_gpus, 16U);
  EXPECT_EQ(tenants[0].borrow_gpus_max, 8U);
}

TEST_F(PolicyFiles, ParentsComeBeforeTheirChildren) {
  const auto tenants = read_tenants(file("name,parent\nx,b\nb,a\na,\ny,b\n"));
  std::vector<std::string> names;
  for (const auto& tenant : tenants) names.push_back(tenant.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "x", "y"}));
}

TEST_F(PolicyFiles, RingsOfParentsAreFound) {
  EXPECT_THAT(complaint([&] { read_tenants(file("name,parent\na,a\n")); }),
              HasSubstr(":2:3: \"a\" is its own parent"));
  EXPECT_THAT(complaint([&] { read_tenants(file("name,parent\na,b\nb,c\nc,b\n")); }),
              HasSubstr("is its own parent"));
}

TEST_F(PolicyFiles, ReservationsNameTheirQueueWhereThereAreSeveral) {
  const std::string text = "tenant,nodes,from,until\na,2,0,2026-01-01T00:00:00Z\n";
  const auto one = read_reservations(file(text), {queue("", 4)});
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].nodes, 2U);
  EXPECT_EQ(one[0].until.us, 1'767'225'600 * kMicrosPerSecond);
  EXPECT_THAT(complaint([&] {
                read_reservations(file(text), {queue("p", 4), queue("q", 4)});
              }),
              HasSubstr("unknown queue"));
  const auto two = read_reservations(file("queue,tenant,nodes,from,until\nq,a,4,0,1\n"),
                                     {queue("p", 2), queue("q", 4)});
  EXPECT_EQ(two.at(0).queue, "q");
}

TEST_F(PolicyFiles, HealthIsSortedByTime) {
  const auto changes = read_health(
      file("at,first_node,nodes,health\n20,0,,healthy\n10,0,4,failed\n"), {queue("", 4)});
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].health, "failed");
  EXPECT_EQ(changes[0].nodes, 4U);
  EXPECT_EQ(changes[1].nodes, 1U);
}

TEST_F(PolicyFiles, NodesLieInTheirQueue) {
  const std::vector<ReplayQueue> queues{queue("", 4)};
  EXPECT_THAT(
      complaint([&] { read_health(file("at,first_node,nodes,health\n0,3,2,failed\n"), queues); }),
      HasSubstr(":2:5: "));
  EXPECT_THAT(complaint([&] { read_health(file("at,first_node,health\n0,4,failed\n"), queues); }),
              HasSubstr(":2:3: "));
}

TEST_F(PolicyFiles, FilesThatCannotBeReadAreNamed) {
  EXPECT_THAT(complaint([] { read_tenants("/none/tenants.csv"); }), HasSubstr("/none/tenants.csv"));
}

}  // namespace
}  // namespace stargate::cli
