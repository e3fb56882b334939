// Random small fleets and histories: the fleet index against the brute-force placer.

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "oracle/brute_placer.h"
#include "oracle/rounds.h"
#include "placement/fleet_index.h"

namespace stargate {
namespace {

using oracle::BrutePlacer;
using placement::FleetIndex;

constexpr PlacePolicy kPolicies[] = {PlacePolicy::kBestFit, PlacePolicy::kFirstFit,
                                     PlacePolicy::kConsolidated};

std::uint32_t draw(Prng& prng, std::uint32_t from, std::uint32_t to) {
  return from + static_cast<std::uint32_t>(prng.below(to - from + 1));
}

FleetSpec random_fleet(Prng& prng, bool many_racks) {
  FleetSpec spec;
  const std::uint32_t kinds = draw(prng, 1, 3);
  const std::uint32_t groups = draw(prng, 1, 5);
  constexpr std::uint32_t kSizes[] = {1, 2, 4, 8, 8, 8, 64};
  for (std::uint32_t at = 0; at < groups; ++at) {
    RackGroup group;
    group.racks = draw(prng, 1, many_racks ? 60 : 4);
    group.nodes_per_rack = draw(prng, 1, many_racks ? 4 : 9);
    group.gpus_per_node = kSizes[draw(prng, 0, 6)];
    group.kind = {static_cast<std::uint16_t>(draw(prng, 0, kinds - 1))};
    group.opens = static_cast<Level>(draw(prng, 1, 4));
    spec.groups.push_back(group);
  }
  return spec;
}

Part random_part(Prng& prng, std::uint32_t nodes) {
  Part part;
  if (prng.below(4) == 0) part.kinds = prng.below(8);
  const std::uint32_t most = std::max(1U, nodes / draw(prng, 1, 8));
  switch (prng.below(4)) {
    case 0: part.nodes = draw(prng, 1, most); break;
    case 1: part.gpus = draw(prng, 1, most * 4); break;
    default:
      part.gpus_per_node = draw(prng, 1, prng.below(4) == 0 ? 16 : 8);
      part.gpus = draw(prng, 1, most * part.gpus_per_node);
      break;
  }
  if (prng.below(2) == 0 && (part.nodes != 0 || part.gpus_per_node != 0)) {
    part.segment_nodes = draw(prng, 1, 5);
    part.segment_level = static_cast<Level>(draw(prng, 0, 5));
  }
  return part;
}

Request random_request(Prng& prng, std::uint32_t nodes, std::uint32_t parts) {
  Request request;
  for (std::uint32_t at = 0; at < parts; ++at) request.parts.push_back(random_part(prng, nodes));
  request.locality.level = static_cast<Level>(draw(prng, 0, 5));
  request.locality.must = prng.below(2) == 0;
  request.accepts_degraded = prng.below(3) == 0;
  return request;
}

std::string told(const Request& request, PlacePolicy policy) {
  std::string text = "policy " + std::to_string(static_cast<int>(policy));
  for (const Part& part : request.parts) {
    text += " [gpus " + std::to_string(part.gpus) + " nodes " + std::to_string(part.nodes) +
            " per node " + std::to_string(part.gpus_per_node) + " segment " +
            std::to_string(part.segment_nodes) + " in " + name_of(part.segment_level) + " kinds " +
            std::to_string(part.kinds) + "]";
  }
  return text + (request.locality.must ? " must " : " should ") + name_of(request.locality.level) +
         (request.accepts_degraded ? " degraded" : "");
}

/// A fleet, its index and its oracle, with some of it held and some of it ill.
struct World {
  std::shared_ptr<const Topology> topology;
  FleetIndex index;
  BrutePlacer brute;
  std::vector<std::vector<NodeRange>> held;

  explicit World(const FleetSpec& spec)
      : topology(std::make_shared<const Topology>(spec)), index(topology), brute(topology) {}

