#include "sim/generate.h"

#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "base/input_error.h"
#include "sim/job_source.h"

namespace stargate::sim {
namespace {

TEST(WorkloadGenerator, OffersTheLoadToTheNearestSecond) {
  WorkloadGenerator generator({.jobs = 20'000, .nodes = 100, .gpus_per_node = 8, .seed = 7});
  TraceJob job;
  Instant first;
  Instant last;
  Int128 gpu_s = 0;
  for (std::uint64_t count = 0; generator.next(job); ++count) {
    if (count == 0) first = job.submit;
    EXPECT_LE(last, job.submit);
    last = job.submit;
    EXPECT_LE(job.run, job.requested);
    EXPECT_EQ(job.requested.us % minutes(15).us, 0);
    gpu_s += Int128{job.gpus} * (job.run.us / kMicrosPerSecond);
  }
  EXPECT_EQ(last - first, generator.span());
  EXPECT_TRUE(gpu_s == generator.gpu_seconds());
  // GPU time / (GPUs x span) = 0.95, within half a second of the span.
  const auto span = Int128{generator.span().us / kMicrosPerSecond};
  const Int128 difference = gpu_s * 100 - span * 800 * 95;
  EXPECT_LE(difference < 0 ? -difference : difference, 800 * 95 / 2);
}

TEST(WorkloadGenerator, FitsSizesIntoNodesAndTheFleet) {
  WorkloadGenerator generator({.jobs = 20'000, .nodes = 5, .gpus_per_node = 6, .seed = 1});
  TraceJob job;
  std::map<std::uint32_t, int> sizes;
  while (generator.next(job)) {
    ++sizes[job.gpus];
    const Part& part = generator.tables().requests[job.request].parts[0];
    EXPECT_EQ(part.gpus, job.gpus);
    EXPECT_EQ(part.gpus_per_node, job.gpus <= 6 ? job.gpus : 6U);
    EXPECT_TRUE(job.gpus <= 6 || job.gpus % 6 == 0);
  }
  EXPECT_EQ(sizes.rbegin()->first, 30U);
  EXPECT_GT(sizes[1], 14'000);
}

TEST(WorkloadGenerator, DrawsTheSameJobsEverywhere) {
  WorkloadGenerator generator({.jobs = 10'000, .nodes = 1'000, .gpus_per_node = 8, .seed = 42});
  TraceJob job;
  std::uint64_t hash = 0;
  while (generator.next(job)) {
    for (std::int64_t value : {job.submit.us, job.run.us, job.requested.us, std::int64_t{job.gpus},
                               std::int64_t{job.tenant}}) {
      hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x100000001b3ULL;
    }
  }
  EXPECT_EQ(hash, 16191075634135300621ULL);
}

TEST(WorkloadGenerator, WritesALogThatReadsBack) {
  const std::string path = testing::TempDir() + "generate_test.csv.zst";
  const GenerateOptions options{.jobs = 3'000, .seed = 3};
  const Generated made = generate_jobs(options, path);
  const auto jobs = load_jobs({.format = "jobs", .path = path});
  EXPECT_EQ(jobs->job_count(), 3'000U);
  EXPECT_EQ(jobs->summary().last_submit - jobs->summary().first_submit, made.span);
  EXPECT_TRUE(jobs->summary().gpu_us == made.gpu_seconds * kMicrosPerSecond);
  std::filesystem::remove(path);
}

TEST(WorkloadGenerator, MakesOneJob) {
  WorkloadGenerator generator({.jobs = 1});
  TraceJob job;
  EXPECT_TRUE(generator.next(job));
  EXPECT_FALSE(generator.next(job));
}

TEST(WorkloadGenerator, RefusesWhatMakesNoWorkload) {
  EXPECT_THROW(WorkloadGenerator({.jobs = 0}), InputError);
  EXPECT_THROW(WorkloadGenerator({.load_millionths = 0}), InputError);
  EXPECT_THROW(WorkloadGenerator({.gpus_per_node = 65}), InputError);
}

}  // namespace
}  // namespace stargate::sim
