#include "placement/bucket_bits.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "placement/domain_order.h"

namespace stargate::placement {
namespace {

TEST(BucketBits, AgreesWithPlainSets) {
  for (const std::uint32_t items : {1U, 63U, 64U, 65U, 4096U, 4097U, 300'000U}) {
    SCOPED_TRACE(items);
    Prng prng(items);
    BucketBits bits(items, 2);
    std::vector<bool> plain(items, false);
    std::uint32_t set = 0;
    for (int step = 0; step < 300; ++step) {
      const auto first = static_cast<std::uint32_t>(prng.below(items));
      const auto count = static_cast<std::uint32_t>(
          1 + prng.below(prng.below(4) == 0 ? items - first : std::min(items - first, 3U)));
      const bool insert = prng.below(2) == 0;
      const std::uint32_t before = set;
      for (std::uint32_t at = first; at < first + count; ++at) {
        if (plain[at] != insert) set += insert ? 1U : ~std::uint32_t{0};
        plain[at] = insert;
      }
      if (insert) {
        ASSERT_EQ(bits.insert(1, first, count), before == 0);
      } else {
        ASSERT_EQ(bits.erase(1, first, count), before != 0 && set == 0);
      }
      ASSERT_EQ(bits.empty(1), set == 0);
      ASSERT_TRUE(bits.empty(0));
      const auto from = static_cast<std::uint32_t>(prng.below(items));
      const auto end = static_cast<std::uint32_t>(from + prng.below(items - from + 1));
      std::uint32_t next = from;
      while (next < end && !plain[next]) ++next;
      ASSERT_EQ(bits.next(1, from, end), next < end ? next : kNone);
      std::uint32_t previous = from;
      while (previous != kNone && !plain[previous]) --previous;
      ASSERT_EQ(bits.previous(1, from), previous);
      ASSERT_EQ(bits.contains(1, from), plain[from]);
    }
  }
}

TEST(BucketBits, CountsBits) {
  Prng prng(1);
  EXPECT_EQ(bits_in(0), 0U);
  EXPECT_EQ(bits_in(~std::uint64_t{0}), 64U);
  for (int step = 0; step < 1000; ++step) {
    const std::uint64_t word = prng.next() & prng.next();
    EXPECT_EQ(bits_in(word), static_cast<std::uint32_t>(std::popcount(word)));
  }
}

TEST(DomainOrder, AgreesWithALookAtAllDomains) {
  constexpr std::uint32_t kValueMax = 40;
  for (const std::uint32_t domains : {1U, 32U, 33U, 200U}) {
    for (const std::uint64_t bits_max : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
      SCOPED_TRACE(domains);
      Prng prng(domains + bits_max);
      std::vector<std::uint32_t> values(domains, 7);
      DomainOrder order(values, kValueMax, bits_max);
      for (int step = 0; step < 2000; ++step) {
        const auto changed = static_cast<std::uint32_t>(prng.below(domains));
        values[changed] = static_cast<std::uint32_t>(prng.below(kValueMax + 1));
        order.set(changed, values[changed]);
        const auto lo = static_cast<std::uint32_t>(prng.below(domains));
        const auto hi = static_cast<std::uint32_t>(lo + 1 + prng.below(domains - lo));
        const DomainOrder::Entry from{static_cast<std::uint32_t>(1 + prng.below(kValueMax)),
                                      static_cast<std::uint32_t>(prng.below(domains + 1))};
        std::uint32_t up = kNone;
        std::uint32_t down = kNone;
        std::uint32_t lowest = kNone;
        for (std::uint32_t at = lo; at < hi; ++at) {
          const std::uint32_t value = values[at];
          if (value >= from.value && lowest == kNone) lowest = at;
          const bool is_up = value > from.value || (value == from.value && at >= from.domain);
          if (is_up && (up == kNone || value < values[up])) up = at;
          const bool is_down = value < from.value || (value == from.value && at >= from.domain);
          if (is_down && value > 0 && (down == kNone || value > values[down])) down = at;
        }
        const auto found_up = order.up(from, lo, hi);
        const auto found_down = order.down(from, lo, hi);
        ASSERT_EQ(found_up ? found_up->domain : kNone, up);
        ASSERT_EQ(found_down ? found_down->domain : kNone, down);
        ASSERT_EQ(order.lowest(from.value, lo, hi), lowest);
        if (found_up) {
          ASSERT_EQ(found_up->value, values[up]);
        }
        if (found_down) {
          ASSERT_EQ(found_down->value, values[down]);
        }
      }
    }
  }
}

}  // namespace
}  // namespace stargate::placement