  void occupy(const std::vector<NodeRange>& ranges) {
    index.occupy(ranges);
    brute.occupy(ranges);
    held.push_back(ranges);
  }
  void release(std::size_t at) {
    index.release(held[at]);
    brute.release(held[at]);
    held[at] = held.back();
    held.pop_back();
  }
  void disturb(Prng& prng) {
    for (std::uint32_t node = 0; node < topology->node_count(); ++node) {
      if (prng.below(4) != 0) continue;
      const GpuMask mask = brute.free_mask(node) & prng.next();
      if (mask != 0) occupy({{.first = node, .count = 1, .mask = mask, .part = 0}});
    }
  }
  void make_ill(Prng& prng) {
    const std::uint32_t node = draw(prng, 0, topology->node_count() - 1);
    const std::uint32_t count = draw(prng, 1, std::min(4U, topology->node_count() - node));
    const Health health = static_cast<Health>(prng.below(4));
    index.set_health({node}, count, health);
    for (std::uint32_t at = node; at < node + count; ++at) brute.set_health(at, health);
  }
};

void play_single(std::uint64_t seed, bool many_racks) {
  Prng prng(seed);
  World world(random_fleet(prng, many_racks));
  if (prng.below(2) == 0) world.disturb(prng);
  for (int step = 0; step < 40; ++step) {
    if (prng.below(6) == 0) world.make_ill(prng);
    if (!world.held.empty() && prng.below(3) == 0) world.release(prng.below(world.held.size()));
    const Request request = random_request(prng, world.topology->node_count(), 1);
    const PlacePolicy policy = kPolicies[prng.below(3)];
    const bool whole_nodes = policy == PlacePolicy::kConsolidated;
    SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(step) + ": " +
                 told(request, policy));
    world.index.watch(request, policy);
    const bool fits = world.brute.fits(request, whole_nodes);
    ASSERT_EQ(world.index.fits(request, policy), fits);
    std::vector<NodeRange> ranges{{.first = 7, .count = 0, .mask = 0, .part = 9}};
    const auto level = world.index.place(request, policy, ranges);
    ASSERT_EQ(level.has_value(), fits);
    ASSERT_EQ(ranges[0].part, 9U);
    ranges.erase(ranges.begin());
    if (!fits) {
      ASSERT_TRUE(ranges.empty());
      continue;
    }
    ASSERT_EQ(world.brute.fault_of(request, whole_nodes, ranges, *level), "");
    const bool shaped = request.parts[0].nodes != 0 || request.parts[0].gpus_per_node != 0;
    const Level narrowest = *world.brute.narrowest(request, whole_nodes);
    if (policy == PlacePolicy::kBestFit && shaped) {
      ASSERT_EQ(*level, narrowest);
    } else if (narrowest <= request.locality.level) {
      ASSERT_LE(*level, request.locality.level);
    }
    if (prng.below(3) != 0) world.occupy(ranges);
  }
  world.index.check_invariants();
  while (!world.held.empty()) world.release(prng.below(world.held.size()));
  world.index.check_invariants();
  ASSERT_EQ(
      world.index.free_gpus(Request{.parts = {Part{}}, .locality = {}, .accepts_degraded = false}),
      world.index.free_gpus());
}

template <class Play>
void for_seeds(int count, Play play) {
  const auto last = static_cast<std::uint64_t>(oracle::rounds(count));
  for (std::uint64_t seed = 1; seed <= last && !testing::Test::HasFatalFailure(); ++seed) {
    play(seed);
  }
}

TEST(PlacementOracle, OnePartFitsExactlyWhereItCan) {
  for_seeds(3'000, [](std::uint64_t seed) { play_single(seed, false); });
}

TEST(PlacementOracle, OnePartFitsExactlyWhereItCanAmongManyRacks) {
  for_seeds(400, [](std::uint64_t seed) { play_single(seed, true); });
}

void play_gang(std::uint64_t seed, bool compete) {
  Prng prng(seed);
  World world(random_fleet(prng, false));
  if (prng.below(2) == 0) world.disturb(prng);
  for (int step = 0; step < 25; ++step) {
    if (prng.below(6) == 0) world.make_ill(prng);
    if (!world.held.empty() && prng.below(3) == 0) world.release(prng.below(world.held.size()));
    Request request = random_request(prng, world.topology->node_count(), draw(prng, 2, 4));
    if (!compete) {
      request.parts.resize(2);
      request.parts[0].kinds = 1;
      request.parts[1].kinds = 2 + 4 * prng.below(2);
    }
    const PlacePolicy policy = kPolicies[prng.below(3)];
    const bool whole_nodes = policy == PlacePolicy::kConsolidated;
    SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(step) + ": " +
                 told(request, policy));
    world.index.watch(request, policy);
    std::vector<NodeRange> ranges;
    const auto level = world.index.place(request, policy, ranges);
    ASSERT_EQ(world.index.fits(request, policy), level.has_value());
    const auto narrowest = world.brute.narrowest(request, whole_nodes);
    const bool could = world.brute.fits(request, whole_nodes);
    if (!compete) {
      ASSERT_EQ(level.has_value(), could);
    }
    if (!level) {
      ASSERT_TRUE(ranges.empty());
      continue;
    }
    ASSERT_TRUE(could);
    ASSERT_EQ(world.brute.fault_of(request, whole_nodes, ranges, *level), "");
    if (!compete && policy == PlacePolicy::kBestFit) {
      ASSERT_EQ(*level, *narrowest);
    }
    if (prng.below(3) != 0) world.occupy(ranges);
  }
  world.index.check_invariants();
}

TEST(PlacementOracle, AGangOfPartsThatDoNotCompeteFitsExactlyWhereItCan) {
  for_seeds(2'000, [](std::uint64_t seed) { play_gang(seed, false); });
}

TEST(PlacementOracle, AGangOfPartsThatCompeteIsPlacedValidly) {
  for_seeds(2'000, [](std::uint64_t seed) { play_gang(seed, true); });
}

}  // namespace
}  // namespace stargate
