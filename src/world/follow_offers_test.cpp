// What acceptances of the small world's offer make, and those that its clause does not allow.

#include "world/follow_offers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/describe.h"
#include "world/small_world_fixture.h"

namespace stargate::world {
namespace {

struct AcceptanceTest : SmallWorld {
  const Clause* clause(const World& world, const std::string& name) const {
    for (const Definition& definition : world.definitions) {
      const auto* clause = std::get_if<Clause>(&definition);
      if (clause != nullptr && clause->name == name) return clause;
    }
    return nullptr;
  }
};

TEST_F(AcceptanceTest, MakesATrancheOfWhatItTakes) {
  replace("release_for: 180 days", "release_for: 180 days\n        grace: 20 days");
  reply("accept_part",
        "    amount: 2 MW\n    basis: facility\n    delivery: 2026-05-31\n    order: north-order\n "
        "   stages: [north-b]\n");
  replace("stages: [north-a, north-b]", "stages: [north-a]");
  replace("        tranches: [north-tranche]",
          "        tranches: [north-tranche, offer-1-tranche]");
  const World world = read();
  const Clause* made = clause(world, "offer-1-tranche");
  ASSERT_NE(made, nullptr);
  const auto& tranche = std::get<clause::Tranche>(made->terms);
  EXPECT_EQ(tranche.offer, "offer-1");
  EXPECT_EQ(tranche.amount, (CapacityAmount{2'000'000, CapacityUnit::kFacilityWatts}));
  EXPECT_EQ(text_of(tranche.due), "2026-05-31T00:00:00Z");
  EXPECT_EQ(tranche.grace, days(20));
  EXPECT_EQ(tranche.stages.size(), 1U);
  EXPECT_EQ(text_of(made->from), "2025-03-12T00:00:00Z");
  EXPECT_EQ(text_of(made->known), "2025-03-13T00:00:00Z");
}

TEST_F(AcceptanceTest, WithoutTermsTakesAllAtTheDeliveryThatWasOffered) {
  reply("accept", "");
  const World world = read();
  const auto& tranche = std::get<clause::Tranche>(clause(world, "offer-1-tranche")->terms);
  EXPECT_EQ(tranche.amount.value, 500'000'000);
  EXPECT_EQ(text_of(tranche.due), "2026-06-30T00:00:00Z");
  EXPECT_FALSE(is_set(tranche.order));
}

TEST_F(AcceptanceTest, IsDeliveredByNoStageThatAnotherTrancheIsFor) {
  reply("accept_part",
        "    amount: 2 MW\n    basis: facility\n    order: north-order\n    stages: [north-b]\n");
  EXPECT_THAT(error(), testing::HasSubstr("found offer-1-tranche, in force beside north-tranche"));
}

TEST_F(AcceptanceTest, IsDeliveredByWhatIsYetToCome) {
  reply("accept_part",
        "    amount: 2 MW\n    basis: facility\n    order: north-order\n    stages: [north-a]\n");
  replace("stages: [north-a, north-b]", "stages: [north-b]");
  EXPECT_THAT(error(), testing::HasSubstr("found north-order, whose north-a was accepted before"));
}

TEST_F(AcceptanceTest, OfOtherTermsIsACounter) {
  reply("accept", "    price: $9.00/GPU-h\n");
  EXPECT_THAT(error(), testing::HasSubstr("found $9.00/GPU-h, expected $13.3B/GW-yr"));
}

TEST_F(AcceptanceTest, ThatTookEffectBeforeADeclineMayBeEnteredAfterIt) {
  replace(kDecline, std::string(kDecline) +
                        "  - act: accept\n    at: 2025-03-11\n    entered: 2025-03-20\n"
                        "    offer: offer-1\n");
  EXPECT_EQ(error(), "");
}

TEST_F(AcceptanceTest, OfAPartIsRefusedWhereTheClauseSaysSo) {
  replace("partial: allowed", "partial: refused");
  reply("accept", "    amount: 0.4 GW\n    basis: facility\n");
  EXPECT_THAT(error(), testing::HasSubstr("found 0.4 GW, expected all as it was offered"));
}

TEST_F(AcceptanceTest, ForALaterDeliveryIsOfAPart) {
  replace("partial: allowed", "partial: refused");
  reply("accept", "    delivery: 2026-07-01\n");
  EXPECT_THAT(error(), testing::HasSubstr("found 2026-07-01, expected all as it was offered"));
}

TEST_F(AcceptanceTest, AnOfferStatesWhatItsClauseSays) {
  replace("release_for: 180 days", "release_for: 180 days\n        must_state: [price, until]");
  EXPECT_THAT(error(),
              testing::HasSubstr(
                  "found no until, expected one: north-refusal says that an offer states it"));
}

TEST_F(AcceptanceTest, APartLeavesTheRestOpenWhereItDeclinesNothing) {
  replace("partial_declines_rest: true", "partial_declines_rest: false");
  const std::string part = "    amount: 0.2 GW\n    basis: facility\n";
  reply("accept_part", part +
                           "  - act: accept_part\n    at: 2025-03-13\n    offer: offer-1\n"
                           "    amount: 0.4 GW\n    basis: facility\n");
  EXPECT_THAT(error(), testing::HasSubstr("expected at most 0.5 GW in all"));
}

}  // namespace
}  // namespace stargate::world
