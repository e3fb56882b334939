#include "sim/generate.h"

#include <algorithm>

#include "base/check.h"
#include "base/input_error.h"
#include "model/topology.h"
#include "sim/generate_tables.h"
#include "sim/jobs_writer.h"

namespace stargate::sim {
namespace {

constexpr std::int64_t kFirstSubmitS = 1'767'571'200;  // 2026-01-05T00:00:00Z, a Monday
constexpr std::uint32_t kUsers = 200;
constexpr std::uint64_t kJobsMax = 100'000'000'000ULL;
constexpr std::uint64_t kLoadMax = 1'000'000'000'000ULL;  // a million times the fleet

/// A size, how often it comes (in 10,000 jobs), and the law of its run times: log-normal, with the
/// binary logarithm of the median (in seconds) and the deviation of the binary logarithm, both with
/// 16 bits behind the point.
struct SizeClass {
  std::uint32_t gpus = 0;
  std::uint32_t weight = 0;
  std::int64_t median_log2 = 0;
  std::int64_t deviation_log2 = 0;
};

constexpr std::array<SizeClass, 8> kSizes = {{
    {1, 7'900, 684'900, 151'300},  // median 1,400 s
    {2, 700, 739'700, 208'000},    // 2,500 s
    {4, 600, 773'600, 198'500},    // 3,575 s
    {8, 650, 936'300, 179'600},    // 20,000 s
    {16, 90, 974'700, 161'000},    // 30,000 s
    {32, 40, 1'002'000, 151'300},  // 40,000 s
    {64, 15, 1'013'000, 141'800},  // 45,000 s
    {128, 5, 1'013'000, 141'800},
}};
constexpr std::uint32_t kWeightSum = 10'000;

constexpr std::int64_t kShortestRunS = 10;
constexpr std::int64_t kLongestRunS = 60 * 86'400;
/// The longest run is halved until so many of it fit into the span: otherwise the last jobs would
/// run on, alone, long after the last submission, and the load would hardly ever be reached.
constexpr std::int64_t kLongestRunsInSpan = 8;
constexpr std::size_t kHalvings = 16;

/// What is asked for in per cent of what is needed, before rounding up; each equally often.
constexpr std::array<std::int64_t, 8> kOverestimates = {102, 110, 125, 150, 200, 300, 500, 1'000};

/// Weights of the hours of a day in submissions.
constexpr std::array<std::int64_t, 24> kHours = {55,  48,  44,  40,  38,  40,  48,  60,
                                                 82,  105, 122, 128, 118, 124, 132, 134,
                                                 130, 120, 106, 98,  94,  88,  76,  64};
constexpr std::int64_t kWeekendPerCent = 60;

/// A quantile at a random probability, linear between the table's values.
std::int64_t draw_quantile(const std::array<std::int32_t, 129>& table, std::uint64_t random) {
  const auto bits = [&](int from, int count) { return random >> from & ((1ULL << count) - 1); };
  std::size_t cell = bits(58, 6);
  const auto rest = static_cast<std::int64_t>(bits(26, 26));
  if (cell == 63) cell = 64 + bits(52, 6);
  const std::int64_t low = table[cell];
  return low + ((table[cell + 1] - low) * rest >> 26);
}

/// 2^(value / 65536), rounded down. REQUIRES: 0 <= value < 33 * 65536.
std::int64_t power_of_two(std::int64_t value) {
  const auto fraction = static_cast<std::size_t>(value & 0xffff);
  const std::int64_t low = kPowersOfTwo[fraction >> 11];
  const std::int64_t high = kPowersOfTwo[(fraction >> 11) + 1];
  const std::int64_t mantissa =
      low + ((high - low) * static_cast<std::int64_t>(fraction & 2047) >> 11);
  return static_cast<std::int64_t>((Int128{mantissa} << (value >> 16)) >> 30);
}

std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

std::int64_t step_of(std::int64_t asked_s) {
  if (asked_s <= 3'600) return 900;
  if (asked_s <= 12 * 3'600) return 3'600;
  if (asked_s <= 3 * 86'400) return 6 * 3'600;
  return 86'400;
}

void check(const GenerateOptions& options) {
  const auto expect = [](bool holds, const char* message) {
    if (!holds) throw InputError(std::string("generate: expected ") + message);
  };
  expect(options.jobs >= 1 && options.jobs <= kJobsMax, "from 1 to 100000000000 jobs");
  expect(options.nodes >= 1 && options.nodes <= kMaxNodes, "a fleet of 1 to 16777216 nodes");
  expect(options.gpus_per_node >= 1 && options.gpus_per_node <= kMaxGpusPerNode,
         "nodes of 1 to 64 GPUs");
  expect(options.load_millionths >= 1 && options.load_millionths <= kLoadMax,
         "a load above 0 and up to 1000000");
}

}  // namespace

WorkloadGenerator::WorkloadGenerator(const GenerateOptions& options) : options_(options) {
  check(options_);
  std::uint64_t weight = 0;
  for (std::uint32_t user = 1; user <= kUsers; ++user) {
    weight += 1'000'000'000ULL / user;
    user_weights_.push_back(weight);
    tables_.tenants.intern("user " + std::to_string(user));
  }
  tables_.queues.intern({});
  tables_.models.intern({});
  for (std::size_t hour = 0; hour < 168; ++hour) {
    const bool weekend = hour >= 5 * 24;
    const std::int64_t weight_of_hour = kHours[hour % 24] * (weekend ? kWeekendPerCent : 100);
    week_[hour + 1] = week_[hour] + weight_of_hour * 3'600;
  }

  longest_run_s_ = kLongestRunS;
  restart();
  std::array<Int128, kHalvings> gpu_s{};
  for (std::uint64_t i = 0; i < options_.jobs; ++i) {
    const Draw job = draw();
    if (i > 0) gaps_ += job.gap;
    for (std::size_t halvings = 0; halvings < kHalvings; ++halvings) {
      gpu_s[halvings] += Int128{job.gpus} * std::min(job.run_s, kLongestRunS >> halvings);
    }
  }
  const Int128 capacity =
      Int128{options_.nodes} * options_.gpus_per_node * options_.load_millionths;
  Int128 span = 0;
  for (std::size_t halvings = 0; halvings < kHalvings; ++halvings) {
    gpu_s_ = gpu_s[halvings];
    longest_run_s_ = kLongestRunS >> halvings;
    span = (gpu_s_ * 1'000'000 * 2 + capacity) / (capacity * 2);
    if (span >= longest_run_s_ * kLongestRunsInSpan) break;
  }
  if (span > kLatest.us / kMicrosPerSecond / 2) {
    throw InputError("generate: expected a load above 0 that the jobs reach within 36000 years");
  }
  span_s_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(span));
  const std::int64_t hour = span_s_ / 3'600;
  const auto of_week = static_cast<std::size_t>(hour % 168);
  span_weight_ = Int128{hour / 168} * week_[168] + week_[of_week] +
                 Int128{week_[of_week + 1] - week_[of_week]} / 3'600 * (span_s_ % 3'600);
  restart();
}

void WorkloadGenerator::restart() {
  prng_ = Prng(options_.seed);
  made_ = 0;
  gap_sum_ = 0;
}

WorkloadGenerator::Draw WorkloadGenerator::draw() {
  Draw job;
  auto pick = static_cast<std::uint32_t>(prng_.below(kWeightSum));
  std::size_t index = 0;
  while (pick >= kSizes[index].weight) pick -= kSizes[index++].weight;
  const SizeClass& size = kSizes[index];
  const std::uint64_t fleet = std::uint64_t{options_.nodes} * options_.gpus_per_node;
  const std::uint32_t node = options_.gpus_per_node;
  job.gpus = static_cast<std::uint32_t>(std::min<std::uint64_t>(size.gpus, fleet));
  if (job.gpus > node) job.gpus = (job.gpus + node - 1) / node * node;
  job.gpus_per_node = std::min(job.gpus, node);

  const std::int64_t normal = draw_quantile(kNormalQuantiles, prng_.next());
  const std::int64_t log2_run = size.median_log2 + (size.deviation_log2 * normal >> 16);
  job.run_s = std::clamp(log2_run <= 0 ? 1 : power_of_two(log2_run), kShortestRunS, longest_run_s_);
  const std::int64_t asked = job.run_s * kOverestimates[prng_.below(kOverestimates.size())] / 100;
  job.requested_s = round_up(asked, step_of(asked));

  const std::uint64_t user = prng_.below(user_weights_.back());
  job.user = static_cast<std::uint32_t>(
      std::upper_bound(user_weights_.begin(), user_weights_.end(), user) - user_weights_.begin());
  job.gap = 1 + static_cast<std::uint64_t>(draw_quantile(kExponentialQuantiles, prng_.next()));
  return job;
}

/// The second, from the first submission, before which `position` of gaps_ of all weight lies.
std::int64_t WorkloadGenerator::second_at(Int128 position) const {
  if (gaps_ == 0) return 0;
  // At most 2^37 jobs of gaps below 2^21, and weights below 2^65 in all: no overflow.
  const Int128 weight = span_weight_ * position / gaps_;
  const Int128 week = weight / week_[168];
  const auto rest = static_cast<std::int64_t>(weight % week_[168]);
  const auto after = std::upper_bound(week_.begin(), week_.end(), rest);
  const std::int64_t hour = after - week_.begin() - 1;
  const auto of_week = static_cast<std::size_t>(hour);
  const std::int64_t per_second = (week_[of_week + 1] - week_[of_week]) / 3'600;
  return static_cast<std::int64_t>(week) * 604'800 + hour * 3'600 +
         (rest - week_[of_week]) / per_second;
}

bool WorkloadGenerator::next(TraceJob& job) {
  if (made_ == options_.jobs) return false;
  const Draw drawn = draw();
  if (made_ > 0) gap_sum_ += drawn.gap;
  job = TraceJob{};
  job.id = ++made_;
  job.submit = Instant{} + seconds(kFirstSubmitS + second_at(gap_sum_));
  job.eligible = job.submit;
  job.run = seconds(drawn.run_s);
  job.requested = seconds(drawn.requested_s);
  job.gpus = drawn.gpus;
  job.tenant = drawn.user;
  if (drawn.gpus >= requests_.size()) requests_.resize(drawn.gpus + 1, RequestId{~0U});
  RequestId& request = requests_[drawn.gpus];
  if (request.value == ~0U) {
    Request shaped;
    shaped.parts.push_back({.gpus = drawn.gpus, .gpus_per_node = drawn.gpus_per_node});
    request = tables_.requests.intern(shaped);
  }
  job.request = request;
  return true;
}

Generated generate_jobs(const GenerateOptions& options, const std::string& path) {
  using enum JobsKey;
  WorkloadGenerator generator(options);
  JobsWriter writer(path, generator.tables(),
                    jobs_column(kEstimate) | jobs_column(kGpus) | jobs_column(kGpusPerNode) |
                        jobs_column(kTenant));
  TraceJob job;
  Generated result;
  while (generator.next(job)) {
    writer.write(job);
    ++result.jobs;
  }
  writer.finish();
  result.span = generator.span();
  result.gpu_seconds = generator.gpu_seconds();
  return result;
}

}  // namespace stargate::sim
