#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/job_source.h"
#include "sim/jobs_writer.h"
#include "sim/reading_fixture.h"

namespace stargate::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string csv(const std::string& more_columns, const std::string& values) {
  return "id,submit_s,run_s" + more_columns + "\n1,0,1" + values + "\n";
}

std::string error_of_csv(const std::string& more_columns, const std::string& values) {
  return error_of("jobs", csv(more_columns, values));
}

TEST(ReadJobs, ReadsCsv) {
  const ReadLog log = read_text(
      "jobs",
      "id,submit_s,run_s,estimate_s,gpus,gpus_per_node,tenant,queue,priority,locality,kinds,"
      "segment_nodes,segment_level,checkpoint_s,eligible_s,accepts_degraded\n"
      "12,0.000001,2.5,3,64,8,\"a, \"\"b\"\"\",q,-5,must:rack,h100+b200,4,block,600,1,true\n"
      "run-a,1970-01-01T00:00:02.5Z,1,,4,,,,,,,,,,,\n");
  ASSERT_EQ(log.jobs.size(), 2U);
  const TraceJob& job = log.jobs[0];
  EXPECT_EQ(job.id, 12U);
  EXPECT_EQ(job.submit.us, 1);
  EXPECT_EQ(job.run.us, 2'500'000);
  EXPECT_EQ(job.requested, seconds(3));
  EXPECT_EQ(job.gpus, 64U);
  EXPECT_EQ(job.priority, -5);
  EXPECT_EQ(job.checkpoint_interval, seconds(600));
  EXPECT_EQ(job.eligible, Instant{} + seconds(1));
  EXPECT_EQ(log.tables.tenants[job.tenant], "a, \"b\"");
  const Request& request = log.request(0);
  EXPECT_EQ(request.parts, (std::vector<Part>{{.gpus = 64,
                                               .gpus_per_node = 8,
                                               .segment_nodes = 4,
                                               .segment_level = Level::kBlock,
                                               .kinds = 3}}));
  EXPECT_EQ(request.locality, (Locality{.level = Level::kRack, .must = true}));
  EXPECT_TRUE(request.accepts_degraded);
  EXPECT_EQ(log.tables.kinds[1], "b200");

  const TraceJob& other = log.jobs[1];
  EXPECT_TRUE(other.has_label);
  EXPECT_THAT(log.tables.labels, ElementsAre("run-a"));
  EXPECT_EQ(other.submit.us, 2'500'000);
  EXPECT_EQ(other.requested, seconds(1));
}

TEST(ReadJobs, ReadsTheSameFromNdjson) {
  const ReadLog log = read_text(
      "jobs",
      "\n{\"id\":12,\"submit_s\":0.000001,\"run_s\":2.5,\"gpus\":64,\"gpus_per_node\":8,"
      "\"tenant\":\"a, \\\"b\\\"\",\"locality\":\"should:block\",\"accepts_degraded\":true}\n"
      "{\"id\": \"run-a\", \"submit_s\": \"1970-01-01T00:00:02Z\", \"run_s\": 1, \"parts\": "
      "[{\"nodes\": 2}, {\"gpus\": 6, \"kinds\": \"h100\"}]}\n");
  ASSERT_EQ(log.jobs.size(), 2U);
  EXPECT_EQ(log.jobs[0].run.us, 2'500'000);
  EXPECT_EQ(log.tables.tenants[log.jobs[0].tenant], "a, \"b\"");
  EXPECT_TRUE(log.request(0).accepts_degraded);
  EXPECT_EQ(log.request(1).parts, (std::vector<Part>{{.nodes = 2}, {.gpus = 6, .kinds = 1}}));
  EXPECT_EQ(log.jobs[1].gpus, 0U);
}

TEST(ReadJobs, ReadsNodes) {
  const ReadLog whole = read_text("jobs", csv(",nodes", ",4"));
  EXPECT_EQ(whole.request(0).parts, std::vector<Part>{{.nodes = 4}});
  EXPECT_EQ(whole.jobs[0].gpus, 0U);
  const ReadLog sized = read_text("jobs", csv(",nodes,gpus_per_node", ",4,8"));
  EXPECT_EQ(sized.request(0).parts, (std::vector<Part>{{.gpus = 32, .gpus_per_node = 8}}));
  EXPECT_EQ(sized.jobs[0].gpus, 32U);
}

