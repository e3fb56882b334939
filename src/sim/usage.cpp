#include "sim/usage.h"

#include <algorithm>

namespace stargate::sim {

void UsageRecorder::Bin::add(const Level& in_use, double length_us) {
  gpus_used += static_cast<double>(in_use.gpus_used) * length_us;
  gpus_capacity += static_cast<double>(in_use.gpus_capacity) * length_us;
  jobs_queued += static_cast<double>(in_use.jobs_queued) * length_us;
  gpus_queued += static_cast<double>(in_use.gpus_queued) * length_us;
  us += length_us;
}

void UsageRecorder::Bin::add(const Bin& other) {
  gpus_used += other.gpus_used;
  gpus_capacity += other.gpus_capacity;
  jobs_queued += other.jobs_queued;
  gpus_queued += other.gpus_queued;
  us += other.us;
}

void UsageRecorder::widen() {
  for (std::size_t i = 0; i < bins_.size(); i += 2) {
    Bin both = bins_[i];
    if (i + 1 < bins_.size()) both.add(bins_[i + 1]);
    bins_[i / 2] = both;
  }
  bins_.resize((bins_.size() + 1) / 2);
  width_us_ *= 2;
}

void UsageRecorder::advance(Instant at) {
  if (!started_) {
    started_ = true;
    first_ = last_ = at;
    return;
  }
  if (at <= last_) return;
  const auto whole_us = static_cast<double>((at - last_).us);
  used_gpu_us_ += static_cast<double>(level.gpus_used) * whole_us;
  capacity_gpu_us_ += static_cast<double>(level.gpus_capacity) * whole_us;
  while ((at - first_).us / width_us_ >= static_cast<std::int64_t>(kBinsMax)) widen();
  while (last_ < at) {
    const std::int64_t bin = (last_ - first_).us / width_us_;
    const Instant end = std::min(at, first_ + Duration{(bin + 1) * width_us_});
    if (static_cast<std::size_t>(bin) >= bins_.size()) {
      bins_.resize(static_cast<std::size_t>(bin) + 1);
    }
    bins_[static_cast<std::size_t>(bin)].add(level, static_cast<double>((end - last_).us));
    last_ = end;
  }
}

std::vector<UsageSample> UsageRecorder::samples() const {
  std::vector<UsageSample> samples;
  double at_us = static_cast<double>(first_.us);
  for (const Bin& bin : bins_) {
    if (bin.us <= 0) continue;
    at_us += bin.us;
    samples.push_back({at_us / 1e6, bin.gpus_used / bin.us, bin.gpus_capacity / bin.us,
                       bin.jobs_queued / bin.us, bin.gpus_queued / bin.us});
  }
  return samples;
}

}  // namespace stargate::sim
