#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/state.h"
#include "event/event.h"
#include "model/topology.h"

namespace stargate::oracle {

/// What the events say, and nothing else: who holds each GPU, which jobs there are, which nodes are
/// well. note() answers with what is wrong with an event, or with nothing.
class EventBook {
 public:
  struct Job {
    QueueId queue;
    TenantId tenant;
    RequestId request;
    Duration estimate;
    bool holds = false;
    bool runs = false;
    bool stops = false;
    std::vector<NodeRange> ranges;
  };

  std::string note(const Event& event, const EventBatch& batch);
  /// What is wrong with the state, as far as the events tell. O(GPUs).
  std::string fault_of(const core::State& state) const;

  const std::map<JobId, Job>& jobs() const { return jobs_; }
  std::size_t queue_count() const { return queues_.size(); }
  std::uint32_t node_count(QueueId queue) const {
    return queues_[queue.value].topology->node_count();
  }
  std::uint32_t node_gpus(QueueId queue, NodeId node) const {
    return queues_[queue.value].topology->gpus(node);
  }
  std::size_t request_count() const { return requests_.size(); }
  std::uint64_t assigned() const { return assigned_; }

 private:
  struct Queue {
    std::shared_ptr<const Topology> topology;
    QueuePolicy policy;
    std::vector<Health> health;
    std::vector<GpuMask> unavailable;
    /// Of each GPU of each node.
    std::vector<std::vector<std::optional<JobId>>> holder;
  };

  std::string note(const event::QueueDefined& event, const EventBatch& batch);
  std::string note(const event::TenantDefined&, const EventBatch&) { return ""; }
  std::string note(const event::RequestDefined& event, const EventBatch& batch);
  std::string note(const event::RequestAdmitted&, const EventBatch&) { return ""; }
  std::string note(const event::HalfLifeSet&, const EventBatch&) { return ""; }
  std::string note(const event::JobQueued& event, const EventBatch&);
  std::string note(const event::JobRefused& event, const EventBatch&);
  std::string note(const event::CommandRefused& event, const EventBatch&);
  std::string note(const event::JobWaits& event, const EventBatch&);
  std::string note(const event::AllocationAssigned& event, const EventBatch& batch);
  std::string note(const event::AllocationRunning& event, const EventBatch&);
  std::string note(const event::StopRequested& event, const EventBatch&);
  std::string note(const event::WorkSaved& event, const EventBatch&);
  std::string note(const event::AllocationReleased& event, const EventBatch&);
  std::string note(const event::JobCancelled& event, const EventBatch&);
  std::string note(const event::HealthChanged& event, const EventBatch&);
  std::string note(const event::ReservationMade& event, const EventBatch& batch);
  std::string note(const event::ReservationStarted&, const EventBatch&) { return ""; }
  std::string note(const event::ReservationEnded&, const EventBatch&) { return ""; }
  std::string note(const event::UseDecayed&, const EventBatch&) { return ""; }
  std::string note(const event::ServiceLevelReached& event, const EventBatch&);
  std::string note(const event::Defined&, const EventBatch&) { return ""; }
  std::string note(const event::OrderOpened&, const EventBatch&) { return ""; }
  std::string note(const event::ActEntered&, const EventBatch&) { return ""; }
  std::string note(const event::PermissionsChanged&, const EventBatch&) { return ""; }
  std::string note(const event::WorkloadSubmitted& event, const EventBatch&);
  std::string note(const event::JobRouted& event, const EventBatch&);
  std::string note(const event::JobUnrouted& event, const EventBatch&);
  std::string note(const event::DemandUnmet& event, const EventBatch&);
  std::string note(const event::TransferStarted&, const EventBatch&) { return ""; }
  std::string note(const event::TransferEnded&, const EventBatch&) { return ""; }
  std::string note(const event::UnavailableChanged& event, const EventBatch&);

  std::string whole_gang_fault(const Job& job, std::span<const NodeRange> ranges) const;

  std::vector<Queue> queues_;
  std::vector<Request> requests_;
  std::map<JobId, Job> jobs_;
  std::uint64_t assigned_ = 0;
};

}  // namespace stargate::oracle
