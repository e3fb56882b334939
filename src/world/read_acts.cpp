#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "world/deadline.h"
#include "world/reader.h"

namespace stargate::world {
namespace {

using DateOf = std::optional<Instant> StageDates::*;

/// In the order of CapacityState.
constexpr std::array<DateOf, 9> kDates{
    &StageDates::announced,     &StageDates::secured,  &StageDates::energised,
    &StageDates::installed,     &StageDates::in_acceptance, &StageDates::accepted,
    &StageDates::suspended,     &StageDates::cancelled, &StageDates::retired};

/// The dates of a stage as acts. They follow each other in time, each reachable from the one before.
void add_stage(const Read<StageEntry>& stage, std::uint32_t number, std::vector<DatedAct>& acts,
               Problems& problems) {
  std::optional<CapacityState> last;
  Instant last_at{INT64_MIN};
  for (std::size_t i = 0; i < kDates.size(); ++i) {
    const auto& date = stage.entry.*kDates[i];
    if (!date) continue;
    const auto state = static_cast<CapacityState>(i);
    const Position at = stage.node->position_of(name_of(state));
    if (*date < last_at) {
      problems.add(at, fmt::format("found {}, before the stage is {}, expected a date after it",
                                   found_text(*stage.node->find(name_of(state))), name_of(*last)));
    } else if (last && !may_follow(state, *last)) {
      problems.add(at, fmt::format("found a date for {}, expected none: the stage is {}",
                                   name_of(state), name_of(*last)));
    }
    last = state;
    last_at = std::max(last_at, *date);
    Act act;
    act.kind = ActKind::kCapacity;
    act.effective = *date;
    act.stage = {number};
    act.state = state;
    act.source = stage.entry.source;
    acts.push_back({*date, std::move(act), at});
  }
  if (last) return;
  for (std::size_t i = 0; i < kDates.size(); ++i) {
    if (stage.node->find(name_of(static_cast<CapacityState>(i))) != nullptr) return;
  }
  if (!stage.node->is_map()) return;
  problems.add(stage.node->at,
               "found no date in a stage, expected at least one: announced, secured, energised, "
               "installed, in_acceptance, accepted");
}

/// The act as it is entered, with the deadline of an offer.
DatedAct dated(const Entries& entries, const Read<ActEntry>& read) {
  const ActEntry& entry = read.entry;
  DatedAct dated{entry.raw_entered.value_or(entry.effective), entry, read.node->at};
  if (entry.kind != ActKind::kOffer || !is_set(entry.clause)) return dated;
  const auto* terms =
      std::get_if<clause::FirstRefusal>(&entries.clauses[entry.clause.value].entry.terms);
  if (terms == nullptr) return dated;
  dated.act.reply_by = reply_deadline(
      entry.effective, {.within = terms->reply_within,
                        .business_days = terms->business_days,
                        .time_zone = terms->time_zone,
                        .deemed_receipt = terms->deemed_receipt});
  return dated;
}

}  // namespace

std::vector<DatedAct> acts_of(const Entries& entries, Problems& problems) {
  std::vector<DatedAct> acts;
  for (std::uint32_t i = 0; i < entries.stages.size(); ++i) {
    add_stage(entries.stages[i], i, acts, problems);
  }
  for (const Read<ActEntry>& read : entries.acts) acts.push_back(dated(entries, read));
  std::ranges::stable_sort(acts, {}, &DatedAct::entered);
  return acts;
}

}  // namespace stargate::world
