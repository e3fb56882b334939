#pragma once

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "driver/step.h"

namespace stargate::sim {

/// Notes when and where each job of a replay ran, from the events alone.
class Starts final : public driver::Recorder {
 public:
  struct Run {
    std::vector<Instant> starts;
    std::optional<Instant> end;
    std::vector<NodeRange> ranges;  ///< of the last start
    Reason refused = Reason::kNone;
  };

  void record(const Command&, const EventBatch& batch) override {
    for (const Event& event : batch.events) {
      if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
        const auto ranges = batch.ranges_of(assigned->ranges);
        of(assigned->job).starts.push_back(event.at);
        of(assigned->job).ranges.assign(ranges.begin(), ranges.end());
      } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
        if (released->reason == Reason::kExited) of(released->job).end = event.at;
      } else if (const auto* refused = std::get_if<event::JobRefused>(&event.body)) {
        of(refused->job).refused = refused->reason;
      }
    }
  }

  /// By the order of submission.
  const std::vector<Run>& runs() const { return runs_; }

 private:
  Run& of(JobId job) {
    if (job.value >= runs_.size()) runs_.resize(job.value + 1);
    return runs_[job.value];
  }
  std::vector<Run> runs_;
};

}  // namespace stargate::sim
