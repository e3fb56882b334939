#include "oracle/random_history.h"

#include <algorithm>

#include "placement/backfill/backfill.h"

namespace stargate::oracle {
namespace {

constexpr std::uint32_t kQueues = 2;
constexpr std::uint32_t kTenants = 4;
constexpr std::uint32_t kRequests = 6;

}  // namespace

Command RandomHistory::next(const core::State& state) {
  if (definitions_ < kQueues + kTenants + kRequests + 1) return {now_, define(state)};
  if (any(3) == 0) now_ = now_ + Duration{minutes(20).us * any(1000) / 1000};
  if (state.next_instant() <= now_) return {now_, command::Advance{}};
  return {now_, act(state)};
}

Command::Body RandomHistory::define(const core::State& state) {
  const std::uint32_t number = definitions_++;
  if (number < kQueues) {
    command::DefineQueue queue{{number}, "queue " + std::to_string(number), {}, policy_};
    queue.fleet.groups.push_back({1 + any(3), 1 + any(4), 8, {0}, Level::kSite});
    queue.fleet.groups.push_back({1 + any(2), 2, 4, {1}, Level::kBlock});
    queue.policy.restart_overhead = seconds(any(3) * 60);
    return queue;
  }
  if (number < kQueues + kTenants) {
    TenantSpec tenant;
    tenant.tenant.value = static_cast<std::uint32_t>(state.scheduling().tenants.size());
    tenant.parent.value = any(tenant.tenant.value);
    tenant.weight = 1 + any(4);
    if (prng_.below(3) == 0) {
      tenant.cohort = 1 + any(2);
      tenant.guaranteed_gpus = any(40);
      tenant.borrow_gpus_max = any(40);
    }
    return command::DefineTenant{tenant};
  }
  if (number == kQueues + kTenants) return command::SetHalfLife{hours(any(3) * 12)};
  const auto id = static_cast<std::uint32_t>(state.scheduling().requests.size());
  return command::DefineRequest{{id}, request()};
}

Request RandomHistory::request() {
  Request request;
  request.parts.resize(any(5) == 0 ? 2 : 1);
  for (Part& part : request.parts) {
    switch (any(3)) {
      case 0: part.nodes = 1 + any(3); break;
      case 1:
        part.gpus_per_node = 1 + any(8);
        part.gpus = part.gpus_per_node * (1 + any(3));
        break;
      default: part.gpus = 1 + any(12); break;
    }
    if (any(4) == 0) part.kinds = KindMask{1} << any(2);
  }
  request.locality.level = static_cast<Level>(any(kLevelCount));
  request.locality.must = any(4) == 0;
  request.accepts_degraded = any(3) == 0;
  return request;
}

Command::Body RandomHistory::submit(const core::State& state) {
  command::Submit submit;
  submit.job.value = next_job_;
  next_job_ += 1 + (any(10) == 0 ? any(5000) : 0);
  submit.queue.value = any(kQueues);
  submit.tenant.value = any(state.scheduling().tenants.size());
  submit.request.value = any(state.scheduling().requests.size());
  submit.priority = static_cast<std::int32_t>(any(5)) - 2;
  submit.estimate = minutes(any(300));
  submit.checkpoint_interval = any(2) == 0 ? minutes(any(60)) : Duration{};
  return submit;
}

Command::Body RandomHistory::reserve(const core::State& state) {
  const Instant from = now_ + minutes(any(120));
  return command::Reserve{{next_reservation_++},
                          {any(kQueues)},
                          {any(state.scheduling().tenants.size())},
                          1 + any(3),
                          from,
                          from + minutes(1 + any(240))};
}

Command::Body RandomHistory::act(const core::State& state) {
  const std::uint32_t kind = any(100);
  if (kind < 25) return submit(state);
  if (kind < 55) return command::Schedule{{any(kQueues)}};
  if (kind < 90) return act_on_job(state);
  if (kind < 92) {
    return command::SetUnavailable{
        {any(kQueues)}, {any(6)}, 1 + any(2), any(2) == 0 ? GpuMask{0} : GpuMask{any(256)}};
  }
  if (kind < 95) {
    return command::SetHealth{
        {any(kQueues)}, {any(6)}, 1 + any(2), static_cast<Health>(any(10) < 5 ? 0 : any(4))};
  }
  if (kind < 97) return reserve(state);
  if (kind == 97) return command::CancelReservation{{any(next_reservation_ + 1)}};
  if (kind == 98)
    return command::DefineRequest{{static_cast<std::uint32_t>(state.scheduling().requests.size())},
                                  request()};
  return command::Cancel{{any(next_job_ + 2)}};
}

Command::Body RandomHistory::act_on_job(const core::State& state) {
  std::vector<std::uint32_t> slots;
  const auto& jobs = state.scheduling().jobs;
  jobs.for_each([&](std::uint32_t slot) {
    if (jobs[slot].holds_gpus() || any(20) == 0) slots.push_back(slot);
  });
  if (slots.empty()) return command::Schedule{{any(kQueues)}};
  const placement::Job& job = jobs[slots[any(slots.size())]];
  const Duration saved{std::min(job.estimate.us, job.saved.us + minutes(any(10)).us)};
  if (job.phase == placement::Phase::kStopping && any(4) != 0) {
    return command::Stopped{job.id, saved};
  }
  if (job.phase == placement::Phase::kStarting && any(4) != 0) return command::Started{job.id};
  switch (any(8)) {
    case 0: return command::FailedToStart{job.id};
    case 1: return command::Lost{job.id, saved};
    case 2: return command::Checkpointed{job.id, saved};
    case 3: return command::Cancel{job.id};
    default: return command::Exited{job.id};
  }
}

std::vector<QueuePolicy> all_policies() {
  std::vector<QueuePolicy> policies;
  for (const placement::Order* order : placement::all_orders()) {
    for (const placement::BackfillEntry* backfill : placement::all_backfills()) {
      for (BackfillOrder backfill_order : {BackfillOrder::kQueue, BackfillOrder::kShortest}) {
        QueuePolicy policy;
        policy.order = order->kind;
        policy.backfill = backfill->kind;
        policy.backfill_order = backfill_order;
        policy.place = static_cast<PlacePolicy>(policies.size() % 3);
        policies.push_back(policy);
      }
    }
    QueuePolicy repack;
    repack.order = order->kind;
    repack.repack = true;
    policies.push_back(repack);
  }
  return policies;
}

}  // namespace stargate::oracle
