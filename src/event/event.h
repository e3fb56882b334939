#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "event/command.h"
#include "model/node_range.h"
#include "model/reason.h"

// What happened: the language of the ledger, and the only thing that changes state. Events of one
// batch share one pool of node ranges, so that an event is small and is copied byte by byte.

namespace stargate {
namespace event {

/// Of EventBatch::ranges.
struct RangeSpan {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// Definitions stand in the batch (EventBatch::queues and so on), at `index`.
struct QueueDefined {
  std::uint32_t index = 0;
};
struct TenantDefined {
  std::uint32_t index = 0;
};
struct RequestDefined {
  std::uint32_t index = 0;
};
/// The first job of its kind comes to the queue: its fleet is indexed for such requests.
struct RequestAdmitted {
  QueueId queue;
  RequestId request;
};
struct HalfLifeSet {
  Duration half_life;
};
struct JobQueued {
  JobId job;
  QueueId queue;
  TenantId tenant;
  RequestId request;
  std::int32_t priority = 0;
  Duration estimate;
  Duration checkpoint_interval;
};
/// A definition, at `index` of EventBatch::definitions, is part of the world of contracts.
struct Defined {
  std::uint32_t index = 0;
};
/// The queue that was defined just before holds the order's stages that had none.
struct OrderOpened {
  OrderId order;
  QueueId queue;
};
/// An act, at `index` of EventBatch::acts, stands in the book.
struct ActEntered {
  std::uint32_t index = 0;
};
/// What may run where is as it stands in the book at this instant.
struct PermissionsChanged {};
/// A job of a workload is there; it waits for no order yet.
struct WorkloadSubmitted {
  JobId job;
  WorkloadId workload;
  TenantId tenant;
  RequestId request;
  RequestId early_request;
  std::int32_t priority = 0;
  Duration estimate;
  Duration checkpoint_interval;
};
/// The job waits in the queue, with its lengths in the time of that order's accelerators.
struct JobRouted {
  JobId job;
  QueueId queue;
  RequestId request;
  Duration estimate;
  Duration saved;
};
/// The job waits in no queue any more.
struct JobUnrouted {
  JobId job;
  Reason reason = Reason::kNone;
};
/// No order takes the job: unmet demand, when that, its reason or the clause that decides it is new.
/// `clause`: kNo where none decides.
struct DemandUnmet {
  JobId job;
  Reason reason = Reason::kNone;
  ClauseId clause = kNo<ClauseId>;
};
struct TransferStarted {
  DataId data;
  SiteId site;
  Instant until;
};
struct TransferEnded {
  DataId data;
  SiteId site;
};
/// The job is not admitted; it is forgotten.
struct JobRefused {
  JobId job;
  Reason reason = Reason::kNone;
};
/// A command about a job, a node or a reservation that does not fit what is known.
struct CommandRefused {
  JobId job;
  Reason reason = Reason::kNone;
};
/// The first job of a queue that cannot start, when it or its reason is new.
struct JobWaits {
  JobId job;
  Reason reason = Reason::kNone;
};
/// GPUs are held from here until AllocationReleased; the executor is asked to start the job.
struct AllocationAssigned {
  JobId job;
  RangeSpan ranges;
};
struct AllocationRunning {
  JobId job;
};
/// The executor is asked to stop the job, for `beneficiary`.
struct StopRequested {
  JobId job;
  JobId beneficiary;
  Reason reason = Reason::kNone;
  ClauseId clause = kNo<ClauseId>;  ///< set where names_clause(reason)
};
struct WorkSaved {
  JobId job;
  Duration saved;
};
/// The GPUs are free. kExited and kCancelled end the job; otherwise it queues again, with `saved`
/// work done.
struct AllocationReleased {
  JobId job;
  Duration saved;
  Reason reason = Reason::kNone;
};
/// A queued job was withdrawn.
struct JobCancelled {
  JobId job;
};
struct HealthChanged {
  QueueId queue;
  NodeId first;
  std::uint32_t count = 0;
  Health health = Health::kHealthy;
};
/// These GPUs of each of the nodes, and no others of them, are not to be placed on.
struct UnavailableChanged {
  QueueId queue;
  NodeId first;
  std::uint32_t count = 0;
  GpuMask gpus = 0;
};
struct ReservationMade {
  ReservationId reservation;
  QueueId queue;
  TenantId tenant;
  Instant from;
  Instant until;
  RangeSpan ranges;
};
struct ReservationStarted {
  ReservationId reservation;
};
struct ReservationEnded {
  ReservationId reservation;
};
/// One decay step of every tenant's past use.
struct UseDecayed {};
/// A running job's attained service has crossed a threshold of `las`.
struct ServiceLevelReached {
  JobId job;
  std::uint32_t level = 0;
};

}  // namespace event

struct Event {
  using Body = std::variant<
      event::QueueDefined, event::TenantDefined, event::RequestDefined, event::RequestAdmitted,
      event::HalfLifeSet, event::JobQueued, event::JobRefused, event::CommandRefused,
      event::JobWaits, event::AllocationAssigned, event::AllocationRunning, event::StopRequested,
      event::WorkSaved, event::AllocationReleased, event::JobCancelled, event::HealthChanged,
      event::ReservationMade, event::ReservationStarted, event::ReservationEnded, event::UseDecayed,
      event::ServiceLevelReached, event::Defined, event::OrderOpened, event::ActEntered,
      event::PermissionsChanged, event::WorkloadSubmitted, event::JobRouted, event::JobUnrouted,
      event::DemandUnmet, event::TransferStarted, event::TransferEnded, event::UnavailableChanged>;
  Instant at;
  Body body;
};

/// Events in order, with what they point to. Cleared and used again, it allocates nothing.
struct EventBatch {
  std::vector<Event> events;
  std::vector<NodeRange> ranges;
  std::vector<command::DefineQueue> queues;
  std::vector<TenantSpec> tenants;
  std::vector<command::DefineRequest> requests;
  std::vector<Definition> definitions;
  std::vector<Act> acts;

  std::span<const NodeRange> ranges_of(event::RangeSpan span) const {
    return std::span(ranges).subspan(span.first, span.count);
  }
  void clear() {
    events.clear();
    ranges.clear();
    queues.clear();
    tenants.clear();
    requests.clear();
    definitions.clear();
    acts.clear();
  }
};

}  // namespace stargate
