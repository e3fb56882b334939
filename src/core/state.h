#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event/event.h"
#include "placement/scheduling.h"

namespace stargate::core {

/// What a snapshot may ask for at most: a few of its bytes stand for a large fleet.
struct SnapshotLimits {
  std::uint64_t nodes_max = std::uint64_t{1} << 32;    ///< of all queues together
  std::uint64_t job_ids_max = std::uint64_t{1} << 40;  ///< the number after the last job's
};

/// Everything that decisions depend on. Only apply() changes it. A copy is a fork: flat arrays, no
/// work per job or node beyond copying them.
class State {
 public:
  const placement::Scheduling& scheduling() const { return scheduling_; }
  Instant now() const { return now_; }
  std::uint64_t events_applied() const { return events_applied_; }

  /// Total: every event that decide() produced can be applied to the state that it was produced
  /// from; one that does not fit aborts. `batch` holds what the event points to.
  void apply(const Event& event, const EventBatch& batch);

  /// The first instant at which something is due: command::Advance is to be given then. kNever
  /// where nothing is.
  Instant next_instant() const;

  /// The job that reaches a service level of `las` first. REQUIRES: next_instant() is its.
  JobId next_service_level_job() const { return service_due_.first()->key.job; }

  /// A versioned image of the state: equal states have equal bytes, and restore() of it gives an
  /// equal state. Ends with the SHA-256 of the rest.
  std::string snapshot() const;
  /// Throws InputError where the bytes are no snapshot of this version, are damaged, or say what no
  /// state could. REQUIRES of the state that was written: its instants are ones that input may name
  /// (base/time.h), and nothing was due before its `now`.
  static State restore(const std::string& bytes, const SnapshotLimits& limits = {});

 private:
  friend class SnapshotReader;

  void apply(const event::QueueDefined& event, const EventBatch& batch);
  void apply(const event::TenantDefined& event, const EventBatch& batch);
  void apply(const event::RequestDefined& event, const EventBatch& batch);
  void apply(const event::RequestAdmitted& event, const EventBatch& batch);
  void apply(const event::HalfLifeSet& event, const EventBatch& batch);
  void apply(const event::JobQueued& event, const EventBatch& batch);
  void apply(const event::JobRefused& event, const EventBatch& batch);
  void apply(const event::CommandRefused& event, const EventBatch& batch);
  void apply(const event::JobWaits& event, const EventBatch& batch);
  void apply(const event::AllocationAssigned& event, const EventBatch& batch);
  void apply(const event::AllocationRunning& event, const EventBatch& batch);
  void apply(const event::StopRequested& event, const EventBatch& batch);
  void apply(const event::WorkSaved& event, const EventBatch& batch);
  void apply(const event::AllocationReleased& event, const EventBatch& batch);
  void apply(const event::JobCancelled& event, const EventBatch& batch);
  void apply(const event::HealthChanged& event, const EventBatch& batch);
  void apply(const event::UnavailableChanged& event, const EventBatch& batch);
  void apply(const event::ReservationMade& event, const EventBatch& batch);
  void apply(const event::ReservationStarted& event, const EventBatch& batch);
  void apply(const event::ReservationEnded& event, const EventBatch& batch);
  void apply(const event::UseDecayed& event, const EventBatch& batch);
  void apply(const event::ServiceLevelReached& event, const EventBatch& batch);
  void apply(const event::Defined& event, const EventBatch& batch);
  void apply(const event::OrderOpened& event, const EventBatch& batch);
  void apply(const event::ActEntered& event, const EventBatch& batch);
  void apply(const event::PermissionsChanged& event, const EventBatch& batch);
  void apply(const event::WorkloadSubmitted& event, const EventBatch& batch);
  void apply(const event::JobRouted& event, const EventBatch& batch);
  void apply(const event::JobUnrouted& event, const EventBatch& batch);
  void apply(const event::DemandUnmet& event, const EventBatch& batch);
  void apply(const event::TransferStarted& event, const EventBatch& batch);
  void apply(const event::TransferEnded& event, const EventBatch& batch);

  placement::Job& job_of(JobId id, std::uint32_t& slot);
  void set_estimated_end(placement::Queue& queue, const placement::Job& job, std::uint32_t slot,
                         Instant end);
  void track_service(const placement::Queue& queue, const placement::Job& job, std::uint32_t slot);
  void untrack_service(const placement::Job& job);
  void enqueue(placement::Queue& queue, const placement::Job& job, std::uint32_t slot);
  void dequeue(placement::Queue& queue, const placement::Job& job);
  void forget_workload_job(const placement::Job& job);

  placement::Scheduling scheduling_;
  Instant now_{INT64_MIN};
  std::uint64_t events_applied_ = 0;
  /// The definitions of the market as they came, encoded (event/codec.h).
  std::string definitions_;
  std::uint64_t definition_count_ = 0;
  /// When the next running job of a `las` queue reaches the next level.
  placement::HeldTree service_due_;
};

}  // namespace stargate::core
