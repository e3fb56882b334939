// Commands about contracts, and what follows when they change.

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "agreement/clauses/reservation.h"
#include "core/engine.h"
#include "core/proposal.h"
#include "placement/victims.h"

namespace stargate::core {

using agreement::StageRun;
using placement::Job;
using placement::Market;
using placement::Phase;
using placement::Queue;
using placement::Route;
using placement::Transfer;

namespace {

/// What nodes of a run are to a scheduler.
Health health_of(const StageRun& run) {
  const bool gone = run.supplier_failed || run.state == CapacityState::kSuspended ||
                    run.state == CapacityState::kCancelled || run.state == CapacityState::kRetired;
  if (gone) return Health::kFailed;
  if (run.state == CapacityState::kAccepted) return Health::kHealthy;
  return run.early_use ? Health::kDegraded : Health::kDrained;
}

/// A run's end within its stage, and what its nodes are.
struct Span {
  std::uint32_t end;
  Health health;
};

std::vector<Span> spans_of(const std::vector<StageRun>& runs) {
  std::vector<Span> spans;
  std::uint32_t end = 0;
  for (const StageRun& run : runs) spans.push_back({end += run.nodes, health_of(run)});
  return spans;
}

}  // namespace

void Engine::decide(const command::Define& command) {
  const Reason reason = state_.scheduling().market.book.check(command.definition);
  if (reason != Reason::kNone) return refuse({}, reason);
  out_->definitions.push_back(command.definition);
  emit(at_, event::Defined{static_cast<std::uint32_t>(out_->definitions.size() - 1)});
  if (!state_.scheduling().market.places.empty()) settle_if_stale();
}

void Engine::decide(const command::OpenOrder& command) {
  const auto& scheduling = state_.scheduling();
  const Market& market = scheduling.market;
  if (command.order.value >= market.book.orders().size()) return refuse({}, Reason::kUnknown);
  command::DefineQueue queue;
  queue.queue = command.queue;
  queue.name = market.book.orders()[command.order.value].name;
  queue.policy = command.policy;
  for (const StageId id : market.book.stages_of(command.order)) {
    const Stage& stage = market.book.stages()[id.value];
    const auto& places = market.stage_places;
    if (id.value < places.size() && is_set(places[id.value].queue)) continue;
    queue.fleet.groups.insert(queue.fleet.groups.end(), stage.fleet.groups.begin(),
                              stage.fleet.groups.end());
  }
  if (queue.fleet.groups.empty()) return refuse({}, Reason::kNotNow);
  const std::size_t queues = scheduling.queues.size();
  decide(queue);
  if (scheduling.queues.size() == queues) return;  // refused
  emit(at_, event::OrderOpened{command.order, command.queue});
  // Nothing is accepted in a queue that is new: settle() gives what is.
  emit(at_, event::HealthChanged{command.queue,
                                 {0},
                                 scheduling.queues.back().fleet.topology().node_count(),
                                 Health::kDrained});
  settle();
}

void Engine::decide(const command::EnterAct& command) {
  const Reason reason = state_.scheduling().market.book.check(command.act, at_);
  if (reason != Reason::kNone) return refuse({}, reason);
  settle_if_stale();
  out_->acts.push_back(command.act);
  emit(at_, event::ActEntered{static_cast<std::uint32_t>(out_->acts.size() - 1)});
  settle();
}

void Engine::decide(const command::Propose& command) {
  std::vector<Act> offers;
  const Reason refusal = offers_of(state_.scheduling().market.book, command, at_, offers);
  if (refusal != Reason::kNone) return refuse({}, refusal);
  for (Act& offer : offers) decide(command::EnterAct{std::move(offer)});
}

void Engine::decide(const command::SubmitWorkload& command) {
  const auto& scheduling = state_.scheduling();
  if (command.workload.value >= scheduling.market.book.workloads().size() ||
      command.tenant.value >= scheduling.tenants.size() ||
      command.request.value >= scheduling.requests.size() ||
      command.early_request.value >= scheduling.requests.size()) {
    return refuse(command.job, Reason::kUnknown);
  }
  if (!is_length(command.estimate) || !is_length(command.checkpoint_interval) ||
      !scheduling.jobs.may_add(command.job)) {
    return refuse(command.job, Reason::kInvalid);
  }
  settle_if_stale();
  emit(at_, event::WorkloadSubmitted{command.job, command.workload, command.tenant, command.request,
                                     command.early_request, command.priority, command.estimate,
                                     command.checkpoint_interval});
  route(command.job);
  // One more of them leaves more room within a limit on their share.
  const Workload& workload = scheduling.market.book.workloads()[command.workload.value];
  if (workload.supplier_share_max_ppm < kWhole) route_limited();
}

void Engine::settle_if_stale() {
  if (state_.scheduling().market.stale) settle();
}

void Engine::settle() {
  emit(at_, event::PermissionsChanged{});
  settle_stages();
  settle_jobs();
  stop_unlicensed();
  route_unrouted();
}

void Engine::settle_stages() {
  const Market& market = state_.scheduling().market;
  for (const auto& [stage, before] : market.changes.stages) {
    const Market::StagePlace place = market.stage_places[stage.value];
    const std::vector<Span> old_spans = spans_of(before);
    const std::vector<Span> new_spans = spans_of(market.stage_runs[stage.value]);
    std::size_t o = 0;
    std::size_t n = 0;
    for (std::uint32_t node = 0; node < place.nodes;) {
      while (old_spans[o].end <= node) ++o;
      while (new_spans[n].end <= node) ++n;
      const std::uint32_t end = std::min(old_spans[o].end, new_spans[n].end);
      if (old_spans[o].health != new_spans[n].health) {
        change_health({place.queue, {place.first + node}, end - node, new_spans[n].health});
      }
      node = end;
    }
  }
}

std::vector<JobId> Engine::jobs_to_settle() const {
  const auto& scheduling = state_.scheduling();
  const placement::MarketChanges& changes = scheduling.market.changes;
  std::vector<JobId> jobs;
  const auto add = [&](std::uint32_t slot) {
    const Job& job = scheduling.jobs[slot];
    if (is_set(job.workload) && is_set(job.queue) && job.phase != Phase::kStopping) {
      jobs.push_back(job.id);
    }
  };
  if (changes.is_all) {
    scheduling.jobs.for_each(add);
    return jobs;
  }
  for (const QueueId id : changes.queues) {
    const Queue& queue = scheduling.queues[id.value];
    for (const placement::PendingTree& tree : queue.pending) {
      tree.for_each([&](const placement::QueueKey&, const placement::PendingItem& item) {
        add(item.slot);
        return true;
      });
    }
    queue.held.for_each([&](const placement::EndKey&, const placement::HeldItem& item) {
      add(item.slot);
      return true;
    });
  }
  std::ranges::sort(jobs);
  return jobs;
}

void Engine::settle_jobs() {
  const auto& scheduling = state_.scheduling();
  const Market& market = scheduling.market;
  std::vector<std::pair<JobId, Reason>> to_unroute;
  std::vector<event::StopRequested> to_stop;
  std::map<QueueId, ClauseId> taken_back;
  const auto taken_back_by = [&](QueueId queue) {
    const auto [found, is_new] = taken_back.try_emplace(queue, kNo<ClauseId>);
    if (is_new) {
      found->second =
          agreement::taken_back_by(market.book, market.places[queue.value].order, {at_, at_});
    }
    return found->second;
  };
  for (const JobId id : jobs_to_settle()) {
    const Job& job = *scheduling.jobs.find(id);
    // What waits is asked for as it may run there now: on what is in acceptance, too, or not.
    const bool stays = job.phase == Phase::kQueued
                           ? placement::may_wait(scheduling, job, job.queue) &&
                                 job.request == placement::request_in(market, job, job.queue)
                           : market.permits(job.workload, job.queue);
    if (stays) continue;
    const ClauseId clause = taken_back_by(job.queue);
    const Reason reason = is_set(clause) ? Reason::kTakenBack : Reason::kNoLongerPermitted;
    if (job.phase == Phase::kQueued) {
      to_unroute.emplace_back(job.id, reason);
    } else {
      to_stop.push_back({job.id, job.id, reason, clause});
    }
  }
  for (const auto& [job, reason] : to_unroute) unroute(job, reason);
  for (const event::StopRequested& stop : to_stop) {
    cache(scheduling.jobs.find(stop.job)->queue).forget();
    emit(at_, stop);
  }
}

void Engine::stop_unlicensed() {
  const auto& scheduling = state_.scheduling();
  for (const placement::UnitsLimit& limit : scheduling.market.limits) {
    for (const std::uint32_t slot : placement::plan_licence(scheduling, limit, at_)) {
      const Job& job = scheduling.jobs[slot];
      cache(job.queue).forget();
      emit(at_, event::StopRequested{job.id, job.id, Reason::kUnitsUsed, limit.clause});
    }
  }
}

void Engine::end_transfers() {
  const auto& transfers = state_.scheduling().market.transfers;
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    const Transfer transfer = transfers[i];
    if (!transfer.ended && transfer.until <= at_) {
      emit(at_, event::TransferEnded{transfer.data, transfer.site});
    }
  }
}

