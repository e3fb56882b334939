#include "placement/fleet_index.h"

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"

namespace stargate::placement {
namespace {

using Ranges = std::vector<NodeRange>;

std::shared_ptr<const Topology> topology_of(std::vector<RackGroup> groups) {
  return std::make_shared<const Topology>(FleetSpec{.groups = std::move(groups)});
}

RackGroup group_of(std::uint32_t racks, std::uint32_t nodes_per_rack, std::uint32_t gpus_per_node,
                   std::uint16_t kind = 0, Level opens = Level::kRack) {
  return {.racks = racks,
          .nodes_per_rack = nodes_per_rack,
          .gpus_per_node = gpus_per_node,
          .kind = {kind},
          .opens = opens};
}

Request asking(Part part, Locality locality = {}) {
  return {.parts = {part}, .locality = locality, .accepts_degraded = false};
}

/// A fleet index that watches whatever is asked of it.
class Fleet {
 public:
  explicit Fleet(std::vector<RackGroup> groups) : index(topology_of(std::move(groups))) {}

  std::optional<Level> place(const Request& request, PlacePolicy policy = PlacePolicy::kBestFit) {
    index.watch(request, policy);
    out.clear();
    const auto level = index.place(request, policy, out);
    EXPECT_EQ(index.fits(request, policy), level.has_value());
    EXPECT_EQ(out.empty(), !level.has_value());
    return level;
  }
  void hold(std::uint32_t first, std::uint32_t count, GpuMask mask) {
    const NodeRange range{.first = first, .count = count, .mask = mask, .part = 0};
    index.occupy({&range, 1});
  }
  void free(std::uint32_t first, std::uint32_t count, GpuMask mask) {
    const NodeRange range{.first = first, .count = count, .mask = mask, .part = 0};
    index.release({&range, 1});
  }

  FleetIndex index;
  Ranges out;
};

// Which node and which GPUs.

TEST(FleetIndexBestFit, ASmallPartGoesOnTheNodeWithTheFewestFreeGpus) {
  Fleet fleet({group_of(1, 4, 8)});
  fleet.hold(1, 1, 0x0f);
  fleet.hold(2, 1, 0x3f);
  fleet.hold(3, 1, 0x3f);
  EXPECT_EQ(fleet.place(asking({.gpus = 2})), Level::kNode);
  EXPECT_EQ(fleet.out, (Ranges{{2, 1, 0xc0, 0}}));
  fleet.place(asking({.gpus = 3, .gpus_per_node = 4}));
  EXPECT_EQ(fleet.out, (Ranges{{1, 1, 0x70, 0}}));
  fleet.place(asking({.nodes = 1}));
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0xff, 0}}));
}

TEST(FleetIndexFirstFit, ASmallPartGoesOnTheLowestNodeThatHasRoom) {
  Fleet fleet({group_of(1, 4, 8)});
  fleet.hold(0, 1, 0x7f);
  fleet.hold(2, 1, 0x3f);
  fleet.place(asking({.gpus = 2, .gpus_per_node = 2}), PlacePolicy::kFirstFit);
  EXPECT_EQ(fleet.out, (Ranges{{1, 1, 0x03, 0}}));
  fleet.place(asking({.gpus = 10}), PlacePolicy::kFirstFit);
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0x80, 0}, {1, 1, 0xff, 0}, {2, 1, 0x40, 0}}));
}

TEST(FleetIndexFirstFit, AGangTakesTheLowestNodesAndAnotherForTheRemainder) {
  Fleet fleet({group_of(1, 5, 8)});
  fleet.hold(0, 1, 0x3f);
  fleet.hold(2, 1, 0x0f);
  fleet.place(asking({.gpus = 10, .gpus_per_node = 4}), PlacePolicy::kFirstFit);
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0xc0, 0}, {1, 1, 0x0f, 0}, {2, 1, 0xf0, 0}}));
}

TEST(FleetIndexBestFit, WholeNodesMergeIntoRanges) {
  Fleet fleet({group_of(2, 8, 4)});
  fleet.hold(3, 1, 0x1);
  EXPECT_EQ(fleet.place(asking({.nodes = 10})), Level::kBlock);
  EXPECT_EQ(fleet.out, (Ranges{{0, 2, 0xf, 0}, {8, 8, 0xf, 0}}));
}

