// Published results on real logs, from the files as they are. The logs are not part of the project:
// they are looked for in the folder that STARGATE_TRACES names, or in ../shared/traces beside the
// repository, and the tests are skipped where they are missing.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/fleet_text.h"
#include "sim/job_source.h"
#include "sim/replay.h"

namespace stargate::sim {
namespace {

std::string traces_folder() {
  const char* named = std::getenv("STARGATE_TRACES");
  return named != nullptr ? named : std::string(STARGATE_SOURCE_DIR) + "/../shared/traces";
}

#define SKIP_WITHOUT(file)                                        \
  if (!std::filesystem::exists(traces_folder() + "/" + (file))) { \
    GTEST_SKIP() << (file) << " is not in " << traces_folder()    \
                 << " (STARGATE_TRACES names another folder)";    \
  }

std::unique_ptr<JobSource> load(const std::string& format, const std::string& file) {
  TraceOptions options;
  options.format = format;
  options.path = traces_folder() + "/" + file;
  return load_jobs(options);
}

RunResult run(const ReplayOptions& options, const JobSource& jobs) {
  ReplayControl control;
  return replay(options, jobs, control);
}

// --- EASY backfilling on KTH-SP2, 100 processors ---

struct KthRow {
  const char* backfill;
  const char* backfill_order;
  const char* estimate;
  double mean_turnaround_s;
  double mean_bounded_slowdown;
  double max_turnaround_s;
  double slowdown_digit;  ///< half of the last one that is printed
};

// Candidates with equal estimates are tried in the order of submission.
constexpr KthRow kKthRows[] = {
    {"easy", "queue", "requested", 15'696.8, 92.577, 309'231, 0.0005},
    {"easy", "queue", "exact", 15'187.6, 71.72, 356'843, 0.005},
    {"easy", "shortest", "requested", 14'764.0, 69.41, 372'238, 0.005},
    {"easy", "shortest", "exact", 14'295.9, 49.85, 335'193, 0.005},
    {"none", "queue", "requested", 362'636.3, 6'815.0, 1'125'465, 0.05},
};

TEST(PublishedResults, EasyBackfillingOnKthSp2) {
  SKIP_WITHOUT("swf/KTH-SP2-1996-2.2.swf.xz");
  const auto jobs = load("swf", "swf/KTH-SP2-1996-2.2.swf.xz");
  for (const KthRow& row : kKthRows) {
    SCOPED_TRACE(std::string(row.backfill) + " " + row.backfill_order + " " + row.estimate);
    ReplayOptions options;
    options.backfill = row.backfill;
    options.backfill_order = row.backfill_order;
    options.estimate = row.estimate;
    options.queues = {{"", uniform_fleet(100, 1)}};
    const RunResult result = run(options, *jobs);
    EXPECT_EQ(result.jobs, 28'481u);
    EXPECT_NEAR(result.mean_turnaround_s, row.mean_turnaround_s, 0.05);
    EXPECT_NEAR(result.mean_bounded_slowdown, row.mean_bounded_slowdown, row.slowdown_digit);
    EXPECT_NEAR(result.max_turnaround_s, row.max_turnaround_s, 0.5);
  }
}

// --- Philly by virtual cluster ---

std::vector<ReplayQueue> philly_queues(std::uint32_t of_each_nodes) {
  std::vector<ReplayQueue> queues;
  std::ifstream file(traces_folder() + "/philly/philly_vc.csv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::size_t comma = line.find(',');
    const auto nodes = static_cast<std::uint32_t>(std::stoul(line.substr(comma + 1)));
    queues.push_back({line.substr(0, comma), uniform_fleet(nodes / of_each_nodes, 8)});
  }
  return queues;
}

struct PhillyRow {
  const char* order;
  std::uint32_t of_each_nodes;  ///< one of so many nodes is there
  double mean_wait_s;
  double mean_turnaround_s;
};

constexpr PhillyRow kPhillyRows[] = {{"fifo", 2, 5'077.99, 16'558.68},
                                     {"sjf", 2, 1'545.66, 13'026.34},
                                     {"fifo", 1, 104.61, 11'585.29},
                                     {"sjf", 1, 62.75, 11'543.43}};

TEST(PublishedResults, PhillyByVirtualCluster) {
  SKIP_WITHOUT("philly/philly_2017_oct_nov.csv.xz");
  SKIP_WITHOUT("philly/philly_vc.csv");
  const auto jobs = load("philly", "philly/philly_2017_oct_nov.csv.xz");
  for (const PhillyRow& row : kPhillyRows) {
    SCOPED_TRACE(std::string(row.order) + ", 1 of " + std::to_string(row.of_each_nodes) + " nodes");
    ReplayOptions options;
    options.order = row.order;
    options.place = "consolidated";
    options.estimate = "exact";
    options.queues = philly_queues(row.of_each_nodes);
    const RunResult result = run(options, *jobs);
    EXPECT_EQ(result.jobs, 68'503u);
    EXPECT_NEAR(result.mean_wait_s, row.mean_wait_s, 0.005);
    EXPECT_NEAR(result.mean_turnaround_s, row.mean_turnaround_s, 0.005);
  }
}

// --- Muri, figures 9 and 10 ---

struct MuriRow {
  const char* file;
  const char* order;
  double mean_turnaround_s;
  double makespan_s;
  double p99_turnaround_s;
};

constexpr MuriRow kMuriRows[] = {
    {"muri/trace1.csv", "srtf", 1'370'603.2, 26'045'465.5, 16'647'148},
    {"muri/trace1.csv", "srsf", 980'140.6, 26'065'759.0, 15'529'913},
    {"muri/trace3.csv", "srtf", 193'081.8, 8'174'135.3, 4'538'891},
    {"muri/trace3.csv", "srsf", 185'021.9, 8'174'135.3, 4'189'699},
};

TEST(PublishedResults, MuriFigures9And10) {
  SKIP_WITHOUT("muri/trace1.csv");
  SKIP_WITHOUT("muri/trace3.csv");
  for (const MuriRow& row : kMuriRows) {
    SCOPED_TRACE(std::string(row.file) + " " + row.order);
    const auto jobs = load("muri", row.file);
    ReplayOptions options;
    options.order = row.order;
    options.overhead = "muri";
    options.estimate = "exact";
    options.queues = {{"", uniform_fleet(8, 8)}};
    const RunResult result = run(options, *jobs);
    EXPECT_NEAR(result.mean_turnaround_s, row.mean_turnaround_s, 0.05);
    EXPECT_NEAR(result.makespan_s, row.makespan_s, 0.05);
    EXPECT_NEAR(result.p99_turnaround_s, row.p99_turnaround_s, 0.5);
  }
}

}  // namespace
}  // namespace stargate::sim
