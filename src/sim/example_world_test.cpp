// What can really run next quarter? Asked of the example world at the end of April 2026, when more than
// 10 GW were said to be secured and 0.3 GW to be live.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agreement/delivery.h"
#include "agreement/stages.h"
#include "sim/world_player.h"
#include "world/quantity.h"
#include "world/world.h"

namespace stargate::sim {
namespace {

using agreement::Book;
using agreement::Moment;

constexpr std::int64_t kMegawatt = 1'000'000;

Instant date(const char* text) { return world::parse_instant(text); }

class NextQuarter : public testing::Test {
 protected:
  NextQuarter()
      : world(world::read_world(STARGATE_SOURCE_DIR "/examples/stargate-2025")), player(world) {
    player.play_until(asked.at);
  }
  const Book& book() const { return player.state().scheduling().market.book; }
  bool is_openai(OrderId order) const {
    return book().parties()[book().customer_of(order).value].name == "openai";
  }
  /// All of the stage is secured, or further.
  bool is_secured(StageId stage) const {
    for (const agreement::StageRun& run : agreement::runs_of(book(), stage, asked)) {
      if (run.state < CapacityState::kSecured || run.state > CapacityState::kAccepted) return false;
    }
    return true;
  }
  ClauseId clause(const char* name) const { return {world.find(name)->number}; }

  Moment asked{date("2026-04-29"), date("2026-04-29")};
  world::World world;
  WorldPlayer player;
};

// Of what has its power said: Abilene 1.2, Shackelford 1.4, Dona Ana 2.2, Milam 1.2, the UAE's first 0.2,
// AWS's Trainium 2.0 and Cerebras's second and third year 0.2 and 0.5: 8.9 GW of facility. Port Washington
// says 902 MW of IT, which are 1.3 GW of facility: 10.2 GW. Saline is announced only, until June.
TEST_F(NextQuarter, MoreThanTenGigawattsAreSecured) {
  std::map<CapacityUnit, std::int64_t> secured;
  for (std::uint32_t i = 0; i < book().stages().size(); ++i) {
    const Stage& stage = book().stages()[i];
    if (is_openai(stage.order) && is_secured({i})) secured[stage.amount.unit] += stage.amount.value;
  }
  EXPECT_EQ(secured[CapacityUnit::kFacilityWatts], 8'900 * kMegawatt);
  EXPECT_EQ(secured[CapacityUnit::kItWatts], 902 * kMegawatt);
}

// Of those, only Abilene runs anything: 4 of 8 buildings, which the contract counts as 0.6 GW, with 96,048
// GPUs. At 2.67 kW a GPU they draw 0.26 GW: the 0.3 GW that were said to be live.
TEST_F(NextQuarter, LiveOfThemIsHalfOfAbilene) {
  std::uint64_t gpus = 0;
  std::int64_t counted = 0;
  for (std::uint32_t i = 0; i < book().stages().size(); ++i) {
    const Stage& stage = book().stages()[i];
    if (!is_openai(stage.order) || !is_secured({i}) || stage.amount.value == 0) continue;
    if (stage.amount.unit == CapacityUnit::kGpus) continue;
    const std::uint64_t accepted = agreement::accepted_gpus(book(), {i}, asked);
    gpus += accepted;
    if (accepted > 0) counted += stage.amount.value;
  }
  EXPECT_EQ(gpus, 96'048U);
  EXPECT_EQ(counted, 600 * kMegawatt);
}

// What is due by the end of the next quarter, 2026-09-30, beside what is there: the third and fourth pair
// of Abilene's buildings, 105,552 and 248,400 GPUs, due on 2026-06-30. Slips that were observed: 60 days
// (Denton), two quarters (Abilene), a year (Oracle), two years (Dona Ana). By the nearest rank of four, P10
// is 60 days, P50 two quarters, P90 two years. 60 days after the due date is 2026-08-29, within the
// quarter; two quarters are not. So at Abilene: 450,000 GPUs at P10, and what is there already, 96,048, at
// P50 and P90.
TEST_F(NextQuarter, OnlyTheSmallestObservedSlipLetsAbilenesRestRun) {
  const Instant end = date("2026-09-30");
  std::vector<Duration> slips{days(60), days(183), days(365), days(730)};
  std::sort(slips.begin(), slips.end());
  const auto at_percentile = [&](std::size_t percent) {
    const std::size_t rank = (percent * slips.size() + 99) / 100;  // from 1 on
    std::uint64_t gpus = 0;
    for (const char* name : {"abilene-tranche-one", "abilene-tranche-two", "abilene-tranche-three",
                             "abilene-tranche-four"}) {
      const auto& terms = std::get<clause::Tranche>(book().clause(clause(name)).terms);
      const agreement::Delivery delivery = agreement::delivery_of(book(), clause(name), asked);
      const bool is_there =
          delivery.delivered_at != kNever || delivery.due + slips[rank - 1] <= end;
      for (const StageId stage : terms.stages) {
        if (is_there) gpus += book().stages()[stage.value].fleet.gpus();
      }
    }
    return gpus;
  };
  EXPECT_EQ(at_percentile(10), 450'000U);
  EXPECT_EQ(at_percentile(50), 96'048U);
  EXPECT_EQ(at_percentile(90), 96'048U);
  // What came of it: the third pair, two months late.
  player.play_until(end);
  std::uint64_t accepted = 0;
  for (const char* name : {"abilene-one", "abilene-two", "abilene-three", "abilene-four"}) {
    accepted += agreement::accepted_gpus(book(), {world.find(name)->number}, {end, end});
  }
  EXPECT_EQ(accepted, 201'600U);
}

}  // namespace
}  // namespace stargate::sim