TEST(ReadJobs, LeavesOutWhatTakesNothing) {
  const ReadLog log = read_text("jobs", "id,submit_s,run_s,gpus\n1,0,0,1\n2,0,1,0\n3,0,1,1\n");
  EXPECT_EQ(log.jobs.size(), 1U);
  EXPECT_EQ(log.skips.at("no run time").first, "log:2: job 1");
  EXPECT_EQ(log.skips.at("no GPUs").first, "log:3: job 2");
}

TEST(ReadJobs, SaysWhereCsvIsWrong) {
  EXPECT_THAT(error_of("jobs", "id,submit_s,run_s,gpu\n"),
              StartsWith("log:1:19: found \"gpu\", expected one of the columns id, submit_s"));
  EXPECT_EQ(error_of("jobs", "id,submit_s,gpus\n"),
            "log:1:1: found no column \"run_s\", expected one in the header");
  EXPECT_EQ(error_of("jobs", "id,id\n"), "log:1:4: found \"id\", expected each column once");
  EXPECT_EQ(error_of_csv("", ""), "log:2:1: found nothing, expected gpus or nodes");
  EXPECT_EQ(error_of_csv(",gpus,nodes", ",1,2"),
            "log:2:9: found \"2\", expected gpus or nodes, not both");
  EXPECT_EQ(error_of_csv(",gpus", ",1.5"),
            "log:2:7: found \"1.5\", expected gpus, a whole number from 1 to 1073741824");
  EXPECT_THAT(error_of_csv(",gpus,eligible_s,estimate_s", ",1,,0"),
              HasSubstr("estimate_s above 0"));
  EXPECT_THAT(error_of_csv(",gpus,locality", ",1,near"), StartsWith("log:2:9: found \"near\""));
  EXPECT_THAT(error_of_csv(",gpus,segment_nodes", ",1,2"), HasSubstr("segments only with"));
  EXPECT_THAT(error_of_csv(",gpus,kinds", ",1,a++b"), HasSubstr("names of accelerator kinds"));
  EXPECT_THAT(error_of_csv(",gpus,tenant", ",1,\"a"),
              HasSubstr("found no end of the quoted field"));
  EXPECT_THAT(error_of_csv(",gpus,tenant", ",1,\"a\"b"),
              StartsWith("log:2:12: found \"b\", expected the end of the field"));
  EXPECT_EQ(error_of_csv(",gpus,tenant", ",1,\xc3\xa9\xff"),
            "log:2:11: found bytes that are no UTF-8, expected UTF-8 text");
  EXPECT_THAT(error_of("jobs", "id,submit_s,run_s,gpus\n1,0,1.0000001,1\n"),
              StartsWith("log:2:5: found \"1.0000001\", expected run_s, seconds from 0 to "));
  EXPECT_THAT(error_of("jobs", "id,submit_s,run_s,gpus,eligible_s\n1,5,1,1,4\n"),
              HasSubstr("eligible_s not before submit_s"));
}

TEST(ReadJobs, SaysWhereNdjsonIsWrong) {
  const auto error = [](const std::string& line) { return error_of("jobs", line); };
  EXPECT_EQ(error("{\"id\":1,\"gpu\":2}"), "log:1:9: found \"gpu\", expected a key of a job");
  EXPECT_EQ(error("{\"id\":1,\"id\":2}"), "log:1:9: found \"id\", expected each key once");
  EXPECT_EQ(error("{\"id\":1,\"gpus\":\"2\"}"),
            "log:1:16: found \"\"2\"\", expected a number for gpus");
  EXPECT_THAT(error("{\"id\":1,\"gpus\":2e1,\"submit_s\":0,\"run_s\":1}"),
              StartsWith("log:1:16: found \"2e1\", expected gpus"));
  EXPECT_THAT(error("{\"id\":1,\"gpus\":null}"), HasSubstr("expected a number for gpus"));
  EXPECT_THAT(error("{\"id\":1"), HasSubstr("found no valid JSON object"));
  EXPECT_THAT(error("{\"id\":1} {}"), HasSubstr("log:1:"));
  EXPECT_THAT(error("{\"id\":1,\"submit_s\":0,\"run_s\":1,\"gpus\":1,\"parts\":[{\"gpus\":2}]}"),
              HasSubstr("expected gpus in parts or outside"));
  EXPECT_THAT(error("{\"id\":1,\"submit_s\":0,\"run_s\":1,\"parts\":[{\"tenant\":\"a\"}]}"),
              HasSubstr("found \"tenant\", expected a key of a part"));
  EXPECT_THAT(error("{\"id\":1,\"submit_s\":0,\"run_s\":1,\"parts\":[]}"),
              HasSubstr("found no parts"));
}

