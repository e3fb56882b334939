#include "world/summary.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <vector>

#include <date/date.h>
#include <fmt/format.h>

#include "agreement/stages.h"

namespace stargate::world {
namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

int year_of(Instant at) {
  const date::sys_time<std::chrono::microseconds> time{std::chrono::microseconds{at.us}};
  return static_cast<int>(date::year_month_day{date::floor<date::days>(time)}.year());
}

std::uint64_t accepted_gpus(const agreement::Book& book, Instant at) {
  std::uint64_t gpus = 0;
  for (std::uint32_t i = 0; i < book.stages().size(); ++i) {
    gpus += agreement::accepted_gpus(book, {i}, {at, kLatest});
  }
  return gpus;
}

}  // namespace

std::string summary_of(const World& world) {
  std::size_t labs = 0;
  std::size_t suppliers = 0;
  std::map<std::string, std::size_t> kinds;
  std::array<std::size_t, std::variant_size_v<Definition>> counts{};
  agreement::Book book;
  for (const Definition& definition : world.definitions) {
    ++counts[definition.index()];
    if (const auto* party = std::get_if<Party>(&definition)) {
      labs += party->is_lab ? 1 : 0;
      suppliers += party->is_supplier ? 1 : 0;
    } else if (const auto* clause = std::get_if<Clause>(&definition)) {
      ++kinds[kind_of(*clause)];
    }
    book.define(definition);
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
  for (const DatedAct& dated : world.acts) book.record(dated.act, dated.entered);
  // Only what the book's acts and clauses change is looked at.
  std::map<int, std::uint64_t> by_year;
  std::uint64_t before = 0;
  for (auto at = book.changes().begin(); at != book.changes().end(); ++at) {
    const auto next = std::next(at);
    if (next != book.changes().end() && year_of(*next) == year_of(*at)) continue;
    const std::uint64_t gpus = accepted_gpus(book, *at);
    if (gpus != before) by_year[year_of(*at)] = gpus;
    before = gpus;
  }
  for (const auto& [year, accepted] : by_year) {
    text += fmt::format("accepted by the end of {}: {} GPUs\n", year, accepted);
  }
  return text;
}

}  // namespace stargate::world
