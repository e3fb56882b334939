#include "propose/proposal.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agreement/offers.h"
#include "sim/world_player.h"
#include "world/quantity.h"

namespace stargate::propose {
namespace {

using testing::HasSubstr;

const std::string kSmall = STARGATE_SOURCE_DIR "/examples/scenarios/small";
const std::string kExample = STARGATE_SOURCE_DIR "/examples/stargate-2025";

Instant date(const char* text) { return world::parse_instant(text); }

Wish wish_of(const char* at, const char* workload = "run", const char* supplier = "away") {
  Wish wish;
  wish.workload = workload;
  wish.supplier = supplier;
  wish.at = date(at);
  wish.amount = "800 gpus";
  return wish;
}

Proposal propose_in(const std::string& folder, const Wish& wish,
                    const std::vector<world::WorldFile>& assume = {}) {
  return propose(world::read_folder(folder), assume, wish);
}

std::string error_of(const std::string& folder, const Wish& wish) {
  try {
    propose_in(folder, wish);
  } catch (const WishError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Proposal, AFirstRefusalIsOfferedTheOrder) {
  Wish wish = wish_of("2025-02-01");
  wish.price = "$2.50/GPU-h";
  wish.delivery = "2025-06-30";
  const Proposal proposal = propose_in(kSmall, wish);
  EXPECT_EQ(proposal.verdict, agreement::Verdict::kNeedsOffer);
  ASSERT_EQ(proposal.offers.size(), 1U);
  EXPECT_EQ(proposal.offers[0].id, "run-away-2025-02-01-offer");
  EXPECT_EQ(proposal.offers[0].clause, "home-first-refusal");
  EXPECT_EQ(proposal.offers[0].reply_by, date("2025-03-03"));
  EXPECT_EQ(proposal.offers[0].release_for, days(180));
  EXPECT_EQ(proposal.wish.site, "away-site");
  EXPECT_EQ(proposal.wish.accelerator, "chip");
  EXPECT_EQ(proposal.wish.agreement, "away-paper");
  EXPECT_EQ(proposal.yaml,
            "add:\n"
            "  orders:\n"
            "    - id: run-away-2025-02-01\n"
            "      agreement: away-paper\n"
            "      site: away-site\n"
            "      accelerator: chip\n"
            "      amount: 800 gpus\n"
            "      signed: proposed\n"
            "      known: 2025-02-01\n"
            "      source: \"Proposed on 2025-02-01\"\n"
            "  acts:\n"
            "    - act: offer\n"
            "      at: 2025-02-01\n"
            "      id: run-away-2025-02-01-offer\n"
            "      order: run-away-2025-02-01\n"
            "      clause: home-first-refusal\n"
            "      amount: 800 gpus\n"
            "      price: $2.50/GPU-h\n"
            "      delivery: 2025-06-30\n");
}

TEST(Proposal, TheWorldWithItHasTheOfferAndItLapses) {
  const Proposal proposal = propose_in(kSmall, wish_of("2025-02-01"));
  const world::World world =
      world::read_world_texts(world::read_folder(kSmall), {{"proposal.yaml", proposal.yaml}});
  sim::WorldPlayer player(world);
  player.play_until(date("2025-03-03"));
  const auto state = [&](const char* at) {
    const Instant then = date(at);
    const auto offer = agreement::find_offer(player.state().scheduling().market.book,
                                             proposal.offers[0].id, {then, then});
    return offer ? offer->state : agreement::OfferState::kWithdrawn;
  };
  EXPECT_EQ(state("2025-03-03"), agreement::OfferState::kOffered);
  player.play_until(date("2025-03-04"));
  EXPECT_EQ(state("2025-03-04"), agreement::OfferState::kLapsed);
}

TEST(Proposal, AnExclusivityForbidsIt) {
  const Proposal proposal = propose_in(kSmall, wish_of("2024-06-01"));
  EXPECT_EQ(proposal.verdict, agreement::Verdict::kForbidden);
  EXPECT_EQ(proposal.clause, "home-exclusive");
  EXPECT_TRUE(proposal.offers.empty());
  EXPECT_TRUE(proposal.yaml.empty());
  EXPECT_THAT(to_text(proposal), HasSubstr("It may not be signed: home-exclusive"));
}

TEST(Proposal, WhatTheClauseLeavesOutIsOfferedToNobody) {
  Wish own = wish_of("2025-02-01", "run", "own");
  own.site = "home-site";
  const Proposal proposal = propose_in(kSmall, own);
  EXPECT_EQ(proposal.verdict, agreement::Verdict::kPermitted);
  EXPECT_EQ(proposal.clause, "home-first-refusal") << "its carve-out";
  EXPECT_TRUE(proposal.offers.empty());
  EXPECT_TRUE(proposal.is_new_agreement);
  EXPECT_EQ(proposal.wish.agreement, "own-lab-proposed");
  const world::World world =
      world::read_world_texts(world::read_folder(kSmall), {{"proposal.yaml", proposal.yaml}});
  EXPECT_NE(world.find("run-own-2025-02-01"), nullptr);

  Wish api = own;
  api.workload = "serve";
  EXPECT_EQ(propose_in(kSmall, api).verdict, agreement::Verdict::kNeedsOffer)
      << "the carve-out is for research and training";
}

TEST(Proposal, TheHoldersOwnPaperNeedsNoOffer) {
  const Proposal proposal = propose_in(kSmall, wish_of("2025-02-01", "run", "home"));
  EXPECT_EQ(proposal.verdict, agreement::Verdict::kPermitted);
  EXPECT_TRUE(proposal.offers.empty());
}

TEST(Proposal, ItsAmountIsWhatWaits) {
  const std::vector<world::WorldFile> more{{"more.yaml",
                                            "set:\n"
                                            "  - id: run\n"
                                            "    gpus: 1600 gpus\n"
                                            "    repeats: 2\n"
                                            "    every: 1 days\n"}};
  Wish wish = wish_of("2025-02-01");
  wish.amount.clear();
  const Proposal proposal = propose_in(kSmall, wish, more);
  EXPECT_EQ(proposal.waiting_jobs, 2U);
  EXPECT_EQ(proposal.unmet_gpus, 3'200U);
  EXPECT_EQ(proposal.wish.amount, "3200 gpus");
  EXPECT_EQ(error_of(kSmall, wish),
            "nothing of run is unmet on 2025-02-01: expected an amount, to propose an order "
            "nevertheless");
}

TEST(Proposal, AWishThatSaysTooLittleOrTheWrongIsRefused) {
  Wish wish = wish_of("2025-02-01", "runn");
  EXPECT_EQ(error_of(kSmall, wish),
            "workload: found 'runn', expected a workload: one of run, serve");
  wish = wish_of("2025-02-01", "run", "lab");
  EXPECT_THAT(error_of(kSmall, wish), HasSubstr("supplier: found 'lab', expected a supplier"));
  wish = wish_of("2025-02-01", "run", "own");
  EXPECT_THAT(error_of(kSmall, wish), HasSubstr("site: the world has none of own"));
  wish = wish_of("2025-02-01");
  wish.site = "nowhere";
  EXPECT_THAT(error_of(kSmall, wish), HasSubstr("site: found 'nowhere', expected a site"));
  wish = wish_of("2025-02-01");
  wish.amount = "1.2 GW";
  EXPECT_THAT(error_of(kSmall, wish), HasSubstr("basis is not said"));
  wish.amount = "many";
  EXPECT_THAT(error_of(kSmall, wish), HasSubstr("amount: found 'many'"));
  wish = wish_of("2025-02-01");
  wish.agreement = "home-paper";
  EXPECT_THAT(error_of(kSmall, wish), HasSubstr("agreement: found home-paper, expected one of"));
  wish = wish_of("2025-02-01");
  wish.order = "home-order";
  EXPECT_THROW(propose_in(kSmall, wish), world::WorldError) << "the id is taken";
}

TEST(Proposal, TheExampleOffersMicrosoftWhatIsWantedFromCoreWeave) {
  Wish wish = wish_of("2025-02-01", "training", "coreweave");
  wish.site = "coreweave-fleet";
  wish.amount = "4096 gpus";
  const Proposal proposal = propose_in(kExample, wish);
  EXPECT_EQ(proposal.verdict, agreement::Verdict::kNeedsOffer);
  ASSERT_EQ(proposal.offers.size(), 1U);
  EXPECT_EQ(proposal.offers[0].clause, "azure-first-refusal");
  wish.at = date("2026-05-01");
  EXPECT_TRUE(propose_in(kExample, wish).offers.empty()) << "the first refusal has ended";
}

TEST(Proposal, JsonSaysTheSame) {
  const auto json = nlohmann::json::parse(to_json(propose_in(kSmall, wish_of("2025-02-01"))));
  EXPECT_EQ(json["verdict"], "needs_offer");
  EXPECT_EQ(json["offers"][0]["reply_by"], "2025-03-03");
  EXPECT_EQ(json["offers"][0]["holder"], "The supplier that it began with");
  EXPECT_EQ(json["clause"], "home-first-refusal");
}

}  // namespace
}  // namespace stargate::propose
