// The figures of a small world, worked out by hand.

#include "sim/world_tally.h"

#include <gtest/gtest.h>

#include "sim/world_player.h"
#include "world/quantity.h"
#include "world/world.h"

namespace stargate::sim {
namespace {

// Two suppliers with 8 GPUs each from 2025-01-01 on, of two kinds. Alpha is exclusive for two days.
constexpr const char* kWorld = R"(
labs:
  - id: lab
    title: "A lab"
suppliers:
  - id: alpha
    title: "Alpha"
  - id: beta
    title: "Beta"
companies:
  - id: owner
    title: "Owner"
accelerators:
  - id: a
    title: "A"
    node_gpus: 8
    rack_nodes: 1
    facility_power: 1000 W
    it_power: 800 W
  - id: b
    title: "B"
    node_gpus: 8
    rack_nodes: 1
    facility_power: 1000 W
    it_power: 800 W
sites:
  - id: one
    title: "One"
    operator: alpha
    landlord: owner
    jurisdiction: US
    source: "made up"
  - id: two
    title: "Two"
    operator: alpha
    landlord: owner
    jurisdiction: US
    source: "made up"
agreements:
  - id: with-alpha
    title: "With Alpha"
    supplier: alpha
    customer: lab
    signed: 2025-01-01
    source: "made up"
    clauses:
      - id: alone
        kind: exclusive
        from: 2025-01-01
        until: 2025-01-03
        source: "made up"
      - id: price
        kind: rate
        from: 2025-01-01
        price: $2.00/GPU-h
        source: "made up"
      - id: promise
        kind: commit
        from: 2025-01-01
        until: 2025-01-05
        amount: $1K
        take_or_pay: 100 %
        source: "made up"
  - id: with-beta
    title: "With Beta"
    supplier: beta
    customer: lab
    signed: 2025-01-01
    source: "made up"
orders:
  - id: alpha-order
    agreement: with-alpha
    site: one
    accelerator: a
    amount: 8 gpus
    signed: 2025-01-01
    source: "made up"
    capacity:
      - id: alpha-stage
        gpus: 8 gpus
        source: "made up"
        accepted: 2025-01-01
  - id: beta-order
    agreement: with-beta
    site: two
    accelerator: b
    amount: 8 gpus
    signed: 2025-01-01
    source: "made up"
    capacity:
      - id: beta-stage
        gpus: 8 gpus
        source: "made up"
        accepted: 2025-01-01
tenants:
  - id: team
    lab: lab
workloads:
  - id: two-runs
    title: "Two runs, one after the other on 8 GPUs"
    tenant: team
    use: training
    gpus: 8 gpus
    accelerators: [a]
    submitted: 2025-01-01
    run_time: 1 days
    replicas: 2
  - id: one-run
    title: "One run, of the kind that Beta has"
    tenant: team
    use: training
    gpus: 8 gpus
    accelerators: [b]
    submitted: 2025-01-01
    run_time: 1 days
)";

constexpr std::int64_t kHour = 3'600 * kMicrosPerSecond;

GpuTime hours_of_gpus(std::int64_t count) { return {Int128{count} * kHour}; }

/// The world with a text in the place of another.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = kWorld;
  const std::size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

WorldResult played_until(const char* date, const std::string& text = kWorld) {
  const world::World world = world::read_world_texts({{"world.yaml", text}});
  const Instant end = world::parse_instant(date);
  WorldTally tally(world::parse_instant("2025-01-01"), end);
  WorldPlayer player(world, WorldPlayer::default_policy(), &tally);
  tally.watch(player.state());
  player.play_until(end);
  return tally.finish();
}

TEST(WorldTally, CountsWaitsFromSubmissionToFirstStart) {
  const WorldResult result = played_until("2025-01-06");
  EXPECT_EQ(result.jobs, 3U);
  EXPECT_EQ(result.jobs_started, 3U);
  EXPECT_EQ(result.jobs_ended, 3U);
  EXPECT_EQ(result.jobs_queued + result.jobs_unmet + result.jobs_running, 0U);
  // 0 and 24 hours for Alpha's GPUs, 48 hours until it is exclusive no more.
  EXPECT_DOUBLE_EQ(result.mean_wait_s, 24 * 3'600.0);
  EXPECT_DOUBLE_EQ(result.p99_wait_s, 48 * 3'600.0);
  EXPECT_EQ(result.queued, hours_of_gpus(8 * 24));
  EXPECT_EQ(result.unmet, hours_of_gpus(8 * 48));
  EXPECT_EQ(result.unmet_gpus, 0U);
}

TEST(WorldTally, SharesUseOutBetweenTheParties) {
  const WorldResult result = played_until("2025-01-06");
  ASSERT_EQ(result.suppliers.size(), 2U);
  const SupplierResult& alpha = result.suppliers[0];
  const SupplierResult& beta = result.suppliers[1];
  EXPECT_EQ(alpha.name, "alpha");
  EXPECT_EQ(beta.name, "beta");
  // Two runs and one, of 8 GPUs for a day; 8 GPUs accepted for five days each.
  EXPECT_EQ(alpha.used, hours_of_gpus(8 * 48));
  EXPECT_EQ(beta.used, hours_of_gpus(8 * 24));
  EXPECT_EQ(alpha.accepted, hours_of_gpus(8 * 120));
  EXPECT_EQ(beta.accepted, hours_of_gpus(8 * 120));
  EXPECT_EQ(alpha.idle, hours_of_gpus(8 * 72));
  EXPECT_EQ(beta.idle, hours_of_gpus(8 * 96));
  EXPECT_EQ(result.used, hours_of_gpus(8 * 72));
  // 10,000 x (4/9 + 1/9); all of it at one operator's and one landlord's.
  EXPECT_EQ(result.supplier_concentration, 5'556U);
  EXPECT_EQ(result.operator_concentration, 10'000U);
  EXPECT_EQ(result.landlord_concentration, 10'000U);
  EXPECT_EQ(result.operators, (std::vector<PartyUse>{{"alpha", hours_of_gpus(8 * 72)}}));
  EXPECT_EQ(result.landlords, (std::vector<PartyUse>{{"owner", hours_of_gpus(8 * 72)}}));
}

TEST(WorldTally, PricesUseAndWhatWasCommitted) {
  const WorldResult result = played_until("2025-01-06");
  // 384 GPU-hours at $2; Beta's order has no rate.
  EXPECT_EQ(result.spending, (std::vector<Amount>{{Currency{}, 768'000'000}}));
  EXPECT_EQ(result.suppliers[0].spending, result.spending);
  EXPECT_TRUE(result.suppliers[1].spending.empty());
  EXPECT_EQ(result.suppliers[1].unpriced, hours_of_gpus(8 * 24));
  EXPECT_EQ(result.unpriced_orders, std::vector<std::string>{"beta-order"});
  // $1,000 were committed by the 5th.
  EXPECT_EQ(result.idle_commitments,
            (std::vector<IdleCommitment>{{"promise", "alpha", {Currency{}, 232'000'000}}}));
  EXPECT_EQ(result.breached, std::vector<std::string>{"promise"});
  EXPECT_TRUE(result.excused.empty());
}

TEST(WorldTally, AFeeIsChargedOnceForTheTermWhateverRan) {
  // $730 a month are $1 an hour: five days, with two runs on it or none.
  const std::string fee = changed("price: $2.00/GPU-h", "price: $730/mo");
  const WorldResult result = played_until("2025-01-06", fee);
  EXPECT_EQ(result.spending, (std::vector<Amount>{{Currency{}, 120'000'000}}));
  // Four of the days are the commitment's $1,000: $904 are missing.
  EXPECT_EQ(result.idle_commitments,
            (std::vector<IdleCommitment>{{"promise", "alpha", {Currency{}, 904'000'000}}}));
}

TEST(WorldTally, WhatIsUsedEarlyIsChargedAtItsOwnPrice) {
  std::string text = changed("accepted: 2025-01-01",
                             "in_acceptance: 2025-01-01\n        accepted: 2025-01-02T12:00:00Z");
  const std::string rate = "      - id: price\n";
  text.insert(text.find(rate),
              "      - id: duty\n        kind: tranche\n        from: 2025-01-01\n"
              "        order: alpha-order\n        stages: [alpha-stage]\n"
              "        amount: 8 gpus\n        due: 2025-02-01\n        early_use:\n"
              "          uses: [training]\n          price: $0.50/GPU-h\n"
              "        source: \"made up\"\n");
  const WorldResult result = played_until("2025-01-06", text);
  EXPECT_EQ(result.suppliers[0].used, hours_of_gpus(8 * 48));
  // 36 hours in acceptance at $0.50, the second run's last 12 at $2.
  EXPECT_EQ(result.suppliers[0].spending,
            (std::vector<Amount>{{Currency{}, 8 * (36 * 500'000 + 12 * 2'000'000)}}));
}

TEST(WorldTally, DataThatIsBroughtIsCharged) {
  std::string text = changed("    operator: alpha\n    landlord: owner\n    jurisdiction: US\n",
                             "    operator: alpha\n    landlord: owner\n    jurisdiction: US\n"
                             "    ingest: 8 Gbit/s\n    ingest_price: $0.02/GB\n");
  const std::string last = "    submitted: 2025-01-01\n    run_time: 1 days\n    replicas: 2\n";
  text.replace(text.find(last), last.size(), "    data: [corpus]\n    data_policy: wait\n" + last);
  text += "data:\n  - id: corpus\n    size: 36 TB\n    sites: [two]\n";
  const WorldResult result = played_until("2025-01-06", text);
  EXPECT_EQ(result.transfers.made, 1U) << "once for both runs";
  EXPECT_EQ(result.transfers.bytes, Int128{36'000'000'000'000});
  EXPECT_EQ(result.transfers.spending, (std::vector<Amount>{{Currency{}, 720'000'000}}));
  EXPECT_EQ(result.spending, (std::vector<Amount>{{Currency{}, 768'000'000}})) << "apart";
  // Ten hours on the way, then one after the other; Beta's waits for 48 hours.
  EXPECT_DOUBLE_EQ(result.mean_wait_s, (10 + 34 + 48) / 3.0 * 3'600);
}

TEST(WorldTally, SaysWhatWaitsAtTheEndAndWhy) {
  // At noon of the second day: the second run runs since midnight, the one on Beta's kind waits.
  const WorldResult result = played_until("2025-01-02T12:00:00Z");
  EXPECT_EQ(result.jobs_started, 2U);
  EXPECT_EQ(result.jobs_running, 1U);
  EXPECT_EQ(result.jobs_unmet, 1U);
  EXPECT_EQ(result.unmet, hours_of_gpus(8 * 36));
  EXPECT_EQ(result.used, hours_of_gpus(8 * 36));
  EXPECT_EQ(result.unmet_at_end, (std::vector<UnmetGroup>{{"forbidden", "alone", 1, 8}}));
  // What runs is paid for until then: 8 x 36 hours at $2.
  EXPECT_EQ(result.spending, (std::vector<Amount>{{Currency{}, 576'000'000}}));
  // 0, 24 and, so far, 36 hours.
  EXPECT_DOUBLE_EQ(result.mean_wait_s, 20 * 3'600.0);
}

TEST(WorldTally, SamplesAreMeansOfSpans) {
  const WorldResult result = played_until("2025-01-06");
  ASSERT_EQ(result.samples.size(), WorldTally::kSamples);
  double used = 0;
  for (const WorldSample& sample : result.samples) used += sample.used_gpus[0];
  // 48 of 120 hours with 8 GPUs.
  EXPECT_NEAR(used / static_cast<double>(WorldTally::kSamples), 3.2, 1e-9);
  EXPECT_NEAR(result.samples.front().unmet_gpus, 8, 1e-9);
  EXPECT_NEAR(result.samples.back().unmet_gpus, 0, 1e-9);
}

TEST(Concentration, IsNoneOfNothingAndWholeOfOne) {
  EXPECT_EQ(concentration({}), 0U);
  EXPECT_EQ(concentration({{0}, {0}}), 0U);
  EXPECT_EQ(concentration({hours_of_gpus(5)}), 10'000U);
  EXPECT_EQ(concentration({hours_of_gpus(5), hours_of_gpus(5)}), 5'000U);
  // A million GPUs for a hundred years do not overflow.
  EXPECT_EQ(concentration({hours_of_gpus(876'000'000'000), hours_of_gpus(876'000'000'000)}),
            5'000U);
}

}  // namespace
}  // namespace stargate::sim
