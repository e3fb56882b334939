// What contracts cost a replay of many agreements: the same jobs and as many acts at the same instants,
// once with the clauses of the large market and once without any.

#include <algorithm>
#include <string>
#include <vector>

#include "agreement/book.h"
#include "base/check.h"
#include "explain/explain.h"
#include "fixture.h"
#include "large_market.h"
#include "sim/world_player.h"

namespace stargate::bench {
namespace {

constexpr std::uint32_t kActs = 4'000;
constexpr Instant kEnd{days(LargeMarket::kDays).us};

/// Draws acts in the order of time: capacity of each order is accepted after its signature; what is
/// left are offers of orders that are to be signed, replies, and suppliers that fail and return.
class ActMaker {
 public:
  ActMaker(const LargeMarket& market, const std::vector<Definition>& definitions)
      : market_(market) {
    for (const Definition& definition : definitions) book_.define(definition);
  }

  std::vector<world::DatedAct> make() {
    struct Slot {
      Instant at;
      std::uint32_t order;  ///< whose capacity is accepted; or none of them: something else
    };
    std::vector<Slot> slots;
    for (std::uint32_t i = 0; i < kActs; ++i) {
      const bool capacity = i < LargeMarket::kAgreements;
      const Instant from = capacity ? market_.orders[i].signed_at : Instant{};
      slots.push_back({from + below(capacity ? days(60) : days(LargeMarket::kDays)), i});
    }
    std::ranges::stable_sort(slots, {}, &Slot::at);
    for (const Slot& slot : slots) {
      if (slot.order < LargeMarket::kAgreements) {
        accept(slot.at, {slot.order});
      } else {
        other(slot.at);
      }
    }
    return std::move(acts_);
  }

 private:
  Duration below(Duration end) {
    return {static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(end.us)))};
  }

  bool enter(const Act& act) {
    if (book_.check(act, act.effective) != Reason::kNone) return false;
    book_.record(act, act.effective);
    acts_.push_back({act.effective, act, {}});
    return true;
  }

  void accept(Instant at, StageId stage) {
    Act act;
    act.kind = ActKind::kCapacity;
    act.effective = at;
    act.stage = stage;
    act.state = CapacityState::kAccepted;
    STARGATE_CHECK(enter(act), "capacity is accepted once");
  }

  void other(Instant at) {
    Act act;
    act.effective = at;
    const std::uint64_t what = prng_.below(10);
    if (what == 0) {
      act.party = {LargeMarket::kLabs +
                   static_cast<std::uint32_t>(prng_.below(LargeMarket::kSuppliers))};
      for (const ActKind kind : {ActKind::kSupplierFails, ActKind::kSupplierReturns}) {
        act.kind = kind;
        if (enter(act)) return;
      }
    }
    if (what < 5 && !offers_.empty()) {
      act.kind = what < 2 ? ActKind::kAccept : ActKind::kDecline;
      act.offer = offers_[prng_.below(offers_.size())];
      if (enter(act)) return;
    }
    for (;;) {
      const auto order = static_cast<std::uint32_t>(prng_.below(LargeMarket::kAgreements));
      const auto other = static_cast<std::uint32_t>(prng_.below(LargeMarket::kAgreements));
      act.kind = ActKind::kOffer;
      act.order = {order};
      act.clause = {other / LargeMarket::kLabs * LargeMarket::kLabs + order % LargeMarket::kLabs};
      act.clause.value *= LargeMarket::kClausesEach;
      act.offer = "offer-" + std::to_string(acts_.size());
      act.reply_by = at + days(30);
      if (enter(act)) break;
      // At the end all are signed.
      if (at > Instant{} + days(LargeMarket::kDays - 30)) {
        act = {};
        act.effective = at;
        act.name = "event-" + std::to_string(acts_.size());
        STARGATE_CHECK(enter(act), "what happens may be entered");
        return;
      }
    }
    offers_.push_back(act.offer);
  }

  const LargeMarket& market_;
  agreement::Book book_;
  Prng prng_{7};
  std::vector<world::DatedAct> acts_;
  std::vector<std::string> offers_;
};

