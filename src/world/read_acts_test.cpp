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

}  // namespace
}  // namespace stargate::world
