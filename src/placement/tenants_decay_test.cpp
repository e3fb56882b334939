// The error bound of decayed use, and the table of jobs.

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "placement/job_table.h"
#include "placement/tenants.h"

namespace stargate::placement {
namespace {

// "The decayed use of a tenant is below its exact stepwise value by less than 93 GPU us plus 2^-57 of
// it, however long it runs."
TEST(Tenants, DecayedUseKeepsItsErrorBound) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Prng prng(seed);
    Tenants tenants;
    Tenant spec;
    tenants.add({1}, spec);
    const Duration half_life = seconds(64 * static_cast<std::int64_t>(1 + prng.below(20'000)));
    Instant at{};
    tenants.set_half_life(half_life, at);
    // x87's 64-bit mantissa errs by 2^-64 of the value in each step, far below the bound over 64
    // half-lives; what has decayed for longer is below one GPU us of what it was.
    const long double factor = std::exp2(-1.0L / 64.0L);
    long double exact = 0;
    std::uint64_t held = 0;
    Instant settled = at;
    for (int step = 0; step < 5'000; ++step) {
      const Instant due = tenants.next_decay();
      if (prng.below(3) == 0) {
        at = settled + Duration{static_cast<std::int64_t>(
                           prng.below(static_cast<std::uint64_t>((due - settled).us)))};
        exact += static_cast<long double>((at - settled).us) * static_cast<long double>(held);
        settled = at;
        if (held == 0) {
          held = 1 + prng.below(prng.below(2) == 0 ? 8 : 5'000'000);
          tenants.hold({1}, held, at);
        } else {
          tenants.release({1}, held, at);
          held = 0;
        }
      }
      exact += static_cast<long double>((due - settled).us) * static_cast<long double>(held);
      settled = due;
      tenants.decay();
      exact *= factor;
      const auto stored = static_cast<long double>(tenants[{1}].used.gpu_us);
      const long double rounding = exact * 0x1p-57L;  // of `exact` itself
      ASSERT_LE(stored, exact + rounding + 1) << "seed " << seed << ", step " << step;
      ASSERT_LT(exact - stored, 93 + exact * 0x1p-57L + rounding)
          << "seed " << seed << ", step " << step;
      // The root has used what its only child has.
      ASSERT_EQ(tenants[{0}].used.gpu_us, tenants[{1}].used.gpu_us) << "seed " << seed;
    }
  }
}

TEST(JobTable, AgreesWithAMap) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Prng prng(seed);
    JobTable table;
    std::map<std::uint64_t, std::uint32_t> slots;
    std::uint64_t next = 0;
    for (int step = 0; step < 4'000; ++step) {
      const std::uint64_t action = prng.below(10);
      if (action < 5) {
        next += prng.below(20) == 0 ? prng.below(10'000) : 0;
        ASSERT_TRUE(table.may_add({next}));
        Job job;
        job.id = {next};
        job.priority = static_cast<std::int32_t>(next % 1'000);
        const std::uint32_t slot = table.add(job);
        for (const auto& [id, other] : slots) ASSERT_NE(other, slot) << id;
        slots[next++] = slot;
      } else if (action == 5) {
        table.skip({next++});
      } else if (!slots.empty()) {
        auto victim = slots.lower_bound(prng.below(next));
        if (victim == slots.end()) victim = slots.begin();
        table.remove(victim->second);
        slots.erase(victim);
      }
      ASSERT_EQ(table.size(), slots.size());
      ASSERT_EQ(table.next_id(), next);
      ASSERT_FALSE(next > 0 && table.may_add({next - 1}));
      const std::uint64_t asked = prng.below(next + 10'000);
      const auto known = slots.find(asked);
      ASSERT_EQ(table.slot_of({asked}), known == slots.end() ? JobTable::kNoSlot : known->second);
      ASSERT_EQ(table.find({asked}) != nullptr, known != slots.end());
    }
    std::vector<std::uint64_t> ids;
    table.for_each([&](std::uint32_t slot) { ids.push_back(table[slot].id.value); });
    std::vector<std::uint64_t> expected;
    for (const auto& [id, slot] : slots) {
      expected.push_back(id);
      ASSERT_EQ(table[slot].priority, static_cast<std::int32_t>(id % 1'000));
    }
    ASSERT_EQ(ids, expected);
    ASSERT_TRUE(table.may_add({next + JobTable::kGapMax}));
    ASSERT_FALSE(table.may_add({next + JobTable::kGapMax + 1}));
  }
}

}  // namespace
}  // namespace stargate::placement
