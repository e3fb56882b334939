#include "executor/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

namespace stargate::executor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeGpus : public GpuLibrary {
 public:
  explicit FakeGpus(std::optional<std::vector<Gpu>> gpus) : gpus_(std::move(gpus)) {}
  std::optional<std::vector<Gpu>> gpus() override { return gpus_; }

 private:
  std::optional<std::vector<Gpu>> gpus_;
};

bool is_ours(pid_t process) { return process < 100; }

TEST(Inventory, GpusThatForeignProcessesUseAreMarked) {
  FakeGpus fake(
      std::vector<Gpu>{{"GPU-a", {}}, {"GPU-b", {7, 8}}, {"GPU-c", {7, 500}}, {"GPU-d", {501}}});
  const std::vector<Node> nodes = machine_inventory(&fake, is_ours);
  ASSERT_THAT(nodes, SizeIs(1));
  EXPECT_EQ(nodes[0].gpus, 4U);
  EXPECT_THAT(nodes[0].gpu_ids, ElementsAre("GPU-a", "GPU-b", "GPU-c", "GPU-d"));
  EXPECT_EQ(nodes[0].foreign_gpus, 0b1100U);
  EXPECT_TRUE(nodes[0].healthy);
  EXPECT_FALSE(nodes[0].name.empty());
}

TEST(Inventory, AGpuThatDoesNotAnswerMakesTheNodeUnhealthy) {
  FakeGpus fake(std::vector<Gpu>{{"GPU-a", {}}, {"", {}}});
  const std::vector<Node> nodes = machine_inventory(&fake, is_ours);
  ASSERT_THAT(nodes, SizeIs(1));
  EXPECT_EQ(nodes[0].gpus, 2U);
  EXPECT_FALSE(nodes[0].healthy);
}

TEST(Inventory, ADriverThatDoesNotAnswerIsNoMachineWithoutGpus) {
  FakeGpus silent(std::nullopt);
  EXPECT_THAT(machine_inventory(&silent, is_ours), IsEmpty());
}

TEST(Inventory, ANodeHasAtMost64Gpus) {
  FakeGpus fake(std::vector<Gpu>(70, Gpu{"GPU", {500}}));
  const std::vector<Node> nodes = machine_inventory(&fake, is_ours);
  EXPECT_EQ(nodes.at(0).gpus, 64U);
  EXPECT_EQ(nodes.at(0).foreign_gpus, ~std::uint64_t{0});
}

TEST(Inventory, WithoutGpusThereAreAsManySlotsAsUsableCores) {
  FakeGpus none(std::vector<Gpu>{});
  for (GpuLibrary* library : {static_cast<GpuLibrary*>(nullptr), static_cast<GpuLibrary*>(&none)}) {
    const std::vector<Node> nodes = machine_inventory(library, is_ours);
    ASSERT_THAT(nodes, SizeIs(1));
    EXPECT_EQ(nodes[0].gpus, std::min(usable_cores(), 64U));
    EXPECT_THAT(nodes[0].gpu_ids, IsEmpty());
    EXPECT_TRUE(nodes[0].healthy);
  }
}

TEST(Inventory, CoresThatAffinityForbidsDoNotCount) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  const std::uint32_t cores = usable_cores();
  ::sched_setaffinity(0, sizeof before, &before);
  EXPECT_EQ(cores, 1U);
}

TEST(Inventory, AQuotaIsWorthItsWholeCores) {
  EXPECT_EQ(cores_of_quota("max 100000\n"), 0U);
  EXPECT_EQ(cores_of_quota("-1\n 100000\n"), 0U);
  EXPECT_EQ(cores_of_quota(""), 0U);
  EXPECT_EQ(cores_of_quota("400000 100000\n"), 4U);
  EXPECT_EQ(cores_of_quota("250000 100000"), 2U);
  EXPECT_EQ(cores_of_quota("50000 100000"), 1U);
}

}  // namespace
}  // namespace stargate::executor
