#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "agreement/offers.h"
#include "world/reader.h"

// The checks that an engine makes, made where the places of definitions and acts are still known.

namespace stargate::world {
namespace {

/// All stages of an order together, as its queue has them.
void check_fleets(const World& world, const Places& places, Problems& problems) {
  std::map<OrderId, FleetSpec> fleets;
  for (std::size_t i = 0; i < world.definitions.size(); ++i) {
    const auto* stage = std::get_if<Stage>(&world.definitions[i]);
    if (stage == nullptr) continue;
    FleetSpec& fleet = fleets[stage->order];
    fleet.groups.insert(fleet.groups.end(), stage->fleet.groups.begin(), stage->fleet.groups.end());
    if (Topology::is_valid(fleet)) continue;
    problems.add(places[i], fmt::format("found {}, with which its order has {} nodes, expected at "
                                        "most {}",
                                        stage->name, fleet.nodes(), kMaxNodes));
    fleet.groups.clear();
  }
}

/// Why the book refuses the act.
std::string refusal(const agreement::Book& book, const DatedAct& dated, Reason reason) {
  const char* kind = name_of(dated.act.kind);
  if (reason == Reason::kUnknown) {
    return fmt::format("found {}, which names what there is not, expected what there is", kind);
  }
  if (reason == Reason::kInvalid) {
    return fmt::format("found {} with a value that cannot be, expected values within their range",
                       kind);
  }
  const auto offer =
      agreement::find_offer(book, dated.act.offer, {dated.act.effective, dated.entered});
  std::string state;
  if (offer) {
    std::string word = name_of(offer->state);
    std::ranges::replace(word, '_', ' ');
    state = fmt::format(" ({} is {} by then)", offer->name, word);
  }
  return fmt::format(
      "found {}, which does not fit what was done before{}, expected an act that does", kind,
      state);
}

}  // namespace

void check_book(const World& world, const Places& places, Problems& problems) {
  for (const Tenant& tenant : world.tenants) {
    if (is_valid(tenant.spec)) continue;
    problems.add(tenant.at, fmt::format("found {} with numbers out of their range, expected a "
                                        "tenant's weight, quota and limit",
                                        tenant.name));
  }
  for (const WorkloadPlan& plan : world.plans) {
    if (is_valid(plan.request)) continue;
    problems.add(plan.at,
                 "found a job that no fleet could run, expected GPUs in a shape that there "
                 "can be");
  }
  check_fleets(world, places, problems);

  agreement::Book book;
  for (std::size_t i = 0; i < world.definitions.size(); ++i) {
    const Definition& definition = world.definitions[i];
    const Reason reason = book.check(definition);
    if (reason != Reason::kNone) {
      const std::string& name = std::visit(
          [](const auto& defined) -> const std::string& { return defined.name; }, definition);
      // What comes later would be numbered wrongly.
      return problems.add(
          places[i],
          fmt::format("found {}, {}", name,
                      reason == Reason::kUnknown
                          ? "which names what there is not, expected what there is"
                          : "with a value that cannot be, expected values within their range"));
    }
    book.define(definition);
  }
  for (const DatedAct& dated : world.acts) {
    const Reason reason = book.check(dated.act, dated.entered);
    if (reason == Reason::kNone) {
      book.record(dated.act, dated.entered);
      continue;
    }
    problems.add(dated.at, refusal(book, dated, reason));
  }
}

}  // namespace stargate::world