TEST(FleetIndexBestFit, TheRemainderGoesWhereTheOthersDoNotFit) {
  Fleet fleet({group_of(1, 4, 8)});
  fleet.hold(3, 1, 0x1f);
  fleet.place(asking({.gpus = 18, .gpus_per_node = 8}));
  EXPECT_EQ(fleet.out, (Ranges{{0, 2, 0xff, 0}, {3, 1, 0x60, 0}}));
  fleet.hold(3, 1, 0xe0);
  fleet.place(asking({.gpus = 18, .gpus_per_node = 8}));
  EXPECT_EQ(fleet.out, (Ranges{{0, 2, 0xff, 0}, {2, 1, 0x03, 0}}));
  EXPECT_FALSE(fleet.place(asking({.gpus = 26, .gpus_per_node = 8})));
}

TEST(FleetIndexBestFit, AnUnshapedPartThatNoNodeHoldsLeavesIdleNodesIdle) {
  Fleet fleet({group_of(2, 2, 8)});
  fleet.hold(0, 1, 0x0f);
  fleet.hold(2, 1, 0x7f);
  EXPECT_EQ(fleet.place(asking({.gpus = 9})), Level::kBlock);
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0xf0, 0}, {1, 1, 0x0f, 0}, {2, 1, 0x80, 0}}));
}

// Which domain.

TEST(FleetIndexBestFit, AGangGoesToTheNarrowestLevelAndThereToTheFullestDomain) {
  // Blocks: racks 0-1, 2-3; four nodes a rack.
  Fleet fleet({group_of(2, 4, 8), group_of(2, 4, 8, 0, Level::kBlock)});
  fleet.hold(0, 1, 0xff);
  fleet.hold(8, 2, 0x01);
  EXPECT_EQ(fleet.place(asking({.nodes = 2})), Level::kRack);
  EXPECT_EQ(fleet.out, (Ranges{{10, 2, 0xff, 0}}));
  EXPECT_EQ(fleet.place(asking({.nodes = 3})), Level::kRack);
  EXPECT_EQ(fleet.out, (Ranges{{1, 3, 0xff, 0}}));
  EXPECT_EQ(fleet.place(asking({.nodes = 5})), Level::kBlock);
  EXPECT_EQ(fleet.out, (Ranges{{10, 1, 0xff, 0}, {12, 4, 0xff, 0}}));
  EXPECT_EQ(fleet.place(asking({.nodes = 8})), Level::kBuilding);
}

TEST(FleetIndexLocality, AMustIsKeptAndAShouldWherePossible) {
  Fleet fleet({group_of(3, 4, 8)});
  for (const PlacePolicy policy :
       {PlacePolicy::kBestFit, PlacePolicy::kFirstFit, PlacePolicy::kConsolidated}) {
    const Locality must{.level = Level::kRack, .must = true};
    const Locality should{.level = Level::kRack, .must = false};
    EXPECT_EQ(fleet.place(asking({.nodes = 4}, must), policy), Level::kRack);
    EXPECT_FALSE(fleet.place(asking({.nodes = 5}, must), policy));
    EXPECT_FALSE(fleet.place(asking({.gpus = 33}, must), policy));
    EXPECT_EQ(fleet.place(asking({.gpus = 32}, must), policy), Level::kRack);
    EXPECT_EQ(fleet.place(asking({.nodes = 5}, should), policy), Level::kBlock);
    EXPECT_EQ(fleet.place(asking({.nodes = 3}, should), policy), Level::kRack);
    EXPECT_FALSE(fleet.place(asking({.gpus = 9}, {.level = Level::kNode, .must = true}), policy));
    EXPECT_EQ(fleet.place(asking({.gpus = 8}, {.level = Level::kNode, .must = true}), policy),
              Level::kNode);
  }
}

TEST(FleetIndexFirstFit, ALocalGangGoesToTheLowestDomainThatHoldsIt) {
  Fleet fleet({group_of(3, 4, 8)});
  fleet.hold(1, 2, 0x1);
  fleet.hold(8, 1, 0x1);
  const Locality must{.level = Level::kRack, .must = true};
  fleet.place(asking({.nodes = 3}, must), PlacePolicy::kFirstFit);
  EXPECT_EQ(fleet.out, (Ranges{{4, 3, 0xff, 0}}));
  fleet.place(asking({.nodes = 3}, must), PlacePolicy::kBestFit);
  EXPECT_EQ(fleet.out, (Ranges{{9, 3, 0xff, 0}}));
}

