// Random small fleets and workloads: the replay against a plain simulator that looks at everything.

#include "oracle/plain_scheduler.h"

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

using oracle::PlainFleet;
using oracle::PlainHold;
using oracle::PlainJob;
using oracle::PlainPolicy;
using oracle::PlainProbes;
using oracle::PlainRun;

std::uint32_t draw(Prng& prng, std::uint32_t from, std::uint32_t to) {
  return from + static_cast<std::uint32_t>(prng.below(to - from + 1));
}
bool one_in(Prng& prng, std::uint32_t n) { return prng.below(n) == 0; }

/// What a workload is drawn from.
struct Shapes {
  bool unshaped = true;
  bool shaped = false;
};

PlainFleet random_fleet(Prng& prng) {
  constexpr std::uint32_t kSizes[] = {1, 2, 4, 8};
  PlainFleet fleet;
  fleet.racks = draw(prng, 1, 4);
  fleet.nodes_per_rack = draw(prng, 1, 4);
  fleet.gpus_per_node = kSizes[draw(prng, 0, 3)];
  return fleet;
}

Request random_request(Prng& prng, const PlainFleet& fleet, Shapes shapes) {
  const std::uint32_t gpus = fleet.nodes() * fleet.gpus_per_node;
  Request request;
  request.parts.resize(1);
  Part& part = request.parts[0];
  const bool shaped = shapes.shaped && (!shapes.unshaped || one_in(prng, 2));
  if (!shaped) {
    part.gpus =
        one_in(prng, 40) ? gpus + 1 : draw(prng, 1, one_in(prng, 3) ? gpus : (gpus + 2) / 3);
  } else if (one_in(prng, 3)) {
    part.nodes = draw(prng, 1, fleet.nodes() + (one_in(prng, 30) ? 1 : 0));
  } else {
    part.gpus_per_node = draw(prng, 1, fleet.gpus_per_node);
    part.gpus = draw(prng, 1, part.gpus_per_node * fleet.nodes());
    if (one_in(prng, 2)) part.gpus -= part.gpus % part.gpus_per_node;
    if (part.gpus == 0) part.gpus = part.gpus_per_node;
  }
  if (shapes.shaped && one_in(prng, 4)) request.locality = {Level::kRack, true};
  return request;
}