void Engine::route_unrouted() {
  const auto& scheduling = state_.scheduling();
  const Market& market = scheduling.market;
  // 1. Jobs of the workloads for which something changed since nothing was found.
  const std::vector<std::uint64_t> versions = market.route_versions;
  tried_.resize(versions.size());
  std::vector<JobId> jobs;
  std::vector<WorkloadId> workloads;
  for (std::uint32_t w = 0; w < versions.size(); ++w) {
    const std::vector<JobId>& waiting = market.unrouted_of[w];
    if (waiting.empty() || tried_[w] == versions[w]) continue;
    workloads.push_back({w});
    jobs.insert(jobs.end(), waiting.begin(), waiting.end());
  }
  const auto key = [&](JobId id) {
    return std::pair(-std::int64_t{scheduling.jobs.find(id)->priority}, id);
  };
  std::ranges::sort(jobs, {}, key);
  // 2. Where one finds none, others that ask for the same do not either, until one is put.
  struct Nowhere {
    std::tuple<TenantId, RequestId, RequestId> asked;
    Route route;
  };
  std::map<WorkloadId, Nowhere> nowhere;
  for (const JobId id : jobs) {
    const Job& job = *scheduling.jobs.find(id);
    const WorkloadId workload = job.workload;
    const std::tuple asked{job.tenant, job.written_request, job.early_request};
    const auto known = nowhere.find(workload);
    if (known != nowhere.end() && known->second.asked == asked) {
      follow(id, known->second.route);
      continue;
    }
    admit_requests(job);
    const Route chosen = placement::choose_route(scheduling, job, at_);
    follow(id, chosen);
    if (is_set(chosen.queue)) {
      nowhere.clear();
    } else {
      nowhere.insert_or_assign(workload, Nowhere{asked, chosen});
    }
  }
  for (const WorkloadId workload : workloads) {
    if (market.is_bound_by_versions(workload)) {
      tried_[workload.value] = versions[workload.value];
    }
  }
}

