#include "cli/output_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "cli/usage_error.h"

namespace stargate::cli {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::path(testing::TempDir()) / ("output_file_" + name);
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string content(const std::string& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(OutputFileTest, AppearsWholeWhenCommitted) {
  OutputFile file("--json", path("out.json"));
  file.write("text");
  EXPECT_FALSE(fs::exists(path("out.json")));
  file.commit();
  EXPECT_EQ(content(path("out.json")), "text");
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFileTest, LeavesWhatWasThereWhenNotCommitted) {
  std::ofstream(path("out.json")) << "old";
  {
    OutputFile file("--json", path("out.json"));
    file.write("new");
    EXPECT_EQ(content(path("out.json")), "old");
  }
  EXPECT_EQ(content(path("out.json")), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFileTest, FollowsSymbolicLinks) {
  std::ofstream(path("real.json")) << "old";
  fs::create_symlink("real.json", path("link.json"));
  OutputFile file("--json", path("link.json"));
  file.write("new");
  file.commit();
  EXPECT_TRUE(fs::is_symlink(path("link.json")));
  EXPECT_EQ(content(path("real.json")), "new");
}

TEST_F(OutputFileTest, DevicesAreWrittenAsTheyAre) {
  OutputFile file("--json", "/dev/null");
  EXPECT_EQ(file.working_path(), "/dev/null");
  file.write("text");
  file.commit();
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, WhatCannotBeWrittenIsRefusedAtOnce) {
  EXPECT_THROW(OutputFile("--json", ""), UsageError);
  EXPECT_THROW(OutputFile("--json", path("none/out.json")), UsageError);
  EXPECT_THROW(OutputFile("--json", folder_.string()), UsageError);
  EXPECT_THROW(OutputFile("--json", path("new/")), UsageError);
  EXPECT_THROW(check_writable("--ledger", path("none/ledger")), UsageError);
  EXPECT_THROW(check_writable("--ledger", folder_.string()), UsageError);
  EXPECT_NO_THROW(check_writable("--ledger", path("ledger")));
  EXPECT_EQ(files(), 0U);
}

TEST_F(OutputFileTest, WorkingFilesKeepTheEnding) {
  const OutputFile file("--jobs-out", path("jobs.csv.zst"));
  EXPECT_TRUE(file.working_path().ends_with(".csv.zst")) << file.working_path();
}

TEST(OutputFileName, SuffixesGoBeforeTheEnding) {
  EXPECT_EQ(with_suffix("jobs.csv", "fifo-easy"), "jobs-fifo-easy.csv");
  EXPECT_EQ(with_suffix("a.b/jobs.csv.zst", "x"), "a.b/jobs-x.csv.zst");
  EXPECT_EQ(with_suffix("jobs.gz", "x"), "jobs-x.gz");
  EXPECT_EQ(with_suffix("a.b/jobs", "x"), "a.b/jobs-x");
  EXPECT_EQ(with_suffix(".jobs", "x"), ".jobs-x");
  EXPECT_EQ(with_suffix("run.2024.csv", "x"), "run.2024-x.csv");
}

}  // namespace
}  // namespace stargate::cli