class JobsRoundTrip : public testing::TestWithParam<const char*> {};

TEST_P(JobsRoundTrip, IsExact) {
  const std::string text =
      "{\"id\":12,\"submit_s\":0.000001,\"run_s\":2.5,\"estimate_s\":9,\"gpus\":64,"
      "\"gpus_per_node\":8,\"segment_nodes\":4,\"segment_level\":\"block\",\"kinds\":\"x+y\","
      "\"tenant\":\"a, \\\"b\\\"\",\"queue\":\"q\",\"priority\":-3,\"locality\":\"must:site\","
      "\"checkpoint_s\":7.25,\"eligible_s\":100.1,\"accepts_degraded\":true,\"model\":\"m\"}\n"
      "{\"id\":\"007\",\"submit_s\":200,\"run_s\":1,\"nodes\":3,\"model\":\"\"}\n"
      "{\"id\":18446744073709551615,\"submit_s\":200,\"run_s\":1,\"gpus\":3}\n";
  const std::string base = testing::TempDir() + "read_jobs_test_";
  const std::string first = base + "first.ndjson";
  const auto sink = create_bytes(first);
  sink->write(text);
  sink->finish();
  const std::string second = base + GetParam();
  const auto before = load_jobs({.format = "jobs", .path = first});
  write_jobs(*before, second);
  const auto after = load_jobs({.format = "jobs", .path = second});
  ASSERT_EQ(after->job_count(), 3U);
  const auto a = before->open();
  const auto b = after->open();
  while (const TraceJob* x = a->next()) {
    const TraceJob* y = b->next();
    EXPECT_EQ(x->submit, y->submit);
    EXPECT_EQ(x->eligible, y->eligible);
    EXPECT_EQ(x->run, y->run);
    EXPECT_EQ(x->requested, y->requested);
    EXPECT_EQ(x->checkpoint_interval, y->checkpoint_interval);
    EXPECT_EQ(x->id, y->id);
    EXPECT_EQ(x->has_label, y->has_label);
    EXPECT_EQ(x->gpus, y->gpus);
    EXPECT_EQ(x->request, y->request);
    EXPECT_EQ(x->tenant, y->tenant);
    EXPECT_EQ(x->queue, y->queue);
    EXPECT_EQ(x->model, y->model);
    EXPECT_EQ(x->priority, y->priority);
    EXPECT_EQ(before->tables().requests[x->request], after->tables().requests[y->request]);
    EXPECT_EQ(before->tables().tenants[x->tenant], after->tables().tenants[y->tenant]);
  }
  EXPECT_EQ(before->tables().labels, after->tables().labels);
  std::filesystem::remove(first);
  std::filesystem::remove(second);
}

INSTANTIATE_TEST_SUITE_P(Endings, JobsRoundTrip,
                         testing::Values("a.csv", "b.csv.zst", "c.csv.gz", "d.ndjson",
                                         "e.ndjson.xz", "f.jsonl.bz2"));

TEST(JobsWriter, RefusesWhatCsvCannotHold) {
  TraceTables tables;
  tables.tenants.intern("two\nlines");
  tables.queues.intern("");
  TraceJob job;
  job.run = seconds(1);
  job.requested = job.run;
  job.request = tables.requests.intern_unshaped(1);
  const std::string path = testing::TempDir() + "jobs_writer_test.csv";
  JobsWriter writer(path, tables);
  EXPECT_THROW(writer.write(job), InputError);
  tables.tenants.intern("one");
  job.tenant = 1;
  writer.write(job);
  job.request = tables.requests.intern({.parts = {{.gpus = 1}, {.gpus = 2}}, .locality = {}});
  EXPECT_THROW(writer.write(job), InputError);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace stargate::sim
