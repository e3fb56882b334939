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

}  // namespace
}  // namespace stargate::sim