std::vector<Definition> definitions_of(const LargeMarket& market, bool with_clauses) {
  std::vector<Definition> made = market.before;
  for (const Agreement& agreement : market.agreements) made.emplace_back(agreement);
  for (const Order& order : market.orders) made.emplace_back(order);
  for (std::uint32_t i = 0; i < LargeMarket::kAgreements; ++i) {
    Stage stage;
    stage.order = {i};
    stage.fleet = fleet_in_racks(4, 4);
    stage.amount = {32, CapacityUnit::kGpus};
    made.emplace_back(stage);
  }
  if (with_clauses) {
    for (const Clause& clause : market.clauses) made.emplace_back(clause);
  }
  // Nine in ten are of the use that most first refusals leave out.
  for (std::uint32_t i = 0; i < LargeMarket::kWorkloads; ++i) {
    Workload workload = market.workloads[i];
    if (i % 10 != 0) workload.use = Use::kResearch;
    made.emplace_back(workload);
  }
  return made;
}

/// Jobs of every workload at even distances, `repeats` of each.
world::World large_world(bool with_clauses, std::uint32_t repeats) {
  static const LargeMarket market;
  static const std::vector<world::DatedAct> acts =
      ActMaker(market, definitions_of(market, true)).make();
  world::World world;
  world.definitions = definitions_of(market, with_clauses);
  world.acts = acts;
  if (!with_clauses) {
    for (world::DatedAct& dated : world.acts) {
      Act& act = dated.act;
      if (act.offer.empty()) continue;
      Act event;
      event.effective = act.effective;
      event.name = act.offer;
      act = event;
    }
  }
  const Duration every{days(LargeMarket::kDays).us / repeats};
  for (std::uint32_t i = 0; i < LargeMarket::kWorkloads; ++i) {
    world::WorkloadPlan plan;
    plan.workload = {i};
    plan.request = whole_nodes(1 + i % 3);
    plan.submitted = Instant{} + Duration{every.us * i / LargeMarket::kWorkloads};
    plan.run_time = days(2);
    plan.repeats = repeats;
    plan.every = every;
    world.plans.push_back(plan);
  }
  return world;
}

double median(std::vector<double> times) {
  std::ranges::sort(times);
  return times[times.size() / 2];
}

/// The argument: jobs of each of the 100 workloads. `ratio`: the time with clauses, of that without;
/// the orders are opened in either. Both in turn, so that what else runs on the machine slows both.
void BM_ReplayOfManyAgreements(benchmark::State& state) {
  const auto repeats = static_cast<std::uint32_t>(state.range(0));
  const world::World plain = large_world(false, repeats);
  const world::World full = large_world(true, repeats);
  std::vector<double> plain_ns;
  std::vector<double> full_ns;
  std::vector<double> load_ns;
  const auto time = [&](const world::World& world, std::vector<double>& times) {
    const std::int64_t begin = now_ns();
    sim::WorldPlayer player(world);
    const std::int64_t loaded = now_ns();
    player.play_until(kEnd);
    times.push_back(static_cast<double>(now_ns() - begin));
    if (&world == &full) load_ns.push_back(static_cast<double>(loaded - begin));
  };
  for (auto _ : state) {
    time(plain, plain_ns);
    time(full, full_ns);
  }
  state.counters["load_ms"] = median(load_ns) / 1e6;
  state.counters["plain_ms"] = median(plain_ns) / 1e6;
  state.counters["full_ms"] = median(full_ns) / 1e6;
  state.counters["ratio"] = median(full_ns) / median(plain_ns);
}
BENCHMARK(BM_ReplayOfManyAgreements)->Arg(100)->Unit(benchmark::kMillisecond)->Iterations(7);
BENCHMARK(BM_ReplayOfManyAgreements)->Arg(1'000)->Unit(benchmark::kMillisecond)->Iterations(3);

/// Of a world that was played until its last day: why one workload runs where it runs.
void BM_ExplainOfManyAgreements(benchmark::State& state) {
  static const world::World world = large_world(true, 100);
  sim::WorldPlayer player(world);
  player.play_until(kEnd);
  const agreement::Book& book = player.state().scheduling().market.book;
  for (auto _ : state) {
    const explain::Explanation explanation =
        explain::explain(player.state(), book, {1}, {kEnd, kEnd});
    benchmark::DoNotOptimize(explanation.suppliers.size());
  }
}
BENCHMARK(BM_ExplainOfManyAgreements)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace stargate::bench
