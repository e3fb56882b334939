#include "world/summary.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <vector>

#include <date/date.h>
#include <fmt/format.h>

namespace stargate::world {
namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

int year_of(Instant at) {
  const date::sys_time<std::chrono::microseconds> time{std::chrono::microseconds{at.us}};
  return static_cast<int>(date::year_month_day{date::floor<date::days>(time)}.year());
}

/// Accepted nodes of one stage, as its acts come.
struct Accepted {
  std::uint32_t nodes = 0;
  std::uint32_t accepted = 0;
  std::uint32_t gpus_per_node = 0;
};

}  // namespace

std::string summary_of(const World& world) {
  std::size_t labs = 0;
  std::size_t suppliers = 0;
  std::map<std::string, std::size_t> kinds;
  std::array<std::size_t, std::variant_size_v<Definition>> counts{};
  std::vector<Accepted> stages;
  for (const Definition& definition : world.definitions) {
    ++counts[definition.index()];
    if (const auto* party = std::get_if<Party>(&definition)) {
      labs += party->is_lab ? 1 : 0;
      suppliers += party->is_supplier ? 1 : 0;
    } else if (const auto* clause = std::get_if<Clause>(&definition)) {
      ++kinds[kind_of(*clause)];
    } else if (const auto* stage = std::get_if<Stage>(&definition)) {
      Accepted accepted;
      for (const RackGroup& group : stage->fleet.groups) {
        accepted.nodes += group.racks * group.nodes_per_rack;
        accepted.gpus_per_node = group.gpus_per_node;
      }
      stages.push_back(accepted);
    }
  }
  const auto count_of = [&]<class Kind>(const Kind&) { return counts[Definition(Kind{}).index()]; };
  std::string text = fmt::format("{}, {}, {}, {}\n", counted(labs, "lab", "labs"),
                                 counted(suppliers, "supplier", "suppliers"),
                                 counted(count_of(Site{}), "site", "sites"),
                                 counted(count_of(Agreement{}), "agreement", "agreements"));
  std::string list;
  for (const auto& [kind, count] : kinds) {
    list += fmt::format("{}{} {}", list.empty() ? ": " : ", ", count, kind);
  }
  text += fmt::format("{}{}\n", counted(count_of(Clause{}), "clause", "clauses"), list);
  text += fmt::format("{} in {}, {}, {}, {}\n", counted(count_of(Stage{}), "stage", "stages"),
                      counted(count_of(Order{}), "order", "orders"),
                      counted(count_of(Workload{}), "workload", "workloads"),
                      counted(world.acts.size(), "act", "acts"),
                      counted(count_of(Assumption{}), "assumption", "assumptions"));
  std::map<int, std::uint64_t> by_year;
  std::uint64_t gpus = 0;
  std::vector<const DatedAct*> acts;
  for (const DatedAct& act : world.acts) acts.push_back(&act);
  std::ranges::stable_sort(acts, {}, [](const DatedAct* act) { return act->act.effective; });
  for (const DatedAct* dated : acts) {
    const Act& act = dated->act;
    if (act.kind != ActKind::kCapacity) continue;
    Accepted& stage = stages[act.stage.value];
    const std::uint32_t before = stage.accepted;
    const std::uint32_t part = act.nodes == 0 ? stage.nodes : act.nodes;
    if (act.state == CapacityState::kAccepted) {
      stage.accepted = std::min(stage.nodes, stage.accepted + part);
    } else if (act.state > CapacityState::kAccepted) {
      stage.accepted -= std::min(stage.accepted, part);
    }
    gpus += std::uint64_t{stage.accepted} * stage.gpus_per_node;
    gpus -= std::uint64_t{before} * stage.gpus_per_node;
    if (stage.accepted != before) by_year[year_of(act.effective)] = gpus;
  }
  for (const auto& [year, accepted] : by_year) {
    text += fmt::format("accepted by the end of {}: {} GPUs\n", year, accepted);
  }
  return text;
}

}  // namespace stargate::world