void Engine::route_limited() {
  if (state_.scheduling().market.limited_jobs > 0) route_unrouted();
}

void Engine::unroute(JobId job, Reason reason) {
  const QueueId queue = state_.scheduling().jobs.find(job)->queue;
  cache(queue).forget();
  emit(at_, event::JobUnrouted{job, reason});
}

void Engine::put(JobId id, QueueId queue, RequestId request, Duration estimate) {
  const Job& job = *state_.scheduling().jobs.find(id);
  // What is saved is as large a part of the whole there as it was here.
  Duration saved = job.saved;
  if (job.estimate.us > 0 && job.estimate != estimate) {
    saved.us = static_cast<std::int64_t>(Int128{job.saved.us} * estimate.us / job.estimate.us);
  }
  emit(at_, event::JobRouted{id, queue, request, estimate, std::min(saved, estimate)});
  cache(queue).on_queued(state_.scheduling().jobs.slot_of(id));
}

void Engine::admit_requests(const Job& job) {
  while (const auto unknown = placement::unknown_request(state_.scheduling(), job)) {
    emit(at_, event::RequestAdmitted{unknown->first, unknown->second});
    cache(unknown->first).forget();
  }
}

void Engine::route(JobId id) {
  const auto& scheduling = state_.scheduling();
  const Job& job = *scheduling.jobs.find(id);
  admit_requests(job);
  follow(id, placement::choose_route(scheduling, job, at_));
}

