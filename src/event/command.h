#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/act.h"
#include "model/health.h"
#include "model/node_range.h"
#include "model/policy.h"
#include "model/request.h"
#include "model/topology.h"

// What is asked of the engine, and what is reported to it. Every command carries its instant; the
// instants of one engine's commands never go back.

namespace stargate {

/// A tenant's place in the tree and its quota. TenantId{0} is the root, which always exists.
struct TenantSpec {
  TenantId tenant;
  TenantId parent;
  std::uint64_t weight = 1;  ///< share among its siblings; > 0
  std::uint32_t cohort = 0;  ///< 0: no quota
  std::uint64_t guaranteed_gpus = 0;
  std::uint64_t borrow_gpus_max = 0;  ///< beyond the guaranteed, from what its cohort leaves unused

  friend bool operator==(const TenantSpec&, const TenantSpec&) = default;
};

/// The parent comes before the tenant, and every number is within its range.
bool is_valid(const TenantSpec& spec);

namespace command {

/// Queues, tenants and requests are numbered from 0 in the order of their definition.
struct DefineQueue {
  QueueId queue;
  std::string name;
  FleetSpec fleet;
  QueuePolicy policy;
  friend bool operator==(const DefineQueue&, const DefineQueue&) = default;
};
struct DefineTenant {
  TenantSpec spec;
  friend bool operator==(const DefineTenant&, const DefineTenant&) = default;
};
struct DefineRequest {
  RequestId id;
  Request request;
  friend bool operator==(const DefineRequest&, const DefineRequest&) = default;
};
/// The half-life of past use, for `fair-share`; zero: use is never forgotten.
struct SetHalfLife {
  Duration half_life;
  friend bool operator==(const SetHalfLife&, const SetHalfLife&) = default;
};
struct Submit {
  JobId job;
  QueueId queue;
  TenantId tenant;
  RequestId request;
  std::int32_t priority = 0;
  Duration estimate;
  /// Work is saved each time it has run for this long; zero: when it is asked to stop.
  Duration checkpoint_interval;
  friend bool operator==(const Submit&, const Submit&) = default;
};
/// Adds to the world of contracts (model/market.h): it has the next number of its kind.
struct Define {
  Definition definition;
  friend bool operator==(const Define&, const Define&) = default;
};
/// Makes a queue of the order's stages that have none yet. Its nodes take work as they are accepted.
struct OpenOrder {
  OrderId order;
  QueueId queue;
  QueuePolicy policy;
  friend bool operator==(const OpenOrder&, const OpenOrder&) = default;
};
/// When a reply to an offer that is made now under the first refusal is due; a driver knows calendars.
struct ReplyDue {
  ClauseId clause;
  Instant reply_by;
  friend bool operator==(const ReplyDue&, const ReplyDue&) = default;
};
/// An order that nobody has signed is wanted for a workload: it is offered, on the terms, to the
/// holder of each first refusal that stands in its way, and to nobody where none does. The first offer
/// has the name `offer`, the next ones with -2, -3... after it. `replies` has the deadline of each
/// first refusal. Refused: kForbidden, where a clause forbids such an order; kNotNow, where it is
/// signed.
struct Propose {
  OrderId order;
  WorkloadId workload;
  Terms terms;
  std::string offer;
  std::vector<ReplyDue> replies;
  friend bool operator==(const Propose&, const Propose&) = default;
};
/// An act enters the book, at the command's instant.
struct EnterAct {
  Act act;
  friend bool operator==(const EnterAct&, const EnterAct&) = default;
};
/// A job of a workload: the engine chooses the order that it waits for and runs on. `estimate` is
/// for an accelerator of speed 1. `early_request` is what it asks for where its agreement lets it
/// use what is still in acceptance.
struct SubmitWorkload {
  JobId job;
  WorkloadId workload;
  TenantId tenant;
  RequestId request;
  RequestId early_request;
  std::int32_t priority = 0;
  Duration estimate;
  Duration checkpoint_interval;
  friend bool operator==(const SubmitWorkload&, const SubmitWorkload&) = default;
};
struct Cancel {
  JobId job;
  friend bool operator==(const Cancel&, const Cancel&) = default;
};
/// Reports about a job's allocation. `Stopped` answers a request to stop and says how much work is
/// saved in all; `Checkpointed` says the same of a job that goes on.
struct Started {
  JobId job;
  friend bool operator==(const Started&, const Started&) = default;
};
struct FailedToStart {
  JobId job;
  friend bool operator==(const FailedToStart&, const FailedToStart&) = default;
};
struct Checkpointed {
  JobId job;
  Duration saved;
  friend bool operator==(const Checkpointed&, const Checkpointed&) = default;
};
struct Stopped {
  JobId job;
  Duration saved;
  friend bool operator==(const Stopped&, const Stopped&) = default;
};
struct Exited {
  JobId job;
  friend bool operator==(const Exited&, const Exited&) = default;
};
/// The allocation is gone without the job having ended; it queues again with what was saved.
struct Lost {
  JobId job;
  Duration saved;
  friend bool operator==(const Lost&, const Lost&) = default;
};
struct SetHealth {
  QueueId queue;
  NodeId first;
  std::uint32_t count = 1;
  Health health = Health::kHealthy;
  friend bool operator==(const SetHealth&, const SetHealth&) = default;
};
/// GPUs of each of some nodes in a row that are not ours to use: by others in use, or not there.
/// Nothing is placed on them; an allocation that holds some goes on.
struct SetUnavailable {
  QueueId queue;
  NodeId first;
  std::uint32_t count = 1;
  GpuMask gpus = 0;  ///< all such of a node; 0: none
  friend bool operator==(const SetUnavailable&, const SetUnavailable&) = default;
};
/// Keeps whole nodes of a queue for one tenant, from an instant until another.
struct Reserve {
  ReservationId reservation;
  QueueId queue;
  TenantId tenant;
  std::uint32_t nodes = 0;
  Instant from;
  Instant until;
  friend bool operator==(const Reserve&, const Reserve&) = default;
};
struct CancelReservation {
  ReservationId reservation;
  friend bool operator==(const CancelReservation&, const CancelReservation&) = default;
};
/// Whatever is due by now happens: reservations begin and end, use decays, service levels change.
struct Advance {
  friend bool operator==(const Advance&, const Advance&) = default;
};
/// One scheduling pass over the queue.
struct Schedule {
  QueueId queue;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

}  // namespace command

struct Command {
  using Body =
      std::variant<command::DefineQueue, command::DefineTenant, command::DefineRequest,
                   command::SetHalfLife, command::Submit, command::Cancel, command::Started,
                   command::FailedToStart, command::Checkpointed, command::Stopped, command::Exited,
                   command::Lost, command::SetHealth, command::Reserve, command::CancelReservation,
                   command::Advance, command::Schedule, command::Define, command::OpenOrder,
                   command::EnterAct, command::SubmitWorkload, command::Propose,
                   command::SetUnavailable>;
  Instant at;
  Body body;

  friend bool operator==(const Command&, const Command&) = default;
};

}  // namespace stargate
