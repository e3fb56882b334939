#include "oracle/event_book.h"

#include <algorithm>
#include <bit>

#include "oracle/brute_placer.h"

namespace stargate::oracle {
namespace {

std::string of(const char* what, JobId job) {
  return std::string(what) + " (job " + std::to_string(job.value) + ")";
}

}  // namespace

std::string EventBook::note(const Event& event, const EventBatch& batch) {
  return std::visit([&](const auto& body) { return note(body, batch); }, event.body);
}

std::string EventBook::note(const event::QueueDefined& event, const EventBatch& batch) {
  const command::DefineQueue& definition = batch.queues[event.index];
  Queue queue;
  queue.topology = std::make_shared<const Topology>(definition.fleet);
  queue.policy = definition.policy;
  queue.health.resize(queue.topology->node_count());
  queue.unavailable.resize(queue.topology->node_count());
  for (std::uint32_t node = 0; node < queue.topology->node_count(); ++node) {
    queue.holder.emplace_back(queue.topology->gpus({node}));
  }
  queues_.push_back(std::move(queue));
  return "";
}

std::string EventBook::note(const event::RequestDefined& event, const EventBatch& batch) {
  requests_.push_back(batch.requests[event.index].request);
  return "";
}

std::string EventBook::note(const event::JobQueued& event, const EventBatch&) {
  if (jobs_.contains(event.job)) return of("a job is queued twice", event.job);
  Job job;
  job.queue = event.queue;
  job.tenant = event.tenant;
  job.request = event.request;
  job.estimate = event.estimate;
  jobs_[event.job] = job;
  return "";
}

std::string EventBook::note(const event::WorkloadSubmitted& event, const EventBatch&) {
  if (jobs_.contains(event.job)) return of("a job is submitted twice", event.job);
  Job job;
  job.queue = kNo<QueueId>;
  job.tenant = event.tenant;
  job.request = event.request;
  job.estimate = event.estimate;
  jobs_.emplace(event.job, job);
  return "";
}

std::string EventBook::note(const event::JobRouted& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end() || found->second.holds)
    return of("what is routed is no job that waits", event.job);
  if (is_set(found->second.queue)) return of("a job waits in two queues", event.job);
  found->second.queue = event.queue;
  found->second.request = event.request;
  found->second.estimate = event.estimate;
  return "";
}

std::string EventBook::note(const event::JobUnrouted& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end() || found->second.holds || !is_set(found->second.queue)) {
    return of("what leaves a queue does not wait there", event.job);
  }
  found->second.queue = kNo<QueueId>;
  return "";
}

std::string EventBook::note(const event::DemandUnmet& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  const bool unrouted = found != jobs_.end() && !is_set(found->second.queue);
  return unrouted ? "" : of("demand is unmet of a job that has its place", event.job);
}

std::string EventBook::note(const event::JobRefused& event, const EventBatch&) {
  if (event.reason == Reason::kNone) return of("a refusal has no reason", event.job);
  return jobs_.contains(event.job) ? of("what is refused was queued", event.job) : "";
}

std::string EventBook::note(const event::CommandRefused& event, const EventBatch&) {
  return event.reason == Reason::kNone ? of("a refusal has no reason", event.job) : "";
}

std::string EventBook::note(const event::JobWaits& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end() || found->second.holds) return of("what waits is not queued", event.job);
  return "";
}

std::string EventBook::note(const event::AllocationAssigned& event, const EventBatch& batch) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end()) return of("an unknown job starts", event.job);
  Job& job = found->second;
  if (job.holds) return of("a job starts twice", event.job);
  Queue& queue = queues_[job.queue.value];
  const auto ranges = batch.ranges_of(event.ranges);
  for (const NodeRange& range : ranges) {
    for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
      if (node >= queue.holder.size()) return of("a node that there is not", event.job);
      const Health health = queue.health[node];
      const bool degraded_will_do = requests_[job.request.value].accepts_degraded;
      if (health != Health::kHealthy && !(health == Health::kDegraded && degraded_will_do)) {
        return of("a job starts on a node that is not well", event.job);
      }
      auto& holders = queue.holder[node];
      if ((range.mask & ~all_gpus(static_cast<std::uint32_t>(holders.size()))) != 0) {
        return of("a GPU that there is not", event.job);
      }
      for (std::uint32_t gpu = 0; gpu < holders.size(); ++gpu) {
        if ((range.mask >> gpu & 1) == 0) continue;
        if (holders[gpu]) return of("a GPU is held twice", event.job);
        if ((queue.unavailable[node] >> gpu & 1) != 0) {
          return of("a job starts on a GPU that is not ours to use", event.job);
        }
      }
    }
  }
  std::string fault = whole_gang_fault(job, ranges);
  if (!fault.empty()) return of(fault.c_str(), event.job);
  for (const NodeRange& range : ranges) {
    for (std::uint32_t node = range.first; node < range.first + range.count; ++node) {
      auto& holders = queue.holder[node];
      for (std::uint32_t gpu = 0; gpu < holders.size(); ++gpu) {
        if ((range.mask >> gpu & 1) != 0) holders[gpu] = event.job;
      }
    }
  }
  job.holds = true;
  job.ranges.assign(ranges.begin(), ranges.end());
  ++assigned_;
  return "";
}

