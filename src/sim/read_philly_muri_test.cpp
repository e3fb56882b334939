#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/job_source.h"
#include "sim/reading_fixture.h"

namespace stargate::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kPhilly = "timestamp,duration,num_gpus,gpu_time,cluster\n";
constexpr const char* kMuri = "job_id,num_gpu,submit_time,iterations,model_name,iteration_time\n";

TEST(ReadPhilly, ReadsARecord) {
  const ReadLog log =
      read_text("philly", std::string(kPhilly) + "2017-10-09 07:01:55,66.25,4,265,11cb48\n");
  ASSERT_EQ(log.jobs.size(), 1U);
  const TraceJob& job = log.jobs[0];
  EXPECT_EQ(job.id, 1U);
  EXPECT_EQ(job.submit, Instant{} + seconds(1'507'532'515));
  EXPECT_EQ(job.run, Duration{66'250'000});
  EXPECT_EQ(job.requested, job.run);
  EXPECT_EQ(job.gpus, 4U);
  EXPECT_EQ(log.tables.queues[job.queue], "11cb48");
  EXPECT_EQ(log.tables.tenants[job.tenant], "11cb48");
}

TEST(ReadPhilly, FindsColumnsByName) {
  const ReadLog log =
      read_text("philly", "cluster,num_gpus,duration,timestamp\nvc,2,3,1970-01-01 00:00:01\n");
  EXPECT_EQ(log.jobs.at(0).submit, Instant{} + seconds(1));
  EXPECT_EQ(error_of("philly", "timestamp,duration\n"),
            "log:1:1: found no column \"num_gpus\", expected one in the header");
}

TEST(ReadPhilly, SaysWhereARecordIsWrong) {
  const auto error = [](const std::string& record) { return error_of("philly", kPhilly + record); };
  EXPECT_EQ(error("2017-10-09 07:01:55,66.0,1,66.0\n"),
            "log:2:32: found 4 fields, expected 5 as in the header");
  EXPECT_EQ(error("2017-10-09 07:01:55,66.0,1,66.0,a,b\n"),
            "log:2:35: found 6 fields, expected 5 as in the header");
  EXPECT_EQ(error("2017-02-29 07:01:55,66.0,1,66.0,a\n"),
            "log:2:1: found \"2017-02-29 07:01:55\", expected a timestamp, YYYY-MM-DD HH:MM:SS "
            "from 1970 on");
  EXPECT_THAT(error("2017-10-09 07:01:55,1.0000001,1,1,a\n"), StartsWith("log:2:21: found"));
  EXPECT_THAT(error("2017-10-09 07:01:55,-1,1,1,a\n"), StartsWith("log:2:21: found \"-1\""));
  EXPECT_THAT(error("2017-10-09 07:01:55,1,one,1,a\n"),
              StartsWith("log:2:23: found \"one\", expected a number of GPUs"));
  EXPECT_THAT(error("2017-10-09 07:01:55,1,1,1,\n"), HasSubstr("found nothing, expected the name"));
  EXPECT_EQ(error_of("philly", ""), "log: found an empty file, expected a header line");
}

TEST(ReadPhilly, ReadsThePublishedLogInOrderOfSubmission) {
  STARGATE_REAL_LOG(path, "philly/philly_2017_oct_nov.csv.xz");
  const auto jobs = load_jobs({.format = "philly", .path = path});
  EXPECT_EQ(jobs->job_count(), 68'510U);
  EXPECT_EQ(jobs->tables().queues.size(), 14U);
  EXPECT_FALSE(jobs->summary().in_order);
  const auto cursor = jobs->open();
  Instant last;
  std::uint64_t count = 0;
  while (const TraceJob* job = cursor->next()) {
    EXPECT_LE(last, job->submit);
    last = job->submit;
    ++count;
  }
  EXPECT_EQ(count, 68'510U);
}

TEST(ReadMuri, StretchesTheTimeOfAllIterations) {
  const ReadLog log = read_text("muri", std::string(kMuri) + "3,8,201694000,8787693,dqn,509\n");
  ASSERT_EQ(log.jobs.size(), 1U);
  const TraceJob& job = log.jobs[0];
  EXPECT_EQ(job.id, 3U);
  EXPECT_EQ(job.gpus, 8U);
  EXPECT_EQ(job.submit, Instant{} + seconds(201'694));
  EXPECT_EQ(job.run.us, 8'787'693LL * 509 * 1'015);
  EXPECT_EQ(job.requested, job.run);
  EXPECT_EQ(log.tables.models[job.model], "dqn");
}

TEST(ReadMuri, RoundsHalfAMicrosecondUp) {
  // 2 x 0.1 ms x 1.015 = 203 us; 1 x 0.0005 ms x 1.015 = 0.5075 us.
  const ReadLog log = read_text("muri", std::string(kMuri) + "1,1,0,2,a,0.1\n2,1,0,1,a,0.0005\n");
  EXPECT_EQ(log.jobs.at(0).run.us, 203);
  EXPECT_EQ(log.jobs.at(1).run.us, 1);
}

TEST(ReadMuri, SaysWhereARecordIsWrong) {
  const auto error = [](const std::string& record) { return error_of("muri", kMuri + record); };
  EXPECT_EQ(error("1,1,0,9223372036854775807,a,1000\n"),
            "log:2:7: found \"9223372036854775807\", expected iterations whose time together is "
            "representable");
  EXPECT_THAT(error("1,1,-1,1,a,1\n"), StartsWith("log:2:5: found \"-1\""));
  EXPECT_THAT(error("1,1,0,1,,1\n"), HasSubstr("the name of a model"));
}

TEST(ReadMuri, ReadsThePublishedLogs) {
  STARGATE_REAL_LOG(first, "muri/trace1.csv");
  STARGATE_REAL_LOG(third, "muri/trace3.csv");
  EXPECT_EQ(load_jobs({.format = "muri", .path = first})->job_count(), 1'494U);
  EXPECT_EQ(load_jobs({.format = "muri", .path = third})->job_count(), 992U);
}

}  // namespace
}  // namespace stargate::sim
