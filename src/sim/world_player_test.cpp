// A world that can be read can be played: every example, alone and under each of its assumptions.

#include "sim/world_player.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace stargate::sim {
namespace {

namespace fs = std::filesystem;

/// A world's folder, and an assumption file or none.
struct Example {
  std::string folder;
  std::vector<std::string> assume;
};

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    if (extension == ".yaml" || extension == ".yml") files.push_back(entry.path());
  }
  return files;
}

std::vector<Example> examples() {
  std::vector<Example> all;
  const fs::path root(STARGATE_SOURCE_DIR);
  for (const char* part : {"examples", "tests/data/worlds"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / part)) {
      if (!entry.is_directory() || entry.path().filename() == "assume" ||
          files_in(entry.path()).empty()) {
        continue;
      }
      all.push_back({entry.path(), {}});
      for (const std::string& file : files_in(entry.path() / "assume")) {
        all.push_back({entry.path(), {file}});
      }
    }
  }
  return all;
}

TEST(WorldPlayer, EveryExampleThatIsReadIsTakenByTheEngine) {
  const std::vector<Example> all = examples();
  ASSERT_GE(all.size(), 5U);
  for (const Example& example : all) {
    SCOPED_TRACE(example.folder + (example.assume.empty() ? "" : " " + example.assume.front()));
    world::World world = world::read_world(example.folder, example.assume);
    world.plans.clear();
    WorldPlayer player(world);
    const Instant last = world.acts.empty() ? player.begin() : world.acts.back().entered;
    player.play_until(last);
    const auto& book = player.state().scheduling().market.book;
    EXPECT_EQ(book.entries().size(), world.acts.size());
    EXPECT_EQ(player.state().now(), last);
  }
}

// Work runs on Beta's paper. That Alpha is exclusive since February is known in March.
constexpr const char* kLearntLater = R"(
labs:
  - id: lab
    title: "A lab"
suppliers:
  - id: alpha
    title: "Alpha"
  - id: beta
    title: "Beta"
accelerators:
  - id: a
    title: "A"
    node_gpus: 8
    rack_nodes: 1
    facility_power: 1000 W
    it_power: 800 W
sites:
  - id: one
    title: "One"
    jurisdiction: US
agreements:
  - id: with-alpha
    title: "With Alpha"
    supplier: alpha
    customer: lab
    signed: 2025-01-01
    clauses:
      - id: alone
        kind: exclusive
        from: 2025-02-01
        known: 2025-03-01
        source: "made up"
  - id: with-beta
    title: "With Beta"
    supplier: beta
    customer: lab
    signed: 2025-01-01
orders:
  - id: beta-order
    agreement: with-beta
    site: one
    accelerator: a
    amount: 8 gpus
    signed: 2025-01-01
    capacity:
      - id: beta-stage
        gpus: 8 gpus
        accepted: 2025-01-01
tenants:
  - id: team
    lab: lab
workloads:
  - id: run
    tenant: team
    use: training
    gpus: 8 gpus
    submitted: 2025-01-02
    run_time: 1 year
)";

TEST(WorldPlayer, AWorldAsItWasKnownIsPlayedByThatAlone) {
  const world::World world = world::read_world_texts({{"world.yaml", kLearntLater}});
  const Instant march_10{1'741'564'800'000'000};
  const Instant february_15{1'739'577'600'000'000};
  const auto runs = [&](const world::World& played) {
    WorldPlayer player(played);
    player.play_until(march_10);
    return player.state().scheduling().jobs.find({0})->holds_gpus();
  };
  EXPECT_FALSE(runs(world)) << "stopped when the clause became known";
  EXPECT_TRUE(runs(world::known_by(world, february_15)));
  EXPECT_FALSE(runs(world::known_by(world, march_10)));
}

// Alpha has two nodes in two stages, Beta one. The first job ends, on Beta's, before Alpha's first stage is
// suspended.
constexpr const char* kLoses = R"(
labs:
  - id: lab
    title: "A lab"
suppliers:
  - id: alpha
    title: "Alpha"
  - id: beta
    title: "Beta"
accelerators:
  - id: a
    title: "A"
    node_gpus: 8
    rack_nodes: 1
    facility_power: 1000 W
    it_power: 800 W
sites:
  - id: one
    title: "One"
    jurisdiction: US
agreements:
  - id: with-alpha
    title: "With Alpha"
    supplier: alpha
    customer: lab
    signed: 2025-01-01
  - id: with-beta
    title: "With Beta"
    supplier: beta
    customer: lab
    signed: 2025-01-01
orders:
  - id: alpha-order
    agreement: with-alpha
    site: one
    accelerator: a
    amount: 16 gpus
    signed: 2025-01-01
    capacity:
      - id: alpha-first
        gpus: 8 gpus
        accepted: 2025-01-01
        suspended: 2025-03-01
      - id: alpha-second
        gpus: 8 gpus
        accepted: 2025-01-01
  - id: beta-order
    agreement: with-beta
    site: one
    accelerator: a
    amount: 8 gpus
    signed: 2025-01-01
    capacity:
      - id: beta-stage
        gpus: 8 gpus
        accepted: 2025-01-01
tenants:
  - id: team
    lab: lab
workloads:
  - id: long
    tenant: team
    use: training
    gpus: 8 gpus
    replicas: 2
    submitted: 2025-01-03
    run_time: 1 year
  - id: short
    tenant: team
    use: training
    gpus: 8 gpus
    submitted: 2025-01-02
    run_time: 10 days
)";

TEST(WorldPlayer, WhatLostItsNodesIsTriedElsewhereAtOnceAsByTheControlPlane) {
  const world::World world = world::read_world_texts({{"world.yaml", kLoses}});
  WorldPlayer player(world);
  const Instant february{1'738'368'000'000'000};
  const Instant march_2{1'740'873'600'000'000};
  const auto order_of = [&](std::uint64_t job) {
    const auto& scheduling = player.state().scheduling();
    const placement::Job* held = scheduling.jobs.find({job});
    if (held == nullptr || !held->holds_gpus()) return std::string();
    return scheduling.market.book.orders()[scheduling.market.places[held->queue.value].order.value]
        .name;
  };
  player.play_until(february);
  EXPECT_EQ(order_of(1), "alpha-order");
  EXPECT_EQ(order_of(2), "alpha-order");
  EXPECT_EQ(player.state().scheduling().jobs.find({0}), nullptr) << "it has ended";
  player.play_until(march_2);
  // One lost its node, and does not wait for the other's: Beta has room.
  const std::vector<std::string> orders{order_of(1), order_of(2)};
  EXPECT_EQ(std::ranges::count(orders, "alpha-order"), 1) << orders[0] << " " << orders[1];
  EXPECT_EQ(std::ranges::count(orders, "beta-order"), 1) << orders[0] << " " << orders[1];
}

}  // namespace
}  // namespace stargate::sim
