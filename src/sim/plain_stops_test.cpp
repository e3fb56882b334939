// Random small workloads with preemption, quotas and fair share: the replay against a plain simulator
// that looks at everything; and the cases that are worth a name, worked by hand.

#include "oracle/plain_stops.h"

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "oracle/rounds.h"
#include "sim/job_list_fixture.h"
#include "sim/replayer.h"
#include "sim/starts_fixture.h"

namespace stargate::sim {
namespace {

using oracle::StopsJob;
using oracle::StopsProbes;
using oracle::StopsRun;
using oracle::StopsTenant;
using oracle::StopsWorld;

const char* word_of(OrderKind order) {
  switch (order) {
    case OrderKind::kFifo: return "fifo";
    case OrderKind::kSjf: return "sjf";
    case OrderKind::kSrtf: return "srtf";
    case OrderKind::kSrsf: return "srsf";
    case OrderKind::kLas: return "las";
    case OrderKind::kPriority: return "priority";
    case OrderKind::kFairShare: return "fair-share";
  }
  return "";
}

/// Ends a replay that never comes to its end.
class Bounded final : public driver::Recorder {
 public:
  void record(const Command& command, const EventBatch& batch) override {
    if (++commands_ > 100'000) throw std::runtime_error("jobs take turns for ever");
    starts.record(command, batch);
  }
  Starts starts;

 private:
  int commands_ = 0;
};

std::string name_of_tenant(std::uint32_t tenant) {
  return tenant == 0 ? "" : "t" + std::to_string(tenant);
}

std::vector<Starts::Run> replayed(const StopsWorld& world) {
  JobList list;
  for (const StopsJob& job : world.jobs) {
    TraceJob& added = list.add(job.submit, job.run, job.estimate, job.gpus);
    added.checkpoint_interval = job.checkpoint_interval;
    added.priority = job.priority;
    added.tenant = list.tables().tenants.intern(name_of_tenant(job.tenant));
  }
  ReplayOptions options;
  options.order = word_of(world.order);
  options.restart_overhead = world.restart_overhead;
  options.half_life = world.half_life;
  ReplayQueue queue;
  queue.fleet.groups = {{1, 1, static_cast<std::uint32_t>(world.gpus), {}, Level::kRack}};
  options.queues.push_back(queue);
  for (std::uint32_t i = 1; i < world.tenants.size(); ++i) {
    const StopsTenant& tenant = world.tenants[i];
    ReplayTenant row;
    row.name = name_of_tenant(i);
    row.parent = name_of_tenant(tenant.parent);
    row.weight = tenant.weight;
    if (tenant.cohort > 0) row.cohort = std::to_string(tenant.cohort);
    row.guaranteed_gpus = tenant.guaranteed;
    row.borrow_gpus_max = tenant.borrow;
    options.tenants.push_back(row);
  }
  ReplayControl control;
  Bounded bounded;
  Replayer replayer(options, list, control, &bounded);
  replayer.run();
  std::vector<Starts::Run> runs = bounded.starts.runs();
  runs.resize(world.jobs.size());
  return runs;
}

std::string text_of(const StopsWorld& world) {
  std::string text = std::string(word_of(world.order)) + ", " + std::to_string(world.gpus) +
                     " GPUs, overhead " + std::to_string(world.restart_overhead.us) +
                     ", half-life " + std::to_string(world.half_life.us) + "\n";
  for (std::uint32_t i = 1; i < world.tenants.size(); ++i) {
    const StopsTenant& tenant = world.tenants[i];
    text += "tenant " + std::to_string(i) + " below " + std::to_string(tenant.parent) + " weight " +
            std::to_string(tenant.weight) + " cohort " + std::to_string(tenant.cohort) +
            " guaranteed " + std::to_string(tenant.guaranteed) + " borrows " +
            std::to_string(tenant.borrow) + "\n";
  }
  for (const StopsJob& job : world.jobs) {
    text += "submit " + std::to_string((job.submit - world.jobs[0].submit).us) + " run " +
            std::to_string(job.run.us) + " estimate " + std::to_string(job.estimate.us) +
            " checkpoint " + std::to_string(job.checkpoint_interval.us) + " gpus " +
            std::to_string(job.gpus) + " tenant " + std::to_string(job.tenant) + " priority " +
            std::to_string(job.priority) + "\n";
  }
  return text;
}

std::string text_of(const std::vector<Instant>& instants, Instant zero) {
  std::string text;
  for (Instant instant : instants) text += " " + std::to_string((instant - zero).us);
  return text;
}

/// Empty, or the first difference.
std::string difference(const StopsWorld& world, StopsProbes& probes) {
  std::string fault;
  probes.too_close = false;
  const std::vector<StopsRun> expected = oracle::plain_stops(world, probes, fault);
  if (!fault.empty()) return fault;
  if (probes.too_close) return "";
  std::vector<Starts::Run> runs;
  try {
    runs = replayed(world);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  const Instant zero = world.jobs[0].submit;
  for (std::size_t i = 0; i < world.jobs.size(); ++i) {
    const std::string name = "job " + std::to_string(i);
    if (expected[i].refused != (runs[i].refused != Reason::kNone)) return name + ": refusal";
    if (expected[i].refused) continue;
    if (runs[i].starts != expected[i].starts) {
      return name + " starts at" + text_of(runs[i].starts, zero) + ", not at" +
             text_of(expected[i].starts, zero);
    }
    if (runs[i].end != expected[i].end) return name + " ends at another time";
  }
  return "";
}

StopsWorld shrunk(StopsWorld world) {
  StopsProbes ignored;
  for (std::size_t at = world.jobs.size(); at-- > 0;) {
    StopsWorld fewer = world;
    fewer.jobs.erase(fewer.jobs.begin() + static_cast<std::ptrdiff_t>(at));
    if (!fewer.jobs.empty() && !difference(fewer, ignored).empty()) world = fewer;
  }
  return world;
}

std::uint32_t draw(Prng& prng, std::uint32_t from, std::uint32_t to) {
  return from + static_cast<std::uint32_t>(prng.below(to - from + 1));
}
bool one_in(Prng& prng, std::uint32_t n) { return prng.below(n) == 0; }

StopsWorld random_world(Prng& prng, OrderKind order, bool quotas, bool tree) {
  constexpr std::int64_t kUnits[] = {1, kMicrosPerSecond, 1'200 * kMicrosPerSecond, 700'001};
  StopsWorld world;
  const Duration unit{order == OrderKind::kLas ? kUnits[2] : kUnits[draw(prng, 0, 3)]};
  world.order = order;
  world.gpus = draw(prng, 1, 16);
  if (!one_in(prng, 3)) world.restart_overhead = unit * draw(prng, 1, 4);
  if (order == OrderKind::kFairShare && one_in(prng, 2)) world.half_life = unit * draw(prng, 1, 60);
  if (world.half_life < seconds(1)) world.half_life = {};
  if (quotas || tree) {
    const std::uint32_t cohorts = draw(prng, 1, 2);
    for (std::uint32_t i = draw(prng, 1, 5); i > 0; --i) {
      StopsTenant tenant;
      const auto known = static_cast<std::uint32_t>(world.tenants.size());
      if (tree) tenant.parent = draw(prng, 0, known - 1);
      tenant.weight = draw(prng, 1, 3);
      if (quotas) tenant.cohort = draw(prng, 0, 3) == 0 ? 0 : draw(prng, 1, cohorts);
      if (tenant.cohort > 0) {
        tenant.guaranteed = draw(prng, 0, static_cast<std::uint32_t>(world.gpus));
        tenant.borrow = draw(prng, 0, static_cast<std::uint32_t>(world.gpus));
      }
      world.tenants.push_back(tenant);
    }
  }
  const std::uint32_t spread = draw(prng, 0, 4);
  const bool exact = one_in(prng, 3);
  Instant submit = Instant{} + days(draw(prng, 0, 20'000));
  for (std::uint32_t n = draw(prng, 3, 25); n > 0; --n) {
    StopsJob job;
    submit = submit + unit * draw(prng, 0, spread);
    job.submit = submit;
    job.run = unit * (one_in(prng, 12) ? 0 : draw(prng, 1, one_in(prng, 4) ? 40 : 9));
    job.estimate = job.run;
    if (!exact) job.estimate = unit * draw(prng, 0, 14);
    if (one_in(prng, 2)) job.checkpoint_interval = unit * draw(prng, 1, 5);
    const auto gpus = static_cast<std::uint32_t>(world.gpus);
    job.gpus = draw(prng, 1, one_in(prng, 3) ? gpus : (gpus + 2) / 3);
    job.tenant = draw(prng, 0, static_cast<std::uint32_t>(world.tenants.size() - 1));
    job.priority = static_cast<std::int32_t>(draw(prng, 0, 3)) - 1;
    world.jobs.push_back(job);
  }
  return world;
}

StopsProbes compare(std::uint64_t first_seed, int worlds, const std::vector<OrderKind>& orders,
                    bool quotas, bool tree) {
  StopsProbes probes;
  int too_close = 0;
  for (int i = 0; i < worlds; ++i) {
    for (OrderKind order : orders) {
      const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
      Prng prng(seed);
      const StopsWorld world = random_world(prng, order, quotas, tree);
      const std::string fault = difference(world, probes);
      too_close += probes.too_close ? 1 : 0;
      if (fault.empty()) continue;
      const StopsWorld few = shrunk(world);
      StopsProbes ignored;
      ADD_FAILURE() << "seed " << seed << ": " << difference(few, ignored) << "\n" << text_of(few);
      return probes;
    }
  }
  EXPECT_LT(too_close, worlds / 4);
  return probes;
}

const std::vector<OrderKind> kPreempting = {OrderKind::kSrtf, OrderKind::kSrsf, OrderKind::kLas,
                                            OrderKind::kPriority};

TEST(PlainStops, AgreesOnPreemption) {
  const StopsProbes probes = compare(10'000'000, oracle::rounds(3'000), kPreempting, false, false);
  EXPECT_GT(probes.preempted, 0U);
  EXPECT_GT(probes.spared, 0U);
  EXPECT_GT(probes.several_victims, 0U);
  EXPECT_GT(probes.restarts, 0U);
  EXPECT_GT(probes.stopped_in_overhead, 0U);
  EXPECT_GT(probes.levels, 0U);
}

TEST(PlainStops, AgreesOnQuotas) {
  const StopsProbes probes =
      compare(20'000'000, oracle::rounds(3'000), {OrderKind::kFifo, OrderKind::kSjf}, true, false);
  EXPECT_GT(probes.reclaimed, 0U);
  EXPECT_GT(probes.spared, 0U);
  EXPECT_GT(probes.held_back, 0U);
  EXPECT_GT(probes.quota_blocks, 0U);
  EXPECT_EQ(probes.preempted, 0U);
}

TEST(PlainStops, AgreesOnPreemptionWithQuotas) {
  const StopsProbes probes = compare(30'000'000, oracle::rounds(2'000), kPreempting, true, false);
  EXPECT_GT(probes.reclaimed, 0U);
  EXPECT_GT(probes.preempted, 0U);
  EXPECT_GT(probes.held_back, 0U);
}

TEST(PlainStops, AgreesOnFairShare) {
  const StopsProbes probes =
      compare(40'000'000, oracle::rounds(5'000), {OrderKind::kFairShare}, false, true);
  EXPECT_GT(probes.fair_passes, 0U);
}

TEST(PlainStops, AgreesOnFairShareWithQuotas) {
  const StopsProbes probes =
      compare(50'000'000, oracle::rounds(3'000), {OrderKind::kFairShare}, true, true);
  EXPECT_GT(probes.reclaimed, 0U);
}

}  // namespace
}  // namespace stargate::sim
