// Safety properties over random histories.

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "core/history_fixture.h"
#include "event/codec.h"
#include "oracle/rounds.h"

namespace stargate::core {

History::History(std::uint64_t seed, bool nonsense) : prng_(seed), nonsense_(nonsense) {
  define_world();
}

FleetSpec History::random_fleet() {
  constexpr std::uint32_t kSizes[] = {1, 4, 8, 8};
  FleetSpec fleet;
  const std::uint32_t groups = draw(1, 3);
  for (std::uint32_t i = 0; i < groups; ++i) {
    RackGroup group;
    group.racks = draw(1, 3);
    group.nodes_per_rack = draw(1, 5);
    group.gpus_per_node = kSizes[draw(0, 3)];
    group.kind = {static_cast<std::uint16_t>(draw(0, 1))};
    group.opens = static_cast<Level>(draw(1, 4));
    fleet.groups.push_back(group);
  }
  return fleet;
}

Part History::random_part() {
  Part part;
  switch (draw(0, 2)) {
    case 0: part.gpus = draw(1, 24); break;
    case 1: part.nodes = draw(1, 5); break;
    default: part.gpus_per_node = draw(1, 8); part.gpus = draw(1, 5 * part.gpus_per_node);
  }
  if (part.gpus_per_node + part.nodes > 0 && one_in(3)) {
    part.segment_nodes = draw(1, 3);
    part.segment_level = static_cast<Level>(draw(0, 4));
  }
  if (one_in(3)) part.kinds = draw(1, 3);
  return part;
}

Request History::random_request() {
  Request request;
  const std::uint32_t parts = one_in(3) ? draw(2, 3) : 1;
  for (std::uint32_t i = 0; i < parts; ++i) request.parts.push_back(random_part());
  if (one_in(2)) request.locality = {static_cast<Level>(draw(1, 5)), one_in(2)};
  request.accepts_degraded = one_in(3);
  return request;
}

void History::define_world() {
  queues_ = draw(1, 2);
  for (std::uint32_t i = 0; i < queues_; ++i) {
    command::DefineQueue queue;
    queue.queue = {i};
    queue.name = std::to_string(i);
    queue.fleet = random_fleet();
    queue.policy.order = static_cast<OrderKind>(draw(0, 6));
    queue.policy.backfill = static_cast<BackfillKind>(draw(0, 2));
    queue.policy.backfill_order = static_cast<BackfillOrder>(draw(0, 1));
    queue.policy.place = static_cast<PlacePolicy>(draw(0, 2));
    queue.policy.repack = one_in(8);
    queue.policy.restart_overhead = seconds(draw(0, 60));
    world_fault_ += give(queue);
  }
  if (one_in(2)) world_fault_ += give(command::SetHalfLife{hours(draw(1, 48))});
  const std::uint32_t cohorts = one_in(2) ? draw(1, 2) : 0;
  tenants_ = draw(1, 5);
  for (std::uint32_t i = 1; i < tenants_; ++i) {
    TenantSpec tenant;
    tenant.tenant = {i};
    tenant.parent = {draw(0, i - 1)};
    tenant.weight = draw(1, 4);
    tenant.cohort = draw(0, cohorts);
    if (tenant.cohort > 0) tenant.guaranteed_gpus = draw(0, 40);
    if (tenant.cohort > 0) tenant.borrow_gpus_max = draw(0, 40);
    world_fault_ += give(command::DefineTenant{tenant});
  }
  const std::uint32_t requests = draw(2, 8);
  for (std::uint32_t i = 0; i < requests; ++i) {
    world_fault_ += give(command::DefineRequest{{requests_++}, random_request()});
  }
}

JobId History::some_job() {
  const auto& jobs = book_.jobs();
  if (jobs.empty()) return {next_job_};
  return std::next(jobs.begin(), draw(0, static_cast<std::uint32_t>(jobs.size() - 1)))->first;
}

JobId History::some_holder() {
  std::vector<JobId> holders;
  for (const auto& [id, job] : book_.jobs()) {
    if (job.holds) holders.push_back(id);
  }
  if (holders.empty()) return some_job();
  return holders[draw(0, static_cast<std::uint32_t>(holders.size() - 1))];
}

Command::Body History::submit() {
  return command::Submit{{next_job_++},
                         some_queue(),
                         {draw(0, tenants_ - 1)},
                         {draw(0, requests_ - 1)},
                         static_cast<std::int32_t>(draw(0, 6)) - 3,
                         some_length(),
                         one_in(2) ? Duration{} : seconds(draw(1, 600))};
}

Command::Body History::random_command() {
  if (nonsense_ && one_in(5)) return nonsense_command();
  switch (draw(0, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4: return submit();
    case 5:
    case 6: return command::Exited{some_holder()};
    case 7: return command::Started{some_holder()};
    case 8: return command::Stopped{some_holder(), some_length()};
    case 9: return command::Cancel{some_job()};
    case 10: return command::FailedToStart{some_holder()};
    case 11: return command::Checkpointed{some_holder(), some_length()};
    case 12: return command::Lost{some_holder(), some_length()};
    case 13: {
      const QueueId queue = some_queue();
      const std::uint32_t first = draw(0, book_.node_count(queue) - 1);
      const std::uint32_t count = draw(1, std::min(3U, book_.node_count(queue) - first));
      const Health health = one_in(2) ? Health::kHealthy : static_cast<Health>(draw(0, 3));
      return command::SetHealth{queue, {first}, count, health};
    }
    case 14: {
      const QueueId queue = some_queue();
      const NodeId node{draw(0, book_.node_count(queue) - 1)};
      const GpuMask gpus = all_gpus(book_.node_gpus(queue, node));
      return command::SetUnavailable{queue, node, 1, one_in(2) ? 0 : prng_.next() & gpus};
    }
    case 15: {
      const Instant from = at_ + some_length();
      return command::Reserve{{next_window_++}, some_queue(), {draw(0, tenants_ - 1)},
                              draw(1, 4),       from,         from + seconds(draw(1, 9'000))};
    }
    default: return command::CancelReservation{{prng_.below(next_window_ + 1)}};
  }
}

Command::Body History::nonsense_command() {
  const JobId job{one_in(2) ? prng_.next() : prng_.below(next_job_ + 2)};
  const Duration length{static_cast<std::int64_t>(prng_.next() >> (one_in(2) ? 0 : 20))};
  const QueueId queue{one_in(2) ? draw(0, 3) : UINT32_MAX};
  const NodeId node{one_in(2) ? draw(0, 60) : UINT32_MAX - draw(0, 2)};
  const Instant instant{static_cast<std::int64_t>(prng_.next())};
  switch (draw(0, 17)) {
    case 0: return command::Exited{job};
    case 1: return command::Started{job};
    case 2: return command::Stopped{job, length};
    case 3: return command::Cancel{job};
    case 4: return command::FailedToStart{job};
    case 5: return command::Checkpointed{job, length};
    case 6: return command::Lost{job, length};
    case 7: return command::SetHealth{queue, node, draw(0, 70), static_cast<Health>(draw(0, 3))};
    case 8: return command::SetHealth{queue, node, UINT32_MAX - draw(0, 2), Health::kFailed};
    case 9:
      return command::Reserve{{prng_.below(next_window_ + 1)},
                              queue,
                              {draw(0, 9)},
                              draw(0, 90),
                              instant,
                              Instant{one_in(2) ? length.us : at_.us + draw(0, 1'000'000)}};
    case 10: return command::CancelReservation{{prng_.next()}};
    case 11: return command::Schedule{queue};
    case 12: return command::DefineRequest{{draw(0, 40)}, Request{{Part{}}, {}, false}};
    case 13: {
      TenantSpec tenant;
      tenant.tenant = {draw(0, 9)};
      tenant.parent = {draw(0, 12)};
      tenant.cohort = UINT32_MAX;
      return command::DefineTenant{tenant};
    }
    case 14: {
      command::DefineQueue definition;
      definition.queue = {draw(0, 9)};
      if (one_in(2)) definition.fleet.groups = {{UINT32_MAX, UINT32_MAX, 8, {}, Level::kRack}};
      return definition;
    }
    case 16: return command::SetUnavailable{queue, node, draw(0, 70), prng_.next() >> draw(0, 63)};
    case 15: return command::SetHalfLife{Duration{-1 - static_cast<std::int64_t>(draw(0, 9))}};
    default:
      return command::Submit{one_in(2) ? job : JobId{next_job_},
                             queue,
                             {draw(0, 9)},
                             {draw(0, 20)},
                             INT32_MIN,
                             length,
                             length};
  }
}

std::string History::give(const Command::Body& body) {
  commands_.push_back({at_, body});
  batch_.clear();
  engine_.execute(commands_.back(), batch_);
  std::string fault;
  for (const Event& event : batch_.events) {
    if (const auto* queued = std::get_if<event::JobQueued>(&event.body)) {
      next_job_ = std::max(next_job_, queued->job.value + 1);
    } else if (const auto* refused = std::get_if<event::JobRefused>(&event.body)) {
      next_job_ = std::max(next_job_, refused->job.value + 1);
    } else if (std::holds_alternative<event::CommandRefused>(event.body)) {
      ++probes_.refused;
    } else if (const auto* assigned = std::get_if<event::AllocationAssigned>(&event.body)) {
      ++probes_.assigned;
      const auto ranges = batch_.ranges_of(assigned->ranges);
      if (!ranges.empty() && ranges.back().part > 0) ++probes_.several_parts;
    } else if (const auto* stop = std::get_if<event::StopRequested>(&event.body)) {
      if (stop->reason == Reason::kNodeLost) ++probes_.lost_nodes;
      if (stop->reason == Reason::kPreempted) ++probes_.preempted;
      if (stop->reason == Reason::kReclaimed) ++probes_.reclaimed;
      if (stop->reason == Reason::kRepacked) ++probes_.repacked;
    } else if (const auto* released = std::get_if<event::AllocationReleased>(&event.body)) {
      const auto job = book_.jobs().find(released->job);
      if (job != book_.jobs().end() && job->second.stops) ++probes_.released_later;
    } else if (const auto* changed = std::get_if<event::UnavailableChanged>(&event.body)) {
      const auto& queue = engine_.state().scheduling().queues[changed->queue.value];
      if (queue.unavailable_held_gpus > 0) ++probes_.unavailable_held;
    } else if (std::holds_alternative<event::ReservationStarted>(event.body)) {
      ++probes_.windows;
    }
    if (fault.empty()) fault = book_.note(event, batch_);
  }
  return fault;
}

std::string History::advance_to(Instant at) {
  while (engine_.state().next_instant() <= at) {
    at_ = std::max(at_, engine_.state().next_instant());
    std::string fault = give(command::Advance{});
    if (!fault.empty()) return fault;
  }
  at_ = at;
  return "";
}

std::string History::step() {
  if (!world_fault_.empty()) return world_fault_;
  std::string fault;
  if (one_in(2))
    fault = advance_to(at_ + (one_in(10) ? hours(draw(1, 30)) : seconds(draw(0, 900))));
  if (fault.empty()) fault = give(random_command());
  for (std::uint32_t queue = 0; queue < queues_ && fault.empty(); ++queue) {
    if (!one_in(4)) fault = give(command::Schedule{{queue}});
  }
  return fault;
}

std::string History::finish() {
  std::string fault;
  for (std::uint64_t window = 0; window < next_window_; ++window) {
    if (fault.empty()) fault = give(command::CancelReservation{{window}});
  }
  for (std::uint32_t queue = 0; queue < queues_ && fault.empty(); ++queue) {
    fault = give(command::SetHealth{{queue}, {0}, book_.node_count({queue}), Health::kHealthy});
    if (fault.empty()) {
      fault = give(command::SetUnavailable{{queue}, {0}, book_.node_count({queue}), 0});
    }
  }
  while (fault.empty() && !book_.jobs().empty()) {
    const std::size_t before = book_.jobs().size();
    std::vector<JobId> holders;
    for (const auto& [id, job] : book_.jobs()) {
      if (job.holds) holders.push_back(id);
    }
    for (JobId job : holders) {
      if (fault.empty()) fault = give(command::Exited{job});
    }
    for (std::uint32_t queue = 0; queue < queues_ && fault.empty(); ++queue) {
      fault = give(command::Schedule{{queue}});
    }
    const bool some_hold = std::any_of(book_.jobs().begin(), book_.jobs().end(),
                                       [](const auto& job) { return job.second.holds; });
    if (fault.empty() && book_.jobs().size() == before && !some_hold) {
      fault = "nothing goes on though every node is well";
    }
  }
  return fault;
}

namespace {

constexpr int kHistories = 400;
constexpr int kSteps = 120;

/// Runs check(history) after each step of many histories, and check_end(history) after each.
template <class Check, class CheckEnd>
void for_each_history(std::uint64_t first_seed, bool nonsense, Check check, CheckEnd check_end,
                      int histories = kHistories) {
  histories = oracle::rounds(histories, kHistories);
  History::Probes seen;
  for (int i = 0; i < histories; ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    History history(seed, nonsense);
    for (int step = 0; step < kSteps; ++step) {
      ASSERT_EQ(history.step(), "") << "seed " << seed << ", step " << step;
      ASSERT_EQ(check(history), "") << "seed " << seed << ", step " << step;
    }
    ASSERT_EQ(check_end(history), "") << "seed " << seed;
    const History::Probes& probes = history.probes();
    seen.assigned += probes.assigned;
    seen.several_parts += probes.several_parts;
    seen.released_later += probes.released_later;
    seen.refused += probes.refused;
    seen.lost_nodes += probes.lost_nodes;
    seen.windows += probes.windows;
    seen.preempted += probes.preempted;
    seen.reclaimed += probes.reclaimed;
    seen.repacked += probes.repacked;
    seen.unavailable_held += probes.unavailable_held;
  }
  EXPECT_GT(seen.assigned, 1'000u);
  EXPECT_GT(seen.several_parts, 50u);
  EXPECT_GT(seen.released_later, 50u);
  EXPECT_GT(seen.refused, 50u);
  EXPECT_GT(seen.lost_nodes, 10u);
  EXPECT_GT(seen.windows, 10u);
  EXPECT_GT(seen.preempted, 10u);
  EXPECT_GT(seen.reclaimed, 0u);
  EXPECT_GT(seen.repacked, 10u);
  EXPECT_GT(seen.unavailable_held, 50u);
}

std::string nothing(const History&) { return ""; }

// The book refuses an assignment of a GPU that someone holds, and must agree with the index.
TEST(Histories, NoGpuIsEverHeldTwice) {
  for_each_history(
      1'000, false, [](const History& history) { return history.fault(); }, nothing);
}

// The book looks at the shape, the kinds, the locality and the segments of each assignment.
TEST(Histories, AGangRunsWholeOrNotAtAll) {
  for_each_history(
      2'000, false, [](const History& history) { return history.fault(); }, nothing);
}

TEST(Histories, WhatIsReleasedIsWholeAgain) {
  for_each_history(3'000, false, nothing, [](History& history) -> std::string {
    std::string fault = history.finish();
    if (fault.empty()) fault = history.fault();
    if (!fault.empty()) return fault;
    for (const auto& queue : history.engine().state().scheduling().queues) {
      if (queue.fleet.free_gpus() != queue.fleet.topology().gpu_count()) {
        return "GPUs are missing in the end";
      }
    }
    return "";
  });
}

TEST(Histories, NothingRunsOnUnhealthyNodes) { for_each_history(4'000, false, nothing, nothing); }

TEST(Histories, EveryCommandIsAnsweredWithoutAborting) {
  for_each_history(
      5'000, true,
      [](const History& history) -> std::string {
        const auto& body = history.commands().back().body;
        const bool may_be_silent = std::holds_alternative<command::Schedule>(body) ||
                                   std::holds_alternative<command::Advance>(body) ||
                                   std::holds_alternative<command::Cancel>(body) ||
                                   std::holds_alternative<command::Started>(body);
        if (!may_be_silent && history.last_batch().events.empty()) return "a command has no answer";
        return history.fault();
      },
      nothing);
}

std::string bytes_of(const EventBatch& batch) {
  Encoder encoder;
  std::string bytes;
  for (const Event& event : batch.events) encoder.encode(event, batch, bytes);
  return bytes;
}

// Also without what the first engine remembers between commands: its caches decide nothing.
TEST(Histories, EqualSeedsGiveEqualEventStreams) {
  for_each_history(
      6'000, true, nothing,
      [](const History& history) -> std::string {
        Engine same;
        State applied;
        Engine restarted;
        EventBatch batch;
        EventBatch batch_of_restarted;
        std::uint64_t count = 0;
        for (const Command& command : history.commands()) {
          batch.clear();
          same.execute(command, batch);
          for (const Event& event : batch.events) applied.apply(event, batch);
          if (count++ % 7 == 0) restarted = Engine(State::restore(restarted.state().snapshot()));
          batch_of_restarted.clear();
          restarted.execute(command, batch_of_restarted);
          if (bytes_of(batch) != bytes_of(batch_of_restarted)) {
            return "an engine that was restarted decides otherwise, command " +
                   std::to_string(count);
          }
        }
        if (same.state().snapshot() != history.engine().state().snapshot())
          return "the states differ";
        if (applied.snapshot() != same.state().snapshot()) return "events give another state";
        return "";
      },
      6 * kHistories);
}

}  // namespace
}  // namespace stargate::core