TEST(FleetIndexLocality, AnUnshapedPartStaysInTheClosestDomain) {
  Fleet fleet({group_of(2, 2, 8)});
  fleet.hold(2, 1, 0x0f);
  EXPECT_EQ(fleet.place(asking({.gpus = 10}, {.level = Level::kRack, .must = true})), Level::kRack);
  EXPECT_EQ(fleet.out, (Ranges{{2, 1, 0xf0, 0}, {3, 1, 0x3f, 0}}));
}

// Philly's rule.

TEST(FleetIndexConsolidated, WholeIdleNodesAndTheRestLikeASmallJob) {
  Fleet fleet({group_of(2, 3, 8)});
  fleet.hold(1, 1, 0x01);
  fleet.hold(4, 1, 0x1f);
  fleet.place(asking({.gpus = 19}), PlacePolicy::kConsolidated);
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0xff, 0}, {2, 1, 0xff, 0}, {4, 1, 0xe0, 0}}));
  fleet.place(asking({.gpus = 20}), PlacePolicy::kConsolidated);
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0xff, 0}, {1, 1, 0x1e, 0}, {2, 1, 0xff, 0}}));
  fleet.place(asking({.gpus = 3}), PlacePolicy::kConsolidated);
  EXPECT_EQ(fleet.out, (Ranges{{4, 1, 0xe0, 0}}));
  EXPECT_FALSE(fleet.place(asking({.gpus = 40}), PlacePolicy::kConsolidated));
  EXPECT_TRUE(fleet.place(asking({.gpus = 40}), PlacePolicy::kBestFit));
}

// Kinds and sizes.

TEST(FleetIndexClasses, AShapedPartStaysWithinNodesOfOneKindAndSize) {
  Fleet fleet({group_of(1, 2, 8, 1), group_of(1, 2, 8, 0), group_of(1, 4, 4, 0)});
  EXPECT_FALSE(fleet.place(asking({.gpus = 24, .gpus_per_node = 8})));
  fleet.place(asking({.nodes = 2}));
  EXPECT_EQ(fleet.out, (Ranges{{4, 2, 0xf, 0}}));
  fleet.place(asking({.gpus = 10, .gpus_per_node = 5}));
  EXPECT_EQ(fleet.out, (Ranges{{2, 2, 0x1f, 0}}));
  fleet.place(asking({.nodes = 2, .kinds = 2}));
  EXPECT_EQ(fleet.out, (Ranges{{0, 2, 0xff, 0}}));
  EXPECT_FALSE(fleet.place(asking({.nodes = 1, .kinds = 4})));
  EXPECT_EQ(fleet.index.free_gpus(asking({.gpus = 1, .kinds = 1})), 32U);
  EXPECT_EQ(fleet.index.free_gpus(), 48U);
}

TEST(FleetIndexClasses, TheClassThatAllowsTheNarrowestLevelWins) {
  Fleet fleet({group_of(2, 1, 8, 0), group_of(1, 2, 8, 1)});
  EXPECT_EQ(fleet.place(asking({.nodes = 2})), Level::kRack);
  EXPECT_EQ(fleet.out, (Ranges{{2, 2, 0xff, 0}}));
}

TEST(FleetIndexClasses, AnUnshapedPartTakesGpusOfAllClasses) {
  Fleet fleet({group_of(1, 1, 4, 1), group_of(1, 1, 8, 0)});
  EXPECT_EQ(fleet.place(asking({.gpus = 10})), Level::kBlock);
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0x0f, 0}, {1, 1, 0x3f, 0}}));
  EXPECT_FALSE(fleet.place(asking({.gpus = 10, .kinds = 1})));
}

// Segments.

TEST(FleetIndexSegments, EachSegmentLiesWithinOneRack) {
  // Two buildings of three racks of six.
  Fleet fleet({group_of(3, 6, 8), group_of(3, 6, 8, 0, Level::kBuilding)});
  Part part{.nodes = 12, .segment_nodes = 4};
  EXPECT_EQ(fleet.place(asking(part)), Level::kBlock);
  EXPECT_EQ(fleet.out, (Ranges{{0, 4, 0xff, 0}, {6, 4, 0xff, 0}, {12, 4, 0xff, 0}}));
  part.nodes = 14;  // the tail beside a full segment
  EXPECT_EQ(fleet.place(asking(part)), Level::kBlock);
  part.nodes = 15;  // no rack has room for four and three
  EXPECT_EQ(fleet.place(asking(part)), Level::kSite);
  EXPECT_FALSE(fleet.place(asking(part, {.level = Level::kBuilding, .must = true})));
  part.nodes = 24;
  EXPECT_EQ(fleet.place(asking(part)), Level::kSite);
  part.nodes = 25;
  EXPECT_EQ(fleet.place(asking(part)), Level::kSite);
  part.nodes = 27;
  EXPECT_FALSE(fleet.place(asking(part)));
}