std::string EventBook::whole_gang_fault(const Job& job, std::span<const NodeRange> ranges) const {
  const Queue& queue = queues_[job.queue.value];
  BrutePlacer placer(queue.topology);
  for (std::uint32_t node = 0; node < queue.health.size(); ++node) {
    placer.set_health(node, queue.health[node]);
    GpuMask held = 0;
    for (std::uint32_t gpu = 0; gpu < queue.holder[node].size(); ++gpu) {
      if (queue.holder[node][gpu]) held |= GpuMask{1} << gpu;
    }
    if (held == 0) continue;
    const NodeRange range{node, 1, held, 0};
    placer.occupy(std::span(&range, 1));
  }
  // Some level is that of the nodes.
  const bool whole_nodes = queue.policy.place == PlacePolicy::kConsolidated;
  std::string fault;
  for (int level = 0; level < kLevelCount; ++level) {
    const std::string here = placer.fault_of(requests_[job.request.value], whole_nodes, ranges,
                                             static_cast<Level>(level));
    if (here.empty()) return "";
    if (here != "the level is not that of the nodes") fault = here;
  }
  return fault;
}

std::string EventBook::note(const event::AllocationRunning& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end() || !found->second.holds) {
    return of("what runs has no GPUs", event.job);
  }
  if (found->second.runs) return of("a job runs twice", event.job);
  found->second.runs = true;
  return "";
}

std::string EventBook::note(const event::StopRequested& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end() || !found->second.holds) {
    return of("what is to stop has no GPUs", event.job);
  }
  if (found->second.stops && event.reason != Reason::kCancelled) {
    return of("a job is asked to stop twice", event.job);
  }
  found->second.stops = true;
  return "";
}

std::string EventBook::note(const event::WorkSaved& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  const bool holds = found != jobs_.end() && found->second.holds;
  return holds ? "" : of("work is saved of what does not run", event.job);
}

std::string EventBook::note(const event::AllocationReleased& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end() || !found->second.holds) {
    return of("what is released was not held", event.job);
  }
  Job& job = found->second;
  for (auto& holders : queues_[job.queue.value].holder) {
    for (auto& holder : holders) {
      if (holder == event.job) holder.reset();
    }
  }
  if (event.reason == Reason::kExited || event.reason == Reason::kCancelled) {
    jobs_.erase(found);
    return "";
  }
  job.holds = false;
  job.runs = false;
  job.stops = false;
  job.ranges.clear();
  return "";
}

std::string EventBook::note(const event::JobCancelled& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end() || found->second.holds) {
    return of("what is withdrawn was not queued", event.job);
  }
  jobs_.erase(found);
  return "";
}

std::string EventBook::note(const event::HealthChanged& event, const EventBatch&) {
  Queue& queue = queues_[event.queue.value];
  if (event.first.value + event.count > queue.health.size()) return "health of a node there is not";
  for (std::uint32_t i = 0; i < event.count; ++i) {
    queue.health[event.first.value + i] = event.health;
  }
  return "";
}

std::string EventBook::note(const event::UnavailableChanged& event, const EventBatch&) {
  Queue& queue = queues_[event.queue.value];
  if (event.first.value + event.count > queue.unavailable.size()) {
    return "GPUs of a node there is not";
  }
  for (std::uint32_t i = 0; i < event.count; ++i) {
    queue.unavailable[event.first.value + i] = event.gpus;
  }
  return "";
}

std::string EventBook::note(const event::ReservationMade& event, const EventBatch& batch) {
  for (const NodeRange& range : batch.ranges_of(event.ranges)) {
    if (range.first + range.count > node_count(event.queue))
      return "a window on nodes there are not";
  }
  return "";
}

std::string EventBook::note(const event::ServiceLevelReached& event, const EventBatch&) {
  const auto found = jobs_.find(event.job);
  const bool holds = found != jobs_.end() && found->second.holds;
  return holds ? "" : of("what does not run attains service", event.job);
}

std::string EventBook::fault_of(const core::State& state) const {
  const placement::Scheduling& scheduling = state.scheduling();
  if (scheduling.jobs.size() != jobs_.size()) return "the number of jobs differs";
  std::vector<std::uint64_t> pending(queues_.size());
  for (const auto& [id, job] : jobs_) {
    const placement::Job* known = scheduling.jobs.find(id);
    if (known == nullptr) return of("a job is forgotten", id);
    if (known->holds_gpus() != job.holds) return of("who holds GPUs differs", id);
    if (!job.holds) {
      if (known->queue != job.queue) return of("where a job waits differs", id);
      if (is_set(job.queue)) ++pending[job.queue.value];
      continue;
    }
    std::uint64_t gpus = 0;
    for (const NodeRange& range : job.ranges) gpus += range.gpus();
    const auto ranges = known->ranges.span();
    if (gpus != known->held_gpus ||
        !std::equal(ranges.begin(), ranges.end(), job.ranges.begin(), job.ranges.end())) {
      return of("what a job holds differs", id);
    }
  }
  for (std::uint32_t index = 0; index < queues_.size(); ++index) {
    const Queue& queue = queues_[index];
    const placement::Queue& known = scheduling.queues[index];
    if (known.pending_jobs != pending[index]) return "the number of waiting jobs differs";
    std::uint64_t free_gpus = 0;
    for (std::uint32_t node = 0; node < queue.holder.size(); ++node) {
      GpuMask free = 0;
      for (std::uint32_t gpu = 0; gpu < queue.holder[node].size(); ++gpu) {
        if (!queue.holder[node][gpu]) free |= GpuMask{1} << gpu;
      }
      free &= ~queue.unavailable[node];
      if (known.fleet.free_mask({node}) != free) return "what is free differs";
      if (known.fleet.health({node}) != queue.health[node]) return "the health differs";
      if (queue.health[node] == Health::kHealthy) {
        free_gpus += static_cast<std::uint64_t>(std::popcount(free));
      }
    }
    if (known.fleet.free_gpus() != free_gpus) return "the number of free GPUs differs";
    known.fleet.check_invariants();
  }
  return "";
}

}  // namespace stargate::oracle
