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

WorldResult played_until(const char* date, const std::string& text = kWorld,
                         const std::vector<world::WorldFile>& assume = {}) {
  const world::World world = world::read_world_texts({{"world.yaml", text}}, assume);
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
  EXPECT_DOUBLE_EQ(result.p50_wait_s, 24 * 3'600.0);
  EXPECT_DOUBLE_EQ(result.p95_wait_s, 48 * 3'600.0);
  EXPECT_EQ(result.queued, hours_of_gpus(8 * 24));
  EXPECT_EQ(result.unmet, hours_of_gpus(8 * 48));
  EXPECT_EQ(result.unmet_gpus, 0U);
  // All have ended: what waited was run all the same.
  EXPECT_EQ(result.not_run, GpuTime{});
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
  EXPECT_EQ(result.commitments, (std::vector<CommitmentUse>{{"promise",
                                                             "alpha",
                                                             {Currency{}, 1'000'000'000},
                                                             {Currency{}, 768'000'000},
                                                             {Currency{}, 232'000'000}}}));
  EXPECT_EQ(result.commitments[0].idle(), (Amount{Currency{}, 232'000'000}));
  EXPECT_EQ(result.breached, std::vector<std::string>{"promise"});
  EXPECT_TRUE(result.excused.empty());
}

TEST(WorldTally, AFeeIsChargedOnceForTheTermWhateverRan) {
  // $730 a month are $1 an hour: five days, with two runs on it or none.
  const std::string fee = changed("price: $2.00/GPU-h", "price: $730/mo");
  const WorldResult result = played_until("2025-01-06", fee);
  EXPECT_EQ(result.spending, (std::vector<Amount>{{Currency{}, 120'000'000}}));
  // Four of the days are the commitment's $1,000: $904 are missing.
  ASSERT_EQ(result.commitments.size(), 1U);
  EXPECT_EQ(result.commitments[0].shortfall, (Amount{Currency{}, 904'000'000}));
  EXPECT_EQ(result.commitments[0].idle(), (Amount{Currency{}, 904'000'000}));
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

TEST(WorldTally, AnOptionThatIsExercisedPricesTheOrderThatItAdds) {
  std::string text = changed("    source: \"made up\"\norders:\n",
                             "    source: \"made up\"\n    clauses:\n"
                             "      - id: more\n        kind: option\n        from: 2025-01-01\n"
                             "        amount: 8 gpus\n        expires: 2025-02-01\n"
                             "        price: $3.00/GPU-h\n        source: \"made up\"\norders:\n");
  text +=
      "acts:\n  - act: exercise\n    at: 2025-01-03T12:00:00Z\n    clause: more\n"
      "    amount: 8 gpus\n    order: beta-order\n";
  const WorldResult result = played_until("2025-01-06", text);
  // It runs for the 24 hours of the 3rd: 12 of them have no price.
  EXPECT_EQ(result.suppliers[1].spending, (std::vector<Amount>{{Currency{}, 8 * 12 * 3'000'000}}));
  EXPECT_EQ(result.suppliers[1].unpriced, hours_of_gpus(8 * 12));
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
  // The second run has waited for a day; the one on Beta's kind for more than the day that it asks for.
  EXPECT_EQ(result.not_run, hours_of_gpus(8 * 24 + 8 * 24));
  // By noon of the second day, 1.5 of 4 days of $1,000 were committed.
  EXPECT_EQ(result.commitments[0].so_far, (Amount{Currency{}, 375'000'000}));
  EXPECT_EQ(result.commitments[0].idle().micros, 0);
  EXPECT_EQ(result.commitments[0].shortfall.micros, 0);
  EXPECT_EQ(result.unmet_at_end, (std::vector<UnmetGroup>{{"forbidden", "alone", 1, 8}}));
  // What runs is paid for until then: 8 x 36 hours at $2.
  EXPECT_EQ(result.spending, (std::vector<Amount>{{Currency{}, 576'000'000}}));
  // 0, 24 and, so far, 36 hours.
  EXPECT_DOUBLE_EQ(result.mean_wait_s, 20 * 3'600.0);
}

// A second lab on Beta's paper, which nothing of the first concerns.
constexpr const char* kOtherLab = R"(
add:
  labs:
    - id: other
      title: "Another lab"
  agreements:
    - id: other-with-beta
      title: "Beta and the other"
      supplier: beta
      customer: other
      signed: 2025-01-01
  orders:
    - id: other-order
      agreement: other-with-beta
      site: two
      accelerator: b
      amount: 16 gpus
      signed: 2025-01-01
      capacity:
        - id: other-stage
          gpus: 16 gpus
          accepted: 2025-01-01
  tenants:
    - id: other-team
      lab: other
  workloads:
    - id: other-run
      title: "On all that the other has"
      tenant: other-team
      use: training
      gpus: 16 gpus
      submitted: 2025-01-01
      run_time: 3 days
)";

TEST(WorldTally, KeepsLabsApart) {
  const WorldResult result =
      played_until("2025-01-02T12:00:00Z", kWorld, {{"other.yaml", kOtherLab}});
  ASSERT_EQ(result.labs.size(), 2U);
  const LabFigures& lab = result.labs[0];
  const LabFigures& other = result.labs[1];
  EXPECT_EQ(lab.lab, "lab");
  EXPECT_EQ(other.lab, "other");
  EXPECT_EQ(lab.jobs, 3U);
  EXPECT_EQ(other.jobs, 1U);
  EXPECT_EQ(lab.used, hours_of_gpus(8 * 36));
  EXPECT_EQ(other.used, hours_of_gpus(16 * 36));
  EXPECT_EQ(other.accepted, hours_of_gpus(16 * 36));
  EXPECT_EQ(lab.unmet, hours_of_gpus(8 * 36));
  EXPECT_EQ(other.unmet, GpuTime{});
  EXPECT_DOUBLE_EQ(other.mean_wait_s, 0);
  // All that the first lab runs is Alpha's, all that the other runs is Beta's.
  EXPECT_EQ(lab.supplier_concentration, 10'000U);
  EXPECT_EQ(other.supplier_concentration, 10'000U);
  EXPECT_EQ(lab.commitments.size(), 1U);
  EXPECT_TRUE(other.commitments.empty());
  EXPECT_TRUE(other.unmet_at_end.empty());
  // Together they are the whole.
  EXPECT_EQ(result.jobs, 4U);
  EXPECT_EQ(result.used, hours_of_gpus(8 * 36 + 16 * 36));
  EXPECT_EQ(result.unmet, lab.unmet);
  EXPECT_EQ(result.supplier_concentration, 5'556U);
  ASSERT_EQ(other.samples.size(), result.samples.size());
  EXPECT_NEAR(other.samples.front().used_gpus[0], 16, 1e-9);
  EXPECT_NEAR(result.samples.front().unmet_gpus, 8, 1e-9);
}

TEST(WorldTally, EndsWhereAnInterruptedRunCame) {
  const world::World world = world::read_world_texts({{"world.yaml", kWorld}});
  const Instant end = world::parse_instant("2025-01-06");
  const Instant reached = world::parse_instant("2025-01-03");
  WorldTally tally(world::parse_instant("2025-01-01"), end);
  WorldPlayer player(world, WorldPlayer::default_policy(), &tally);
  tally.watch(player.state());
  player.play_until(reached);
  const WorldResult result = tally.finish(reached);
  EXPECT_EQ(result.end, reached);
  EXPECT_EQ(result.accepted, hours_of_gpus(16 * 48));
  // 2 of 5 days.
  EXPECT_EQ(result.samples.size(), WorldTally::kSamples * 2 / 5);
  EXPECT_EQ(result.samples.back().until, reached);
}

TEST(WorldPlayer, StopsWhereItIsTold) {
  const world::World world = world::read_world_texts({{"world.yaml", kWorld}});
  WorldPlayer player(world);
  WorldControl control;
  control.stop.store(true);
  EXPECT_FALSE(player.play_until(world::parse_instant("2025-01-06"), &control));
  EXPECT_EQ(player.jobs_submitted(), 0U);
  control.stop.store(false);
  EXPECT_TRUE(player.play_until(world::parse_instant("2025-01-06"), &control));
  EXPECT_EQ(player.jobs_submitted(), 3U);
  // Nothing happens after the commitment's end on the 5th.
  EXPECT_GE(control.days_played.load(), 2U);
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