TEST(FleetIndexSegments, RacksWithTheFewestNodesToSpareAreUsedFirst) {
  Fleet fleet({group_of(4, 5, 8)});
  fleet.hold(5, 1, 0x1);
  fleet.hold(15, 1, 0x1);
  EXPECT_EQ(fleet.place(asking({.nodes = 8, .segment_nodes = 4})), Level::kBlock);
  EXPECT_EQ(fleet.out, (Ranges{{6, 4, 0xff, 0}, {16, 4, 0xff, 0}}));
}

TEST(FleetIndexSegments, OneSegmentIsALocality) {
  Fleet fleet({group_of(4, 3, 8)});
  const Part part{.nodes = 4, .segment_nodes = 8};
  for (const PlacePolicy policy :
       {PlacePolicy::kBestFit, PlacePolicy::kFirstFit, PlacePolicy::kConsolidated}) {
    EXPECT_FALSE(fleet.place(asking(part), policy));
  }
}

TEST(FleetIndexSegments, OfOneNodeEachTheyAskForNothing) {
  Fleet fleet({group_of(4, 3, 8)});
  EXPECT_TRUE(
      fleet.place(asking({.nodes = 12, .segment_nodes = 1, .segment_level = Level::kNode})));
  EXPECT_FALSE(
      fleet.place(asking({.nodes = 2, .segment_nodes = 2, .segment_level = Level::kNode})));
}

// Several parts.

TEST(FleetIndexGang, AGangIsPlacedWholeOrNotAtAll) {
  Fleet fleet({group_of(2, 3, 8), group_of(1, 4, 4, 1)});
  Request request{.parts = {Part{.nodes = 2, .kinds = 1}, Part{.nodes = 4, .kinds = 2}},
                  .locality = {},
                  .accepts_degraded = false};
  EXPECT_EQ(fleet.place(request), Level::kBlock);
  EXPECT_EQ(fleet.out, (Ranges{{0, 2, 0xff, 0}, {6, 4, 0xf, 1}}));
  fleet.hold(9, 1, 0x8);
  EXPECT_FALSE(fleet.place(request));
}

TEST(FleetIndexGang, PartsMayShareANode) {
  Fleet fleet({group_of(1, 2, 8)});
  Request request{.parts = {Part{.gpus = 3}, Part{.gpus = 5, .gpus_per_node = 5}},
                  .locality = {},
                  .accepts_degraded = false};
  EXPECT_EQ(fleet.place(request), Level::kNode);
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0x07, 0}, {0, 1, 0xf8, 1}}));
  request.parts.push_back({.nodes = 1});
  EXPECT_EQ(fleet.place(request), Level::kRack);
  request.parts.push_back({.gpus = 1});
  EXPECT_FALSE(fleet.place(request));
}

TEST(FleetIndexGang, AllPartsLieWithinTheLocality) {
  Fleet fleet({group_of(2, 4, 8)});
  fleet.hold(0, 1, 0x1);
  Request request{.parts = {Part{.nodes = 2}, Part{.nodes = 2}},
                  .locality = {.level = Level::kRack, .must = true},
                  .accepts_degraded = false};
  EXPECT_EQ(fleet.place(request), Level::kRack);
  EXPECT_EQ(fleet.out[0].first, 4U);
  request.parts[0].nodes = 3;
  EXPECT_FALSE(fleet.place(request));
  request.locality.must = false;
  EXPECT_EQ(fleet.place(request), Level::kBlock);
}

TEST(FleetIndexGang, ALaterPartIsCutIntoSegmentsBesideAnEarlierOne) {
  Fleet fleet({group_of(2, 6, 8)});
  const Request request{
      .parts = {Part{.nodes = 4, .segment_nodes = 2}, Part{.nodes = 8, .segment_nodes = 4}},
      .locality = {},
      .accepts_degraded = false};
  EXPECT_EQ(fleet.place(request), Level::kBlock);
  EXPECT_EQ(fleet.out,
            (Ranges{{4, 2, 0xff, 0}, {10, 2, 0xff, 0}, {0, 4, 0xff, 1}, {6, 4, 0xff, 1}}));
}

// Health.

