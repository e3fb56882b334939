#include "world/commands.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace stargate::world {

std::vector<Command> defining_commands(const World& world, const QueuePolicy& policy, Instant at) {
  std::vector<Command> commands;
  for (const Tenant& tenant : world.tenants) {
    commands.push_back({at, command::DefineTenant{tenant.spec}});
  }
  std::vector<bool> has_stages;
  for (const Definition& definition : world.definitions) {
    commands.push_back({at, command::Define{definition}});
    if (std::holds_alternative<Order>(definition)) has_stages.push_back(false);
    if (const auto* stage = std::get_if<Stage>(&definition)) has_stages[stage->order.value] = true;
  }
  for (std::uint32_t i = 0; i < world.plans.size(); ++i) {
    Request request = world.plans[i].request;
    commands.push_back({at, command::DefineRequest{{2 * i}, request}});
    request.accepts_degraded = true;
    commands.push_back({at, command::DefineRequest{{2 * i + 1}, std::move(request)}});
  }
  std::uint32_t queues = 0;
  for (std::uint32_t i = 0; i < has_stages.size(); ++i) {
    if (has_stages[i]) commands.push_back({at, command::OpenOrder{{i}, {queues++}, policy}});
  }
  return commands;
}

Instant first_instant(const World& world) {
  Instant first = kLatest;
  for (const DatedAct& act : world.acts) first = std::min({first, act.entered, act.act.effective});
  for (const WorkloadPlan& plan : world.plans) first = std::min(first, plan.submitted);
  for (const Definition& definition : world.definitions) {
    if (const auto* agreement = std::get_if<Agreement>(&definition)) {
      first = std::min(first, agreement->signed_at);
    }
  }
  return first == kLatest ? Instant{} : first;
}

}  // namespace stargate::world
