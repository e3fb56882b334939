#include "sim/use_log.h"

#include <algorithm>
#include <variant>

#include "agreement/stages.h"

namespace stargate::sim {
namespace {

/// GPUs of the job on nodes first .. first + count of its queue.
std::uint64_t gpus_within(const placement::Job& job, std::uint32_t first, std::uint32_t count) {
  std::uint64_t gpus = 0;
  for (const NodeRange& range : job.ranges.span()) {
    NodeRange part = range;
    part.first = std::max(range.first, first);
    const std::uint32_t end = std::min(range.first + range.count, first + count);
    if (part.first >= end) continue;
    part.count = end - part.first;
    gpus += part.gpus();
  }
  return gpus;
}

/// The job's GPUs that it may use early only, by the tranche that lets it.
std::map<ClauseId, std::uint64_t> early_gpus(const placement::Market& market,
                                             const placement::Job& job, Use use, Instant at) {
  std::map<ClauseId, std::uint64_t> gpus;
  for (const StageId stage : market.book.stages_of(market.places[job.queue.value].order)) {
    const placement::Market::StagePlace place = market.stage_places[stage.value];
    if (place.queue != job.queue) continue;
    const ClauseId tranche = agreement::early_tranche(market.book, stage, use, {at, at});
    if (!is_set(tranche)) continue;
    std::uint32_t node = place.first;
    for (const agreement::StageRun& run : market.stage_runs[stage.value]) {
      if (run.early_use) {
        const std::uint64_t here = gpus_within(job, node, run.nodes);
        if (here > 0) gpus[tranche] += here;
      }
      node += run.nodes;
    }
  }
  return gpus;
}

}  // namespace

UseLog::Open UseLog::add(JobId id, Instant at) {
  const placement::Market& market = state_->scheduling().market;
  const placement::Job& job = *state_->scheduling().jobs.find(id);
  const placement::Market::Place& place = market.places[job.queue.value];
  const Use use = market.book.workloads()[job.workload.value].use;
  Open open{records_.size(), 0, false};
  const auto record = [&](std::uint64_t gpus, ClauseId early) {
    records_.push_back({place.order, use, at, kNever, gpus, early, job.workload});
    ++open.count;
  };
  std::uint64_t accepted = job.held_gpus;
  if (place.early_gpus > 0) {
    for (const auto& [tranche, gpus] : early_gpus(market, job, use, at)) {
      record(gpus, tranche);
      accepted -= gpus;
      open.early = true;
    }
  }
  if (accepted > 0) record(accepted, kNo<ClauseId>);
  return open;
}

void UseLog::record(const Command& command, const EventBatch& batch) {
  if (state_ == nullptr) return;
  bool market_changed = false;
  for (const Event& event : batch.events) {
    if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
      open_[assigned->job] = add(assigned->job, event.at);
    } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
      end(released->job, event.at);
    } else if (std::holds_alternative<event::PermissionsChanged>(event.body) ||
               std::holds_alternative<event::OrderOpened>(event.body)) {
      market_changed = true;
    }
  }
  // What was used early may have been accepted.
  if (market_changed) settle(command.at);
}

void UseLog::end(const Open& open, Instant at) {
  for (std::size_t i = open.first; i < open.first + open.count; ++i) records_[i].until = at;
}

void UseLog::end(JobId job, Instant at) {
  const auto open = open_.find(job);
  if (open == open_.end()) return;
  end(open->second, at);
  open_.erase(open);
}

void UseLog::settle(Instant at) {
  for (auto& [job, open] : open_) {
    if (!open.early) continue;
    end(open, at);
    open = add(job, at);
  }
}

void UseLog::close(Instant at) {
  for (agreement::UseRecord& record : records_) record.until = std::min(record.until, at);
}

}  // namespace stargate::sim