TEST(FleetIndexHealth, OnlyHealthyNodesOrAlsoDegradedOnesWhereAccepted) {
  Fleet fleet({group_of(1, 4, 8)});
  fleet.index.set_health({0}, 1, Health::kDegraded);
  fleet.index.set_health({1}, 1, Health::kDrained);
  fleet.index.set_health({2}, 1, Health::kFailed);
  EXPECT_EQ(fleet.index.free_gpus(), 8U);
  EXPECT_EQ(fleet.index.free_in(Level::kRack, 0), (FleetIndex::Free{8, 1}));
  EXPECT_EQ(fleet.index.free_in(Level::kNode, 0), (FleetIndex::Free{0, 0}));
  EXPECT_FALSE(fleet.place(asking({.nodes = 2})));
  Request request = asking({.nodes = 2});
  request.accepts_degraded = true;
  EXPECT_EQ(fleet.index.free_gpus(request), 16U);
  EXPECT_EQ(fleet.place(request), Level::kRack);
  EXPECT_EQ(fleet.out, (Ranges{{0, 1, 0xff, 0}, {3, 1, 0xff, 0}}));
  fleet.index.check_invariants();
}

TEST(FleetIndexHealth, WhatIsReleasedOnADrainedNodeIsPlaceableWhenItIsHealthyAgain) {
  Fleet fleet({group_of(1, 2, 8)});
  fleet.hold(0, 2, 0xff);
  fleet.index.set_health({0}, 1, Health::kDrained);
  fleet.free(0, 2, 0xff);
  EXPECT_EQ(fleet.index.free_mask({0}), 0xffU);
  EXPECT_EQ(fleet.index.free_gpus(), 8U);
  fleet.index.check_invariants();
  fleet.index.set_health({0}, 1, Health::kHealthy);
  EXPECT_EQ(fleet.index.free_gpus(), 16U);
  fleet.index.check_invariants();
}

// Properties with names.

TEST(FleetIndexDeathTest, NoGpuIsEverHeldTwice) {
  Fleet fleet({group_of(1, 4, 8)});
  fleet.hold(1, 2, 0x0f);
  EXPECT_DEATH(fleet.hold(0, 3, 0x18), "no GPU is ever held twice");
  EXPECT_DEATH(fleet.hold(0, 1, 0x100), "no GPU is ever held twice");
  EXPECT_DEATH(fleet.free(1, 1, 0x10), "what is released was held");
  EXPECT_DEATH(fleet.free(1, 1, 0x100), "what is released");
  EXPECT_DEATH(fleet.hold(3, 2, 0x1), "within the fleet");
}

TEST(FleetIndexProperty, WhatIsReleasedIsWholeAgain) {
  const auto topology = topology_of({group_of(40, 3, 8), group_of(2, 50, 4, 1, Level::kSite),
                                     group_of(3, 5, 64, 2, Level::kBlock)});
  const Request requests[] = {asking({.nodes = 5}), asking({.gpus = 9}),
                              asking({.gpus = 13, .gpus_per_node = 3}),
                              asking({.nodes = 9, .segment_nodes = 2}),
                              asking({.gpus = 20}, {.level = Level::kRack, .must = true})};
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    Prng prng(seed);
    FleetIndex index(topology);
    std::vector<Ranges> held;
    for (int step = 0; step < 200; ++step) {
      const Request& request = requests[prng.below(5)];
      index.watch(request, PlacePolicy::kBestFit);
      Ranges ranges;
      if (index.place(request, PlacePolicy::kBestFit, ranges)) {
        index.occupy(ranges);
        held.push_back(ranges);
      }
      if (prng.below(3) == 0 && !held.empty()) {
        index.release(held.back());
        held.pop_back();
      }
    }
    index.check_invariants();
    for (const Ranges& ranges : held) index.release(ranges);
    index.check_invariants();
    EXPECT_EQ(index.free_gpus(), topology->gpu_count());
    EXPECT_EQ(index.free_in(Level::kFleet, 0).idle_nodes, topology->node_count());
  }
}

TEST(FleetIndexProperty, ACopyIsAForkOfItsOwn) {
  Fleet fleet({group_of(2, 4, 8)});
  fleet.place(asking({.nodes = 3}));
  FleetIndex fork = fleet.index;
  fork.occupy(fleet.out);
  EXPECT_EQ(fork.free_gpus(), 40U);
  EXPECT_EQ(fleet.index.free_gpus(), 64U);
  fork.check_invariants();
  fleet.index.check_invariants();
}

}  // namespace
}  // namespace stargate::placement
