#include "server/contact.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace stargate::server {
namespace {

using Nodes = std::vector<command::SetHealth>;

void note(Plane& plane, const Runner& runner, const char* what, nlohmann::json nodes = nullptr) {
  plane.note({{"contact", {{"runner", runner.id}, {"what", what}, {"nodes", std::move(nodes)}}}});
}

/// Adds those nodes of the range whose health is wanted, as runs of equal health.
template <class IsWanted>
void add_runs(const Plane& plane, const command::SetHealth& range, IsWanted is_wanted,
              Nodes& runs) {
  const auto& fleet = plane.state().scheduling().queues[range.queue.value].fleet;
  for (std::uint32_t node = range.first.value; node < range.first.value + range.count; ++node) {
    const Health health = fleet.health({node});
    if (!is_wanted(health)) continue;
    if (!runs.empty() && runs.back().queue == range.queue && runs.back().health == health &&
        runs.back().first.value + runs.back().count == node) {
      ++runs.back().count;
    } else {
      runs.push_back({range.queue, {node}, 1, health});
    }
  }
}

Nodes nodes_that_take_work(const Plane& plane, std::size_t runner) {
  Nodes runs;
  const auto& scheduling = plane.state().scheduling();
  for (std::uint32_t i = 0; i < scheduling.market.places.size(); ++i) {
    const OrderId order = scheduling.market.places[i].order;
    if (!is_set(order) || plane.runner_of(order) != runner) continue;
    const std::uint32_t count = scheduling.queues[i].fleet.topology().node_count();
    add_runs(
        plane, {{i}, {0}, count, Health::kHealthy},
        [](Health health) { return health == Health::kHealthy || health == Health::kDegraded; },
        runs);
  }
  return runs;
}

/// Those of the nodes that are of the health `from` become `to`, or what they were.
void change(Plane& plane, const Nodes& nodes, Health from, std::optional<Health> to) {
  for (const command::SetHealth& range : nodes) {
    Nodes runs;
    add_runs(
        plane, range, [&](Health health) { return health == from; }, runs);
    for (command::SetHealth& run : runs) {
      run.health = to.value_or(range.health);
      plane.execute(run);
    }
  }
}

nlohmann::json list_of(const Nodes& nodes) {
  nlohmann::json list = nlohmann::json::array();
  for (const command::SetHealth& run : nodes) {
    list.push_back(
        {run.queue.value, run.first.value, run.count, static_cast<std::uint32_t>(run.health)});
  }
  return list;
}

void lose(Plane& plane, std::size_t runner) {
  const Nodes nodes = nodes_that_take_work(plane, runner);
  note(plane, plane.runners()[runner], "lost", list_of(nodes));
  for (command::SetHealth run : nodes) {
    run.health = Health::kDrained;
    plane.execute(run);
  }
}

/// Nodes that came to take work since, accepted or given back: they take none either.
void keep_out(Plane& plane, std::size_t runner) {
  Request any;
  any.parts.push_back({.gpus = 1});
  any.accepts_degraded = true;
  const auto& scheduling = plane.state().scheduling();
  const bool takes_any = std::ranges::any_of(scheduling.queues, [&](const auto& queue) {
    const OrderId order = plane.order_of(queue.id);
    return is_set(order) && plane.runner_of(order) == runner && queue.fleet.free_gpus(any) > 0;
  });
  if (!takes_any) return;
  const bool is_over = plane.tables().lost_contact(plane.runners()[runner].id)->is_over;
  const Nodes nodes = nodes_that_take_work(plane, runner);
  note(plane, plane.runners()[runner], "more", list_of(nodes));
  for (command::SetHealth run : nodes) {
    run.health = is_over ? Health::kFailed : Health::kDrained;
    plane.execute(run);
  }
}

void give_up(Plane& plane, std::size_t runner, const LostContact& lost) {
  const Instant since = lost.since;
  const Nodes nodes = lost.nodes;
  note(plane, plane.runners()[runner], "over");
  change(plane, nodes, Health::kDrained, Health::kFailed);
  std::vector<JobId> held;
  for (const Job& job : plane.tables().jobs()) {
    if (plane.runner_holding(job) == runner) held.push_back(job.id);
  }
  for (const JobId id : held) {
    plane.execute(command::Lost{id, plane.saved_by(*plane.tables().find(id), since)});
  }
}

void find_again(Plane& plane, std::size_t runner, const LostContact& lost) {
  const Nodes nodes = lost.nodes;
  const Instant since = lost.since;
  const Health meanwhile = lost.is_over ? Health::kFailed : Health::kDrained;
  note(plane, plane.runners()[runner], "found");
  change(plane, nodes, meanwhile, std::nullopt);
  // What a person took out of service meanwhile stays so.
  for (const auto& queue : plane.state().scheduling().queues) {
    const OrderId order = plane.order_of(queue.id);
    if (!is_set(order) || plane.runner_of(order) != runner) continue;
    for (const OutOfService& by_hand : plane.tables().out_of_service(queue.id)) {
      if (by_hand.since < since) continue;
      plane.execute(command::SetHealth{queue.id, by_hand.first, by_hand.count, by_hand.health});
    }
  }
  executor::Executor& executor = *plane.runners()[runner].executor;
  // What it was told to run and was given up: an order that may have been lost is said again.
  for (const auto& run : executor.known()) {
    const Job* job = plane.tables().find(run.job);
    if (job == nullptr || job->epoch != run.epoch || plane.runner_holding(*job) != runner) {
      plane.post_look([&executor, run](Plane&) { executor.stop(run.job, run.epoch); });
    }
  }
  plane.reconcile(runner);
}

}  // namespace

Instant given_up_at(const LostContact& lost, Duration lease) {
  const Duration drift{lease.us / 10};
  return lost.since + lease + drift;
}

void watch_contact(Plane& plane) {
  for (std::size_t i = 0; i < plane.runners().size(); ++i) {
    const Runner& runner = plane.runners()[i];
    const bool is_there = runner.executor->in_contact();
    const LostContact* lost = plane.tables().lost_contact(runner.id);
    if (is_there && lost == nullptr) continue;
    if (lost == nullptr) {
      lose(plane, i);
    } else if (is_there) {
      find_again(plane, i, *lost);
    } else {
      const Duration lease = runner.executor->lease();
      const bool is_due = plane.now() >= given_up_at(*lost, lease);
      if (!lost->is_over && is_due) give_up(plane, i, *lost);
      keep_out(plane, i);
    }
  }
}

}  // namespace stargate::server
