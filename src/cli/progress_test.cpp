#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stargate::cli {
namespace {

using testing::HasSubstr;

TEST(Progress, ShowsCountsShareRateAndTimeLeft) {
  const std::string line = progress_line({7'120, 28'480}, 2, 100);
  EXPECT_THAT(line, HasSubstr(" 7,120 of 28,480 jobs  25%"));
  EXPECT_THAT(line, HasSubstr("3,560 jobs/s, 6 s left"));
  EXPECT_THAT(line, HasSubstr("[=="));
}

TEST(Progress, CountsInItsUnit) {
  EXPECT_THAT(progress_line({1'000, 2'000, "days"}, 2, 100), HasSubstr("1,000 of 2,000 days  50%"));
  EXPECT_THAT(progress_line({1'000, 2'000, "days"}, 2, 100), HasSubstr("500 days/s"));
}

TEST(Progress, FitsEveryWidth) {
  for (std::size_t width = 0; width < 200; ++width) {
    EXPECT_LE(progress_line({7'120, 28'480}, 2, width).size(), width);
  }
}

TEST(Progress, TheEndsAreFine) {
  EXPECT_THAT(progress_line({0, 100}, 0, 80), HasSubstr("0 of 100 jobs   0%"));
  EXPECT_THAT(progress_line({100, 100}, 5, 80), HasSubstr("100%"));
  EXPECT_THAT(progress_line({0, 0}, 5, 80), HasSubstr("100%"));
  EXPECT_THAT(progress_line({200, 100}, 5, 80), HasSubstr("100 of 100"));
}

}  // namespace
}  // namespace stargate::cli
