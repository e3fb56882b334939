// Acts of the small world that do not fit what is there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world/small_world_fixture.h"

namespace stargate::world {
namespace {

struct ActsTest : SmallWorld {};

TEST_F(ActsTest, NoLessIsExercisedThanTheStagesOfTheOrderComeTo) {
  replace("- id: south-a\n        gpus: 64 gpus",
          "- id: south-a\n        amount: 251 MW\n        basis: it\n        gpus: 64 gpus");
  replace("amount: 64 gpus\n    signed: proposed",
          "amount: 251 MW\n    basis: it\n    signed: proposed");
  EXPECT_EQ(error(),
            "work.yml:97:13: found 250 MW, less than the stages of south-order come to, expected "
            "stages of no more than what is exercised");
  replace("amount: 250 MW", "amount: 251 MW");
  EXPECT_EQ(error(), "");
}

TEST_F(ActsTest, NoLessIsSignedThanTheStagesOfTheOrderComeTo) {
  replace("at: 2025-04-01\n    order: south-order",
          "at: 2025-04-01\n    order: south-order\n    amount: 63 gpus");
  EXPECT_EQ(error(),
            "work.yml:75:13: found 63 gpus, less than the stages of south-order come to, expected "
            "stages of no more than what is signed");
}

TEST_F(ActsTest, WhatTheBookRefusesIsToldInWords) {
  replace("  - act: terminate",
          "  - act: supplier_fails\n    at: 2026-02-15\n    entered: 2026-03-05\n"
          "    supplier: north\n  - act: terminate");
  EXPECT_EQ(error(),
            "work.yml:109:5: found supplier_fails, which does not fit what was done before, "
            "expected an act that does");
}

/// An acceptance of 2025-03-12 that was entered the day after, and an act about what it makes.
struct DutyTest : SmallWorld {
  void follow(const std::string& act) {
    reply("accept", "  - act: " + act + "    clause: offer-1-tranche\n");
  }
};

TEST_F(DutyTest, IsNotExcusedBeforeItsAcceptance) {
  follow("excuse\n    at: 2025-03-11\n    entered: 2025-03-20\n    until: 2025-05-01\n");
  EXPECT_EQ(error(),
            "work.yml:71:9: found 2025-03-11, before the acceptance that makes offer-1-tranche, "
            "expected 2025-03-12 or later (work.yml:67)");
}

TEST_F(DutyTest, IsNotAmendedBeforeItsAcceptance) {
  follow("amend_due\n    at: 2025-03-11\n    due: 2026-09-30\n");
  EXPECT_EQ(error(),
            "work.yml:71:9: found 2025-03-11, before the acceptance that makes offer-1-tranche, "
            "expected 2025-03-12 or later (work.yml:67)");
}

TEST_F(DutyTest, IsNotNamedBeforeItsAcceptanceIsEntered) {
  follow("customer_caused\n    at: 2025-03-12\n    until: 2025-05-01\n");
  EXPECT_EQ(error(),
            "work.yml:71:9: found 2025-03-12, before the acceptance that makes offer-1-tranche, "
            "expected 2025-03-13 or later (work.yml:68)");
}

TEST_F(DutyTest, IsExcusedAndAmendedFromItsAcceptanceOn) {
  follow("excuse\n    at: 2025-03-12\n    entered: 2025-03-13\n    until: 2025-05-01\n");
  EXPECT_EQ(error(), "");
}

}  // namespace
}  // namespace stargate::world
