#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/reading_fixture.h"

namespace stargate::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kHeader =
    "JobID|User|Account|Partition|Submit|Start|End|AllocTRES|Timelimit|NNodes\n";

std::string row(const std::string& id, const std::string& tres,
                const std::string& limit = "01:00:00", const std::string& nodes = "2") {
  return id + "|ann|nlp|gpu|2024-01-01T00:00:00|2024-01-01T00:01:00|2024-01-01T01:01:00|" + tres +
         "|" + limit + "|" + nodes + "\n";
}

TEST(ReadSacct, ReadsARecord) {
  const ReadLog log = read_text(
      "sacct",
      kHeader + row("12", "cpu=64,gres/gpu:h100=16,gres/gpu=16,mem=2T,node=2", "1-02:00:00"));
  ASSERT_EQ(log.jobs.size(), 1U);
  const TraceJob& job = log.jobs[0];
  EXPECT_EQ(job.id, 12U);
  EXPECT_EQ(job.submit, Instant{} + seconds(1'704'067'200));
  EXPECT_EQ(job.run, hours(1));
  EXPECT_EQ(job.requested, hours(26));
  EXPECT_EQ(job.gpus, 16U);
  EXPECT_EQ(log.request(0).parts, (std::vector<Part>{{.gpus = 16, .gpus_per_node = 8}}));
  EXPECT_EQ(log.tables.tenants[job.tenant], "nlp");
  EXPECT_EQ(log.tables.queues[job.queue], "gpu");
  EXPECT_THAT(log.notes, ElementsAre("units are GPUs: jobs without are left out"));
}

TEST(ReadSacct, AddsUpTypesOnlyWithoutATotal) {
  EXPECT_EQ(read_text("sacct", kHeader + row("1", "gres/gpu:a=3,gres/gpu:b=4")).jobs[0].gpus, 7U);
  EXPECT_EQ(read_text("sacct", kHeader + row("1", "gres/gpu=5,gres/gpu:a=3")).jobs[0].gpus, 5U);
  const ReadLog odd = read_text("sacct", kHeader + row("1", "gres/gpu=7"));
  EXPECT_EQ(odd.request(0).parts, std::vector<Part>{{.gpus = 7}});
}

TEST(ReadSacct, TakesTheRowsOfParsableWithTheirLastSeparator) {
  std::string text;
  for (char c : kHeader + row("1", "gres/gpu=2")) text += c == '\n' ? "|\n" : std::string(1, c);
  EXPECT_EQ(read_text("sacct", text).jobs.at(0).gpus, 2U);
  EXPECT_THAT(error_of("sacct", text + row("2", "gres/gpu=2")),
              HasSubstr("expected | before it as in the header"));
  // Without it in the header, an empty last field is a field.
  EXPECT_EQ(read_text("sacct", kHeader + row("1", "gres/gpu=2", "00:10:00", "")).jobs.size(), 1U);
}

TEST(ReadSacct, LeavesOutStepsAndWhatDidNotRun) {
  const ReadLog log = read_text(
      "sacct", kHeader + row("1", "gres/gpu=2") + row("1.batch", "cpu=1") + row("1.0", "cpu=1") +
                   "2_[5-9%2]|ann|nlp|gpu|2024-01-01T00:00:00|Unknown|Unknown||00:10:00|1\n"
                   "3|ann|nlp|gpu|2024-01-01T00:00:00|None|2024-01-01T00:01:00||00:10:00|1\n"
                   "4|a|b|c|2024-01-01T00:00:00|2024-01-01T00:00:00|Unknown|gres/gpu=1|01:00|1\n" +
                   row("5", "cpu=4,node=1"));
  EXPECT_EQ(log.jobs.size(), 1U);
  EXPECT_EQ(log.skips.at("step of a job").count, 2U);
  EXPECT_EQ(log.skips.at("never started").count, 2U);
  EXPECT_EQ(log.skips.at("never started").first, "log:5: job 2_[5-9%2]");
  EXPECT_EQ(log.skips.at("still running").count, 1U);
  EXPECT_EQ(log.skips.at("no GPUs").count, 1U);
}

TEST(ReadSacct, NamesArraysAndComponents) {
  const ReadLog log =
      read_text("sacct", kHeader + row("1_4", "gres/gpu=2") + row("2+1", "gres/gpu=2"));
  EXPECT_TRUE(log.jobs.at(0).has_label);
  EXPECT_THAT(log.tables.labels, ElementsAre("1_4", "2+1"));
  EXPECT_EQ(error_of("sacct", kHeader + row("job", "gres/gpu=2")),
            "log:2:1: found \"job\", expected a job id such as 12, 12_3, 12_[4-9] or 12+1");
}

TEST(ReadSacct, CountsCpusOrNodesWhereThereAreNoGpus) {
  const ReadLog cpus = read_text("sacct", kHeader + row("1", "cpu=64,node=2"));
  EXPECT_EQ(cpus.request(0).parts, std::vector<Part>{{.gpus = 64}});
  EXPECT_THAT(cpus.notes, ElementsAre("the log names no GPUs: units are CPUs"));
  const ReadLog nodes = read_text(
      "sacct", "JobID|Submit|Start|Elapsed|NNodes\n1|2024-01-01T00:00:00|1704067260|01:30|3\n");
  EXPECT_EQ(nodes.request(0).parts, std::vector<Part>{{.nodes = 3}});
  EXPECT_EQ(nodes.jobs[0].run, seconds(90));
  EXPECT_EQ(nodes.jobs[0].gpus, 0U);
  EXPECT_EQ(read_text("sacct", kHeader + row("1", "cpu=64,gres/gpu=2,node=2"), "UTC", "cpus")
                .jobs.at(0)
                .gpus,
            64U);
}

TEST(ReadSacct, ReadsOlderSizes) {
  const std::string text =
      "JobID|Submit|Start|ElapsedRaw|AllocGRES|NCPUS|TimelimitRaw\n"
      "1|2024-01-01T00:00:00|2024-01-01T00:00:00|60|gpu:v100:4,gpu:a100:2,craynetwork:1|8|30\n"
      "2|2024-01-01T00:00:00|2024-01-01T00:00:00|60|gres:gpu:8|8|UNLIMITED\n";
  const ReadLog log = read_text("sacct", text);
  EXPECT_EQ(log.jobs.at(0).gpus, 6U);
  EXPECT_EQ(log.jobs[0].requested, minutes(30));
  EXPECT_EQ(log.jobs.at(1).gpus, 8U);
  EXPECT_EQ(log.jobs[1].requested, days(365));
  EXPECT_THAT(log.notes.at(1), HasSubstr("1 jobs had no time limit"));
}

TEST(ReadSacct, TakesTheRunTimeForLimitsThatTheLogDoesNotSay) {
  for (const char* limit : {"", "Partition_Limit", "INVALID"}) {
    EXPECT_EQ(read_text("sacct", kHeader + row("1", "gres/gpu=2", limit)).jobs.at(0).requested,
              hours(1));
  }
}

TEST(ReadSacct, ReadsTimesOfAZone) {
  const auto at = [](const std::string& submit, const std::string& start, const std::string& end) {
    return read_text(
               "sacct",
               "JobID|Submit|Start|End|NNodes\n1|" + submit + "|" + start + "|" + end + "|1\n",
               "Europe/Berlin")
        .jobs.at(0);
  };
  const TraceJob plain = at("2024-01-01T01:00:00", "2024-01-01T01:00:00", "2024-01-01T02:00:00");
  EXPECT_EQ(plain.submit, Instant{} + seconds(1'704'067'200));
  // 02:30 is not there on that day: as far behind 03:00 as behind 02:00.
  const TraceJob gap = at("2024-03-31T02:30:00", "2024-03-31T03:30:00", "2024-03-31T04:30:00");
  EXPECT_EQ(gap.submit, Instant{} + seconds(1'711'848'600));
  // 02:10 is there twice: the earlier, but not before the start.
  const TraceJob twice = at("2024-10-27T02:10:00", "2024-10-27T02:50:00", "2024-10-27T02:10:00");
  EXPECT_EQ(twice.submit, Instant{} + seconds(1'729'987'800));
  EXPECT_EQ(twice.run, minutes(20));
  EXPECT_EQ(error_of("sacct", kHeader + row("1", ""), "Mars/Olympus"),
            "time zone: found \"Mars/Olympus\", expected a name of the time zone database such as "
            "Europe/Berlin");
}

TEST(ReadSacct, SaysWhereARecordIsWrong) {
  EXPECT_THAT(error_of("sacct", kHeader + row("1", "gres/gpu=x")),
              StartsWith("log:2:84: found \"x\", expected a number of GPUs"));
  EXPECT_THAT(error_of("sacct", kHeader + row("1", "gres/gpu=1", "soon")),
              HasSubstr("expected a time limit"));
  EXPECT_THAT(error_of("sacct", std::string(kHeader) + "1|a|b\n"),
              StartsWith("log:2:6: found 3 fields, expected 10"));
  EXPECT_THAT(
      error_of("sacct", std::string(kHeader) + "1|a|b|c|2024-01-01T00:00:00|2024-01-02T00:00:00|"
                                               "2024-01-01T00:00:00|gres/gpu=1|01:00|1\n"),
      HasSubstr("an end that is not before the start"));
  EXPECT_EQ(error_of("sacct", "JobID|Submit\n"),
            "log:1:1: found no column \"Start\", expected one in the header");
}

}  // namespace
}  // namespace stargate::sim
