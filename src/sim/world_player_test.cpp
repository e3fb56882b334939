// A world that can be read can be played: every example, alone and under each of its assumptions.

#include "sim/world_player.h"

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

}  // namespace
}  // namespace stargate::sim
