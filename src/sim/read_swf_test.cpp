#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/job_source.h"
#include "sim/reading_fixture.h"

namespace stargate::sim {
namespace {

using ::testing::HasSubstr;

// Job, submit, wait, run, used, cpu, memory, requested, time, memory, status, user, group, program,
// queue, partition, preceding, think.
constexpr const char* kRecord = "7 100 5 60 4 -1 12.5 8 90 -1 1 3 1 -1 2 -1 -1 -1\n";

std::string with(const std::string& four_to_nine, const std::string& submit = "100") {
  return "7 " + submit + " 5 " + four_to_nine + " -1 1 3 1 -1 2 -1 -1 -1\n";
}

TEST(ReadSwf, ReadsARecord) {
  const ReadLog log = read_text("swf", std::string("; a comment\n\n ") + kRecord);
  ASSERT_EQ(log.jobs.size(), 1U);
  const TraceJob& job = log.jobs[0];
  EXPECT_EQ(job.id, 7U);
  EXPECT_EQ(job.submit, Instant{} + seconds(100));
  EXPECT_EQ(job.eligible, job.submit);
  EXPECT_EQ(job.run, seconds(60));
  EXPECT_EQ(job.requested, seconds(90));
  EXPECT_EQ(job.gpus, 8U);
  EXPECT_EQ(log.request(0).parts, std::vector<Part>{{.gpus = 8}});
  EXPECT_EQ(log.tables.tenants[job.tenant], "user 3");
  EXPECT_EQ(log.tables.queues[job.queue], "2");
}

TEST(ReadSwf, CountsFromTheStartOfTheLogWhereItSays) {
  const ReadLog log = read_text("swf", std::string("; UnixStartTime: 843480031\n") + kRecord);
  EXPECT_EQ(log.jobs[0].submit, Instant{} + seconds(843'480'131));
  const ReadLog other = read_text("swf", std::string("; UnixStartTime: soon\n") + kRecord);
  EXPECT_EQ(other.jobs[0].submit, Instant{} + seconds(100));
  ASSERT_EQ(other.notes.size(), 1U);
  EXPECT_THAT(other.notes[0], HasSubstr("UnixStartTime is \"soon\""));
}

TEST(ReadSwf, TakesTheOtherNumberOfProcessorsWhereOneIsUnknown) {
  EXPECT_EQ(read_text("swf", with("60 4 -1 -1 -1 90")).jobs[0].gpus, 4U);
  EXPECT_EQ(read_text("swf", with("60 -1 -1 -1 6 90")).jobs[0].gpus, 6U);
  EXPECT_EQ(read_text("swf", with("60 0 -1 -1 0 90")).skips.at("no processors").count, 1U);
}

TEST(ReadSwf, LeavesOutWhatDidNotRunAndSaysWhy) {
  const ReadLog log = read_text("swf", with("-1 4 -1 -1 4 90") + with("0 4 -1 -1 4 90") +
                                           with("60 4 -1 -1 4 -1") + with("60 4 -1 -1 4 90", "-1"));
  EXPECT_TRUE(log.jobs.empty());
  EXPECT_EQ(log.skips.at("no run time").count, 2U);
  EXPECT_EQ(log.skips.at("no run time").first, "log:1: job 7");
  EXPECT_EQ(log.skips.at("no requested time").count, 1U);
  EXPECT_EQ(log.skips.at("no submit time").count, 1U);
}

TEST(ReadSwf, CapsTheRunAtTheRequestedTime) {
  EXPECT_EQ(read_text("swf", with("100 4 -1 -1 4 90")).jobs[0].run, seconds(90));
}

TEST(ReadSwf, SaysWhereARecordIsWrong) {
  EXPECT_EQ(error_of("swf", "1 2 3\n"), "log:1:6: found 3 fields, expected 18 in a record");
  EXPECT_EQ(error_of("swf", std::string(kRecord, 48) + " 1\n"),
            "log:1:50: found \"1\", expected the end of a record of 18 fields");
  EXPECT_EQ(error_of("swf", with("x 4 -1 -1 4 90")),
            "log:1:9: found \"x\", expected a run time in seconds, a whole number from -1 to "
            "2305843009213");
  EXPECT_THAT(error_of("swf", with("-2 4 -1 -1 4 90")), HasSubstr("log:1:9: found \"-2\""));
  EXPECT_THAT(error_of("swf", with("1.5 4 -1 -1 4 90")), HasSubstr("log:1:9: found \"1.5\""));
  EXPECT_THAT(error_of("swf", with("60 4 -1 -1 99999999999999999999 90")),
              HasSubstr("found \"99999999999999999999\", expected requested processors"));
  EXPECT_THAT(error_of("swf", with("60 4 abc -1 4 90")),
              HasSubstr("log:1:14: found \"abc\", expected a number"));
}

TEST(ReadSwf, ReadsTheLogOfKth) {
  STARGATE_REAL_LOG(path, "swf/KTH-SP2-1996-2.2.swf.xz");
  const auto jobs = load_jobs({.format = "swf", .path = path});
  EXPECT_EQ(jobs->job_count(), 28'481U);
  EXPECT_EQ(jobs->skips().at("no run time").count, 8U);
  EXPECT_EQ(jobs->instant_order(), InstantOrder::kWorkloadArchive);
  EXPECT_TRUE(jobs->run_capped_at_request());
  EXPECT_TRUE(jobs->summary().in_order);
}

}  // namespace
}  // namespace stargate::sim
