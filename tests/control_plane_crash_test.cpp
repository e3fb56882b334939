// A control plane that is killed again and again under load.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "oracle/rounds.h"
#include "program.h"
#include "running_plane.h"

namespace stargate::end_to_end {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// One run of a job's process, as it wrote it down itself.
struct Turn {
  std::uint64_t job = 0;
  std::uint64_t epoch = 0;
  std::string slots;
  std::int64_t from_ns = 0;
  std::int64_t until_ns = 0;
};

class Crash : public testing::Test {
 protected:
  Crash() { std::filesystem::create_directories(ran_); }

  /// A job that leaves a line when it begins and one when it ends.
  json job(const std::string& name) const {
    const std::string script =
        "echo $STARGATE_JOB_ID $STARGATE_EPOCH $STARGATE_SLOTS $(date +%s%N) >> " + ran_ + "/" +
        name + "; sleep 0.02; echo $(date +%s%N) >> " + ran_ + "/" + name;
    return {{"name", name}, {"gpus", 1}, {"command", {"sh", "-c", script}}};
  }

  /// The lines that a job's processes left.
  std::vector<std::string> lines_of(const std::string& name) const {
    std::ifstream file(ran_ + "/" + name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  const Folder place_;
  const std::string folder_ = place_.path("data");
  const std::string ran_ = place_.path("ran");  ///< jobs see nothing of the data folder
};

TEST_F(Crash, NothingAcknowledgedIsLostAndNothingRunsTwice) {
  Prng prng(20);
  std::map<std::string, std::uint64_t> acknowledged;  // name, job
  std::map<std::string, std::uint64_t> in_doubt;
  std::uint64_t next = 0;
  const int rounds = oracle::rounds(100, 20) > 1000 ? 1000 : oracle::rounds(100, 20);
  for (int round = 0; round < rounds; ++round) {
    RunningPlane plane(folder_);
    // What was acknowledged before is there.
    for (const auto& [name, id] : acknowledged) {
      if (prng.below(8) != 0 && round + 1 < rounds) continue;
      const json shown = plane.get("/v1/jobs/" + std::to_string(id)).json();
      ASSERT_EQ(shown.value("name", ""), name) << "job " << id << " after round " << round;
    }
    // What was in doubt is asked for again with its key: it is done once, whatever happened.
    for (const auto& [name, unused] : in_doubt) {
      const Reply reply = plane.post("/v1/jobs", job(name), name);
      ASSERT_EQ(reply.status, 201) << reply.text;
      acknowledged[name] = reply.json()["id"];
    }
    in_doubt.clear();
    std::atomic<bool> is_over{false};
    std::thread load([&] {
      while (!is_over.load()) {
        const std::string name = "job-" + std::to_string(next++);
        const Reply reply = plane.post("/v1/jobs", job(name), name);
        if (reply.status == 201) {
          acknowledged[name] = reply.json()["id"];
        } else {
          in_doubt[name] = 0;
          EXPECT_EQ(reply.status, 0) << reply.text;
        }
        std::this_thread::sleep_for(milliseconds(5));
      }
    });
    std::this_thread::sleep_for(milliseconds(5 + static_cast<int>(prng.below(120))));
    plane.kill();
    is_over.store(true);
    load.join();
  }
  ASSERT_GT(acknowledged.size(), static_cast<std::size_t>(rounds));

  // All of it comes to its end, once.
  RunningPlane plane(folder_);
  for (const auto& [name, unused] : in_doubt) {
    const Reply reply = plane.post("/v1/jobs", job(name), name);
    ASSERT_EQ(reply.status, 201) << reply.text;
    acknowledged[name] = reply.json()["id"];
  }
  // However slow the machine is: as long as one ends now and then.
  constexpr auto kPatience = std::chrono::minutes(2);
  auto last_end = std::chrono::steady_clock::now();
  for (json ended; std::chrono::steady_clock::now() - last_end < kPatience;) {
    if (plane.get("/v1/jobs?state=live&limit=1").json()["jobs"].empty()) break;
    const json counts = plane.get("/v1/jobs?limit=1").json()["counts"];
    if (counts["succeeded"] != ended) last_end = std::chrono::steady_clock::now();
    ended = counts["succeeded"];
    std::this_thread::sleep_for(milliseconds(50));
  }
  std::vector<Turn> turns;
  std::map<std::uint64_t, std::string> names;
  for (const auto& [name, id] : acknowledged) {
    EXPECT_TRUE(names.emplace(id, name).second) << name << " and " << names[id] << " are one job";
    const json shown = plane.get("/v1/jobs/" + std::to_string(id)).json();
    EXPECT_EQ(shown["state"], "succeeded") << shown.dump(2);
    // A start that was cut off before any process was there is made again; what ran never is.
    const std::vector<std::string> lines = lines_of(name);
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    EXPECT_EQ(lines.size(), 2U) << name << " did not run exactly once:\n" << text << shown.dump(2);
    if (lines.size() != 2) continue;
    Turn turn;
    std::istringstream(lines[0]) >> turn.job >> turn.epoch >> turn.slots >> turn.from_ns;
    std::istringstream(lines[1]) >> turn.until_ns;
    EXPECT_EQ(turn.job, id);
    EXPECT_EQ(turn.epoch, shown["starts"]);
    turns.push_back(turn);
  }
  EXPECT_EQ(plane.get("/v1/jobs?limit=1").json()["counts"]["succeeded"], acknowledged.size())
      << "there are jobs that nobody submitted";
  // No GPU is held twice: runs on one slot follow each other.
  std::ranges::sort(turns, {},
                    [](const Turn& turn) { return std::pair(turn.slots, turn.from_ns); });
  for (std::size_t i = 1; i < turns.size(); ++i) {
    if (turns[i].slots != turns[i - 1].slots) continue;
    EXPECT_GE(turns[i].from_ns, turns[i - 1].until_ns)
        << "jobs " << turns[i - 1].job << " and " << turns[i].job << " on slot " << turns[i].slots;
  }
  EXPECT_EQ(plane.stop(), 0);
}

}  // namespace
}  // namespace stargate::end_to_end
