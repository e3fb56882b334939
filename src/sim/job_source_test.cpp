#include "sim/job_source.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/input_error.h"

namespace stargate::sim {
namespace {

/// A log of `jobs` jobs a second apart, of which one (if any) comes too early.
std::string write_log(const std::string& name, int jobs, int early = -1) {
  const std::string path = testing::TempDir() + "job_source_test_" + name;
  std::ofstream out(path);
  out << "id,submit_s,run_s,gpus,tenant\n";
  for (int i = 0; i < jobs; ++i) {
    out << "job " << i << ',' << (i == early ? 0 : i / 2) << ",1," << i % 7 + 1 << ",t" << i % 5
        << '\n';
  }
  return path;
}

/// Submissions ascend, and equal ones keep the log's order.
void expect_all_in_order(const JobSource& source, std::uint64_t jobs) {
  const auto cursor = source.open();
  Instant last{};
  std::uint64_t last_id = 0;
  std::uint64_t count = 0;
  while (const TraceJob* job = cursor->next()) {
    ASSERT_LE(last, job->submit);
    if (count > 0 && last == job->submit) {
      ASSERT_LT(last_id, job->id);
    }
    last = job->submit;
    last_id = job->id;
    EXPECT_EQ(source.tables().labels[job->id], "job " + std::to_string(job->id));
    EXPECT_EQ(source.tables().requests[job->request].parts[0].gpus, job->id % 7 + 1);
    EXPECT_EQ(source.tables().tenants[job->tenant], "t" + std::to_string(job->id % 5));
    ++count;
  }
  EXPECT_EQ(count, jobs);
  EXPECT_EQ(source.job_count(), jobs);
}

TEST(JobSource, KeepsSmallLogs) {
  const std::string path = write_log("small", 1'000);
  const auto source = load_jobs({.format = "jobs", .path = path}, 1'000);
  EXPECT_TRUE(source->summary().kept);
  EXPECT_EQ(source->summary().last_submit, Instant{} + seconds(499));
  expect_all_in_order(*source, 1'000);
  std::filesystem::remove(path);
}

TEST(JobSource, StreamsLongLogsThatAreInOrderToSeveralAtOnce) {
  const std::string path = write_log("long", 30'000);
  const auto source = load_jobs({.format = "jobs", .path = path}, 999);
  EXPECT_FALSE(source->summary().kept);
  expect_all_in_order(*source, 30'000);
  const auto left_early = source->open();
  EXPECT_NE(left_early->next(), nullptr);
  expect_all_in_order(*source, 30'000);
  std::filesystem::remove(path);
}

TEST(JobSource, SortsLongLogsThatAreOutOfOrder) {
  for (int early : {10, 20'000}) {
    const std::string path = write_log("disorder", 30'000, early);
    const auto source = load_jobs({.format = "jobs", .path = path}, 999);
    EXPECT_TRUE(source->summary().kept);
    EXPECT_FALSE(source->summary().in_order);
    expect_all_in_order(*source, 30'000);
    std::filesystem::remove(path);
  }
}

TEST(JobSource, SaysWhereTheFileWasChanged) {
  const std::string path = write_log("changed", 5'000);
  const auto source = load_jobs({.format = "jobs", .path = path}, 10);
  write_log("changed", 4'000);
  const auto cursor = source->open();
  EXPECT_THROW(while (cursor->next() != nullptr){}, InputError);
  std::filesystem::remove(path);
}

TEST(JobSource, RefusesUnknownFormats) {
  EXPECT_THROW(load_jobs({.format = "pbs", .path = "x"}), InputError);
}

}  // namespace
}  // namespace stargate::sim