std::vector<PlainJob> random_jobs(Prng& prng, const PlainFleet& fleet, Shapes shapes) {
  constexpr std::int64_t kUnits[] = {1, kMicrosPerSecond, 3'600 * kMicrosPerSecond, 700'000};
  const Duration unit{kUnits[draw(prng, 0, 3)]};
  const std::uint32_t count = draw(prng, 4, 40);
  const std::uint32_t spread = draw(prng, 0, 3);
  const bool exact = one_in(prng, 4);
  const bool outrun = one_in(prng, 2);
  // A few requests that come again and again, as in real logs, or new ones each time.
  std::vector<Request> requests;
  const std::uint32_t kinds = one_in(prng, 4) ? count : draw(prng, 2, 6);
  for (std::uint32_t i = 0; i < kinds; ++i) {
    requests.push_back(random_request(prng, fleet, shapes));
  }
  std::vector<PlainJob> jobs;
  Instant submit = Instant{} + days(static_cast<std::int64_t>(draw(prng, 0, 20'000)));
  for (std::uint32_t i = 0; i < count; ++i) {
    submit = submit + unit * draw(prng, 0, spread);
    PlainJob job;
    job.submit = submit;
    job.run = unit * (one_in(prng, 8) ? 0 : draw(prng, 1, 12));
    job.estimate = job.run;
    if (!exact && one_in(prng, 2)) job.estimate += unit * draw(prng, 0, 10);
    if (outrun && one_in(prng, 3)) job.estimate = unit * draw(prng, 0, 6);
    job.request = requests[draw(prng, 0, kinds - 1)];
    jobs.push_back(job);
  }
  return jobs;
}

ReplayOptions options_of(const PlainFleet& fleet, const PlainPolicy& policy) {
  ReplayOptions options;
  options.order = policy.order == OrderKind::kSjf ? "sjf" : "fifo";
  options.backfill = policy.backfill == BackfillKind::kNone   ? "none"
                     : policy.backfill == BackfillKind::kEasy ? "easy"
                                                              : "conservative";
  options.backfill_order = policy.backfill_order == BackfillOrder::kShortest ? "shortest" : "queue";
  options.place = name_of(policy.place);
  ReplayQueue queue;
  queue.fleet.groups = {{fleet.racks, fleet.nodes_per_rack, fleet.gpus_per_node, {}, Level::kRack}};
  options.queues.push_back(queue);
  return options;
}

std::vector<PlainHold> holds_of(const std::vector<NodeRange>& ranges) {
  std::vector<PlainHold> holds;
  for (const NodeRange& range : ranges) {
    for (std::uint32_t i = 0; i < range.count; ++i) holds.push_back({range.first + i, range.mask});
  }
  return holds;
}

std::string words(const std::vector<PlainHold>& holds) {
  std::string text;
  for (const PlainHold& hold : holds) {
    text += std::to_string(hold.node) + ":" + std::to_string(hold.mask) + " ";
  }
  return text;
}

std::string words(const PlainFleet& fleet, const PlainPolicy& policy,
                  const std::vector<PlainJob>& jobs) {
  const ReplayOptions options = options_of(fleet, policy);
  std::string text = std::to_string(fleet.racks) + "x" + std::to_string(fleet.nodes_per_rack) +
                     "x" + std::to_string(fleet.gpus_per_node) + " " + options.order + " " +
                     options.backfill + " " + options.backfill_order + " " + options.place +
                     (policy.archive_instants ? " archive" : "") + "\n";
  for (const PlainJob& job : jobs) {
    const Part& part = job.request.parts[0];
    text += "submit " + std::to_string((job.submit - jobs[0].submit).us) + " run " +
            std::to_string(job.run.us) + " estimate " + std::to_string(job.estimate.us) + " gpus " +
            std::to_string(part.gpus) + " by " + std::to_string(part.gpus_per_node) + " nodes " +
            std::to_string(part.nodes) + (job.request.locality.must ? " in a rack" : "") + "\n";
  }
  return text;
}

/// Empty, or the first difference.
std::string difference(const PlainFleet& fleet, const PlainPolicy& policy,
                       const std::vector<PlainJob>& jobs, PlainProbes& probes) {
  JobList list(policy.archive_instants ? InstantOrder::kWorkloadArchive
                                       : InstantOrder::kEndsThenSubmissions);
  for (const PlainJob& job : jobs) list.add(job.submit, job.run, job.estimate, job.request);
  const ReplayOptions options = options_of(fleet, policy);
  ReplayControl control;
  Starts starts;
  Replayer replayer(options, list, control, &starts);
  replayer.run();

  const std::vector<PlainRun> expected = oracle::plain_schedule(fleet, policy, jobs, probes);
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    const PlainRun& right = expected[job];
    const std::string name = "job " + std::to_string(job);
    if (job >= starts.runs().size()) return name + " is not heard of";
    const Starts::Run& run = starts.runs()[job];
    if (right.refused) {
      if (run.refused == Reason::kNone) return name + " is not refused";
      continue;
    }
    if (run.starts.size() != 1)
      return name + " starts " + std::to_string(run.starts.size()) + " times";
    if (run.starts[0] != right.start) {
      return name + " starts at " + std::to_string((run.starts[0] - jobs[0].submit).us) +
             ", not at " + std::to_string((right.start - jobs[0].submit).us);
    }
    if (run.end != right.end) return name + " ends at another time";
  }
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    const PlainRun& right = expected[job];
    const Starts::Run& run = starts.runs()[job];
    const std::string name = "job " + std::to_string(job);
    if (!right.refused && holds_of(run.ranges) != right.holds) {
      return name + " is on " + words(holds_of(run.ranges)) + ", not on " + words(right.holds);
    }
  }
  return "";
}

/// The fewest of the jobs, by leaving out one after the other, on which there is a difference.
std::vector<PlainJob> shrunk(const PlainFleet& fleet, const PlainPolicy& policy,
                             std::vector<PlainJob> jobs) {
  PlainProbes ignored;
  for (std::size_t at = jobs.size(); at-- > 0;) {
    std::vector<PlainJob> fewer = jobs;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(at));
    if (!fewer.empty() && !difference(fleet, policy, fewer, ignored).empty()) jobs = fewer;
  }
  return jobs;
}

