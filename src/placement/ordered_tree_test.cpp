// The tree against std::map, over random operations.

#include "placement/ordered_tree.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"

namespace stargate::placement {
namespace {

/// A sum, which can be taken back, and a least value, which cannot.
struct Summary {
  std::uint64_t sum = 0;
  std::uint32_t least = std::numeric_limits<std::uint32_t>::max();

  void add(std::uint32_t item) {
    sum += item;
    least = std::min(least, item);
  }
  void add(const Summary& other) {
    sum += other.sum;
    least = std::min(least, other.least);
  }
  bool remove(std::uint32_t item) {
    sum -= item;
    return least < item;
  }
  void forget_like(std::uint32_t) { least = std::numeric_limits<std::uint32_t>::max(); }
  void add_like(std::uint32_t, std::uint32_t left) { least = std::min(least, left); }
  void add_like(std::uint32_t, const Summary& left) { least = std::min(least, left.least); }
  friend bool operator==(const Summary&, const Summary&) = default;
};

using Tree = OrderedTree<std::uint64_t, std::uint32_t, Summary>;
using Map = std::map<std::uint64_t, std::uint32_t>;
using Entry = std::pair<std::uint64_t, std::uint32_t>;

std::vector<Entry> entries(const Tree& tree) {
  std::vector<Entry> all;
  tree.for_each([&](std::uint64_t key, std::uint32_t item) {
    all.emplace_back(key, item);
    return true;
  });
  return all;
}

Summary summary_of(Map::const_iterator begin, Map::const_iterator end) {
  Summary summary;
  for (; begin != end; ++begin) summary.add(begin->second);
  return summary;
}

std::string words(const std::optional<Tree::Found>& found) {
  return found ? std::to_string(found->key) + ":" + std::to_string(found->item) : "none";
}
std::string words(const Map& map, Map::const_iterator found) {
  if (found == map.end()) return "none";
  return std::to_string(found->first) + ":" + std::to_string(found->second);
}
std::string words_of_last_before(const Map& map, Map::const_iterator behind) {
  return behind == map.begin() ? "none" : words(map, std::prev(behind));
}

/// Every question that the tree answers.
void expect_equal(const Tree& tree, const Map& map, Prng& prng, std::uint64_t keys) {
  ASSERT_EQ(tree.size(), map.size());
  ASSERT_EQ(tree.empty(), map.empty());
  ASSERT_EQ(tree.summary(), summary_of(map.begin(), map.end()));
  ASSERT_EQ(words(tree.first()), words(map, map.begin()));
  ASSERT_EQ(words(tree.last()), words_of_last_before(map, map.end()));

  const std::uint64_t at = prng.below(keys + 2);
  ASSERT_EQ(words(tree.next(&at)), words(map, map.upper_bound(at))) << at;
  ASSERT_EQ(words(tree.last_up_to(at)), words_of_last_before(map, map.upper_bound(at))) << at;
  ASSERT_EQ(tree.summary_up_to(at), summary_of(map.begin(), map.upper_bound(at))) << at;

  // The first item below a limit, with and without where to begin; pruned by the least of a subtree.
  const auto limit = static_cast<std::uint32_t>(prng.below(prng.below(2) == 0 ? 1'000 : 20));
  const auto below = [&](const auto& entry) { return entry.second < limit; };
  const auto may_hold = [&](const Summary& summary) { return summary.least < limit; };
  const auto fits = [&](std::uint64_t, std::uint32_t item) { return item < limit; };
  ASSERT_EQ(words(tree.find_first(nullptr, may_hold, fits)),
            words(map, std::find_if(map.begin(), map.end(), below)));
  ASSERT_EQ(words(tree.find_first(&at, may_hold, fits)),
            words(map, std::find_if(map.upper_bound(at), map.end(), below)));

  const std::uint64_t enough = prng.below(tree.summary().sum + 3);
  Summary sum;
  auto prefix = map.begin();
  for (; prefix != map.end(); ++prefix) {
    sum.add(prefix->second);
    if (sum.sum >= enough) break;
  }
  ASSERT_EQ(words(tree.find_prefix([&](const Summary& with) { return with.sum >= enough; })),
            words(map, prefix));
}

void compare(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Prng prng(seed);
  Tree tree;
  Map map;
  const std::uint64_t keys = prng.below(2) == 0 ? 300 : 6'000;
  std::uint64_t next = 0;
  for (int phase = 0; phase < 6; ++phase) {
    // Phases grow, shrink to hardly anything, or stay as they are; some insert in ascending order.
    const std::uint64_t erasing = std::uint64_t{phase % 2 == 0 ? 25U : 80U} - prng.below(20);
    const bool ascending = prng.below(3) == 0;
    const bool from_the_front = prng.below(3) == 0;
    for (int step = 0; step < 700; ++step) {
      if (!map.empty() && prng.below(100) < erasing) {
        auto victim = map.lower_bound(from_the_front ? 0 : prng.below(keys));
        if (victim == map.end()) victim = map.begin();
        tree.erase(victim->first);
        map.erase(victim);
      } else {
        const std::uint64_t key = ascending ? keys + next++ : prng.below(keys);
        const auto item = static_cast<std::uint32_t>(prng.below(1'000));
        if (map.contains(key)) continue;
        tree.insert(key, item);
        map.emplace(key, item);
      }
      if (step % 8 == 0) expect_equal(tree, map, prng, keys + next);
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_EQ(entries(tree), std::vector<Entry>(map.begin(), map.end()));
    const Tree copy = tree;
    ASSERT_EQ(entries(copy), entries(tree));
  }
  while (!map.empty()) {
    const auto victim = map.lower_bound(prng.below(keys));
    const std::uint64_t key = victim == map.end() ? map.begin()->first : victim->first;
    tree.erase(key);
    map.erase(key);
  }
  expect_equal(tree, map, prng, keys);
}

TEST(OrderedTree, AgreesWithAMap) {
  const std::uint64_t trees = std::getenv("STARGATE_LONG_TESTS") != nullptr ? 5'000 : 100;
  for (std::uint64_t seed = 0; seed < trees && !HasFatalFailure(); ++seed) compare(seed);
}

TEST(OrderedTree, AVisitEndsWhenItIsToldTo) {
  Tree tree;
  for (std::uint64_t key = 0; key < 5'000; ++key) tree.insert(key, 1);
  std::uint64_t visited = 0;
  tree.for_each([&](std::uint64_t, std::uint32_t) { return ++visited < 1'234; });
  EXPECT_EQ(visited, 1'234u);
}

}  // namespace
}  // namespace stargate::placement
