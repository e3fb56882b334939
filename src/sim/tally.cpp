#include "sim/tally.h"

#include <algorithm>
#include <bit>
#include <string>

namespace stargate::sim {
namespace {

constexpr double kBoundedSlowdownTau_s = 10;

double in_seconds(Duration length) { return static_cast<double>(length.us) / 1e6; }
double in_seconds(Instant at) { return static_cast<double>(at.us) / 1e6; }

std::string size_label(std::size_t log2) {
  const std::uint64_t low = std::uint64_t{1} << log2;
  if (log2 == 0) return "1 GPU";
  return low == 2 ? "2-3 GPUs" : std::to_string(low) + "-" + std::to_string(2 * low - 1) + " GPUs";
}

WaitRow row_of(std::string label, const SampledDistribution& waits, Int128 gpu_us) {
  WaitRow row;
  row.label = std::move(label);
  row.jobs = waits.count();
  row.gpu_hours = static_cast<double>(gpu_us) / 3.6e9;
  row.mean_wait_s = waits.mean_s();
  row.p50_wait_s = waits.percentile_s(0.50);
  row.p90_wait_s = waits.percentile_s(0.90);
  row.p99_wait_s = waits.percentile_s(0.99);
  row.max_wait_s = waits.max_s();
  return row;
}

}  // namespace

void Tally::submitted(Instant at) {
  if (!any_submitted_ || at < first_submit_) first_submit_ = at;
  any_submitted_ = true;
}

void Tally::ended(const EndedJob& job) {
  const Duration turnaround = job.end - job.submit;
  // All the time in the queue: of a job that was preempted, also after its first start.
  const Duration wait = turnaround - job.held;
  turnarounds_.add(turnaround);
  waits_.add(wait);
  wait_us_ += wait.us;
  wait_eligible_us_ += (wait - (job.eligible - job.submit)).us;
  slowdown_ += static_cast<long double>(
      std::max(1.0, in_seconds(turnaround) / std::max(kBoundedSlowdownTau_s, in_seconds(job.run))));
  last_end_ = std::max(last_end_, job.end);

  const Int128 gpu_us = Int128{job.run.us} * job.gpus;
  const auto size = static_cast<std::size_t>(std::bit_width(job.gpus | 1U)) - 1;
  if (size >= by_size_.size()) by_size_.resize(size + 1);
  by_size_[size].waits.add(wait);
  by_size_[size].gpu_us += gpu_us;
  if (job.tenant >= by_tenant_.size())
    by_tenant_.resize(job.tenant + 1, {SampledDistribution(512)});
  by_tenant_[job.tenant].waits.add(wait);
  by_tenant_[job.tenant].gpu_us += gpu_us;

  const StartSample sample{in_seconds(job.submit), in_seconds(wait), in_seconds(job.run), job.gpus};
  if (starts_.size() < kStartsKept) {
    starts_.push_back(sample);
  } else if (const std::uint64_t at = prng_.below(jobs()); at < kStartsKept) {
    starts_[at] = sample;
  }
}

void Tally::report(const TraceTables& tables, RunResult& result) const {
  const std::uint64_t count = jobs();
  const auto mean = [&](Int128 sum_us) {
    if (count == 0) return 0.0;
    return static_cast<double>(static_cast<long double>(sum_us) / static_cast<long double>(count) /
                               1e6L);
  };
  result.jobs = count;
  result.mean_wait_s = mean(wait_us_);
  result.mean_wait_eligible_s = mean(wait_eligible_us_);
  result.median_wait_s = waits_.percentile_s(0.5);
  result.p99_wait_s = waits_.percentile_s(0.99);
  result.max_wait_s = waits_.max_s();
  result.mean_turnaround_s = turnarounds_.mean_s();
  result.median_turnaround_s = turnarounds_.percentile_s(1, 2);
  result.p99_turnaround_s = turnarounds_.percentile_s(99, 100);
  result.max_turnaround_s = turnarounds_.max_s();
  result.mean_bounded_slowdown =
      count == 0 ? 0 : static_cast<double>(slowdown_ / static_cast<long double>(count));
  result.makespan_s = count == 0 ? 0 : in_seconds(last_end_ - first_submit_);
  const double capacity = usage.capacity_gpu_s();
  result.utilisation = capacity > 0 ? usage.used_gpu_s() / capacity : 0;
  result.preemptions = preemptions;
  result.lost_gpu_hours = static_cast<double>(lost_gpu_us) / 3.6e9;
  result.usage = usage.samples();
  result.starts = starts_;
  for (std::size_t i = 0; i < by_size_.size(); ++i) {
    if (by_size_[i].waits.count() == 0) continue;
    result.waits_by_size.push_back(row_of(size_label(i), by_size_[i].waits, by_size_[i].gpu_us));
  }
  for (std::size_t i = 0; i < by_tenant_.size(); ++i) {
    if (by_tenant_[i].waits.count() == 0) continue;
    const std::string name =
        i < tables.tenants.size() ? tables.tenants[static_cast<std::uint32_t>(i)] : std::string();
    result.waits_by_tenant.push_back(row_of(name, by_tenant_[i].waits, by_tenant_[i].gpu_us));
  }
  std::stable_sort(result.waits_by_tenant.begin(), result.waits_by_tenant.end(),
                   [](const WaitRow& a, const WaitRow& b) { return a.gpu_hours > b.gpu_hours; });
}

}  // namespace stargate::sim