void compare(std::uint64_t first_seed, int workloads, Shapes shapes,
             const std::vector<PlacePolicy>& places, PlainProbes& probes) {
  for (int i = 0; i < workloads; ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    Prng prng(seed);
    const PlainFleet fleet = random_fleet(prng);
    const std::vector<PlainJob> jobs = random_jobs(prng, fleet, shapes);
    PlainPolicy policy;
    policy.place = places[draw(prng, 0, static_cast<std::uint32_t>(places.size() - 1))];
    for (OrderKind order : {OrderKind::kFifo, OrderKind::kSjf}) {
      for (BackfillKind backfill :
           {BackfillKind::kNone, BackfillKind::kEasy, BackfillKind::kConservative}) {
        for (BackfillOrder backfill_order : {BackfillOrder::kQueue, BackfillOrder::kShortest}) {
          for (bool archive : {false, true}) {
            policy.order = order;
            policy.backfill = backfill;
            policy.backfill_order = backfill_order;
            policy.archive_instants = archive;
            const std::string fault = difference(fleet, policy, jobs, probes);
            if (fault.empty()) continue;
            const std::vector<PlainJob> few = shrunk(fleet, policy, jobs);
            FAIL() << "seed " << seed << ": " << difference(fleet, policy, few, probes) << "\n"
                   << words(fleet, policy, few);
          }
        }
      }
    }
  }
}

void expect_common_states(const PlainProbes& probes) {
  EXPECT_GT(probes.several_ends_at_once, 0u);
  EXPECT_GT(probes.runs_of_no_length, 0u);
  EXPECT_GT(probes.estimates_outrun, 0u);
  EXPECT_GT(probes.estimates_of_nothing, 0u);
  EXPECT_GT(probes.overtaken_in_time, 0u);
  EXPECT_GT(probes.overtaken_beside, 0u);
  EXPECT_GT(probes.refused_beside, 0u);
  EXPECT_GT(probes.planned_past_others, 0u);
  EXPECT_GT(probes.refused, 0u);
}

TEST(PlainScheduler, AgreesOnWorkloadsThatTakeAnyGpus) {
  PlainProbes probes;
  compare(1'000'000, oracle::rounds(400), {true, false},
          {PlacePolicy::kBestFit, PlacePolicy::kFirstFit}, probes);
  expect_common_states(probes);
  EXPECT_EQ(probes.blocked_by_shape, 0u);
}

TEST(PlainScheduler, AgreesOnShapedGangs) {
  PlainProbes probes;
  compare(2'000'000, oracle::rounds(400), {false, true},
          {PlacePolicy::kBestFit, PlacePolicy::kFirstFit, PlacePolicy::kConsolidated}, probes);
  expect_common_states(probes);
  EXPECT_GT(probes.blocked_by_shape, 0u);
}

TEST(PlainScheduler, AgreesOnMixedWorkloads) {
  PlainProbes probes;
  compare(3'000'000, oracle::rounds(400), {true, true},
          {PlacePolicy::kBestFit, PlacePolicy::kFirstFit, PlacePolicy::kConsolidated}, probes);
  expect_common_states(probes);
  EXPECT_GT(probes.blocked_by_shape, 0u);
}

TEST(PlainScheduler, AgreesOnConsolidatedGangs) {
  PlainProbes probes;
  compare(4'000'000, oracle::rounds(200), {true, false}, {PlacePolicy::kConsolidated}, probes);
  expect_common_states(probes);
  EXPECT_GT(probes.blocked_by_shape, 0u);
}

}  // namespace
}  // namespace stargate::sim