void Engine::follow(JobId id, const Route& chosen) {
  const Job& job = *state_.scheduling().jobs.find(id);
  if (is_set(chosen.queue)) return put(id, chosen.queue, chosen.request, chosen.estimate);
  if (is_set(chosen.data)) {
    const Market& market = state_.scheduling().market;
    const bool on_its_way = std::any_of(
        market.transfers.begin(), market.transfers.end(), [&](const Transfer& transfer) {
          return transfer.data == chosen.data && transfer.site == chosen.site;
        });
    const auto length = market.transfer_length(chosen.data, chosen.site);
    if (!on_its_way && length) {
      emit(at_, event::TransferStarted{chosen.data, chosen.site, at_ + *length});
    }
  }
  if (job.unmet != chosen.reason || job.unmet_by != chosen.clause) {
    emit(at_, event::DemandUnmet{id, chosen.reason, chosen.clause});
  }
}

bool Engine::leave_for_work(JobId id) {
  const auto& scheduling = state_.scheduling();
  const Job& job = *scheduling.jobs.find(id);
  const auto is_taken_in = [&](QueueId queue, RequestId request) {
    return placement::takes_work(scheduling.queues[queue.value],
                                 scheduling.requests[request.value]);
  };
  if (!is_set(job.workload) || is_taken_in(job.queue, job.request)) return false;
  admit_requests(job);
  const Route chosen = placement::choose_route(scheduling, job, at_);
  if (!is_set(chosen.queue) || !is_taken_in(chosen.queue, chosen.request)) return false;
  unroute(id, Reason::kRoutedElsewhere);
  put(id, chosen.queue, chosen.request, chosen.estimate);
  return true;
}

void Engine::leave(QueueId id) {
  const auto& scheduling = state_.scheduling();
  const Queue& queue = scheduling.queues[id.value];
  if (queue.pending_jobs == 0 || !scheduling.market.is_of_order(id) ||
      queue.unhealthy_nodes < queue.fleet.topology().node_count()) {
    return;
  }
  std::vector<JobId> jobs;
  for (const placement::PendingTree& tree : queue.pending) {
    tree.for_each([&](const placement::QueueKey&, const placement::PendingItem& item) {
      jobs.push_back(scheduling.jobs[item.slot].id);
      return true;
    });
  }
  bool left = false;
  for (const JobId job : jobs) left = leave_for_work(job) || left;
  if (left) route_limited();
}

void Engine::pull(QueueId queue) {
  // How many of each other queue's first jobs are looked at.
  constexpr std::size_t kLook = 32;
  const auto& scheduling = state_.scheduling();
  for (bool moved = true; moved;) {
    moved = false;
    if (scheduling.queues[queue.value].pending_jobs > 0) return;
    for (const Queue& other : scheduling.queues) {
      if (other.id == queue || other.pending_jobs == 0 ||
          !scheduling.market.is_of_order(other.id)) {
        continue;
      }
      std::vector<JobId> first;
      for (const placement::PendingTree& tree : other.pending) {
        tree.for_each([&](const placement::QueueKey&, const placement::PendingItem& item) {
          first.push_back(scheduling.jobs[item.slot].id);
          return first.size() < kLook;
        });
      }
      for (const JobId id : first) {
        const Job& job = *scheduling.jobs.find(id);
        if (!is_set(job.workload) || !scheduling.market.permits(job.workload, queue)) continue;
        admit_requests(job);
        const RequestId request = placement::request_in(scheduling.market, job, queue);
        if (!placement::may_move(scheduling, job, queue) ||
            !scheduling.queues[queue.value].fits_now(request, scheduling.requests[request.value])) {
          continue;
        }
        const Duration estimate = placement::estimate_in(scheduling.market, job, queue);
        unroute(id, Reason::kRoutedElsewhere);
        put(id, queue, request, estimate);
        schedule(queue);
        moved = true;
        break;
      }
      if (moved) break;
    }
  }
}

}  // namespace stargate::core
