#pragma once

#include <vector>

#include "core/state.h"
#include "placement/decision.h"
#include "placement/pass_cache.h"
#include "placement/route.h"

namespace stargate::core {

/// Commands in, events out. What a command does depends on the state and the command alone: no
/// clock, randomness, I/O, floating point or hash order. A decision is taken, becomes an event and is
/// applied before the next one is taken, so that the events of a command re-applied to the state
/// before it give the state after it.
class Engine {
 public:
  Engine() = default;
  explicit Engine(State state) : state_(std::move(state)) {}

  const State& state() const { return state_; }

  /// Appends the events of the command to `out`, which may hold those of commands before it; first
  /// those of whatever fell due by its instant; what is due at the very instant at which a job is
  /// reported to have ended comes after that end.
  /// REQUIRES: command.at is not before that of any command so far.
  void execute(const Command& command, EventBatch& out);

 private:
  template <class Body>
  void emit(Instant at, const Body& body) {
    out_->events.push_back({at, body});
    state_.apply(out_->events.back(), *out_);
  }
  void refuse(JobId job, Reason reason);

  void decide(const command::DefineQueue& command);
  void decide(const command::DefineTenant& command);
  void decide(const command::DefineRequest& command);
  void decide(const command::SetHalfLife& command);
  void decide(const command::Submit& command);
  void decide(const command::Cancel& command);
  void decide(const command::Started& command);
  void decide(const command::FailedToStart& command);
  void decide(const command::Checkpointed& command);
  void decide(const command::Stopped& command);
  void decide(const command::Exited& command);
  void decide(const command::Lost& command);
  void decide(const command::SetHealth& command);
  void decide(const command::SetUnavailable& command);
  void decide(const command::Reserve& command);
  void decide(const command::CancelReservation& command);
  void decide(const command::Advance& command);
  void decide(const command::Schedule& command);
  void decide(const command::Define& command);
  void decide(const command::OpenOrder& command);
  void decide(const command::EnterAct& command);
  void decide(const command::SubmitWorkload& command);
  void decide(const command::Propose& command);

  template <class SomePass>
  void run(SomePass& pass);
  void advance_until(Instant until);
  void release(const placement::Job& job, Duration saved, Reason reason);
  // Under contracts (engine_market.cpp).
  /// Makes what runs and waits fit what the book says now.
  void settle();
  void settle_if_stale();
  void settle_stages();
  void settle_jobs();
  /// Of workloads, in a queue and not asked to stop, where things may have changed for them. Ascending.
  std::vector<JobId> jobs_to_settle() const;
  /// What runs beyond a licence that has shrunk is stopped.
  void stop_unlicensed();
  void end_transfers();
  void route_unrouted();
  /// A job of a workload has left its place: those that its limits kept out are tried again.
  void route_limited();
  void route(JobId job);
  /// False: it was refused.
  bool change_health(const command::SetHealth& command);
  /// What waits in the queue goes where work is taken, if no node of it takes any.
  /// O(jobs in it x queues that they are permitted in).
  void leave(QueueId queue);
  /// The same of one job that waits. True: it went.
  bool leave_for_work(JobId job);
  /// What choose_route() chose for the job.
  void follow(JobId job, const placement::Route& route);
  /// The job's requests, in every queue that its contracts permit.
  void admit_requests(const placement::Job& job);
  void unroute(JobId job, Reason reason);
  void put(JobId job, QueueId queue, RequestId request, Duration estimate);
  void schedule(QueueId queue);
  void pull(QueueId queue);
  void begin_reservation(const placement::Reservation& reservation);
  void end_reservation(const placement::Reservation& reservation);
  void stop_intruders(const placement::Reservation& reservation, bool own_too);
  event::RangeSpan add_ranges(std::span<const NodeRange> ranges);
  placement::PassCache& cache(QueueId queue) {
    if (queue.value >= caches_.size()) caches_.resize(queue.value + 1);
    return caches_[queue.value];
  }

  State state_;
  // Caches and buffers: nothing that decides.
  std::vector<placement::PassCache> caches_;
  /// By WorkloadId: the Market's version of what nothing was found for its jobs with.
  std::vector<std::uint64_t> tried_;
  placement::Decision decision_;
  Instant at_;
  EventBatch* out_ = nullptr;
};

}  // namespace stargate::core
