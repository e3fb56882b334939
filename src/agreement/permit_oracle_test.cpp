// Permission, from indexes and in one path, against a judge that reads everything again.

#include <gtest/gtest.h>

#include "agreement/permit.h"
#include "agreement/stages.h"
#include "oracle/brute_judge.h"
#include "oracle/random_market.h"
#include "oracle/rounds.h"

namespace stargate::agreement {
namespace {

using oracle::BruteAnswer;
using oracle::BruteJudge;
using oracle::MarketProbes;

BruteAnswer plain(const Permission& permission) {
  const bool allowed = permission.verdict == Verdict::kPermitted;
  return {permission.verdict, allowed ? kNo<ClauseId> : permission.clause, permission.against};
}

std::vector<oracle::BruteNode> plain(const std::vector<StageRun>& runs) {
  std::vector<oracle::BruteNode> nodes;
  for (const StageRun& run : runs) {
    nodes.insert(nodes.end(), run.nodes, {run.state, run.since, run.early_uses});
  }
  return nodes;
}

void compare(const Book& book, const BruteJudge& brute, Instant at, Instant known) {
  SCOPED_TRACE("at " + std::to_string(at.us) + ", known " + std::to_string(known.us));
  PermissionTable table;
  PermissionTable before;
  if (at == known) {
    table.compile(book, at);
    before.compile(book, at - Duration{1});
  }
  const bool may_change = next_change(book, at - Duration{1}) == at;
  for (std::uint32_t w = 0; w < book.workloads().size(); ++w) {
    for (std::uint32_t o = 0; o < book.orders().size(); ++o) {
      const BruteAnswer expected = brute.ask({w}, {o}, at, known);
      const Permission answer = permit(book, {w}, {o}, {at, known});
      ASSERT_EQ(plain(answer), expected)
          << "workload " << w << ", order " << o << ": " << name_of(answer.verdict) << " against "
          << name_of(expected.verdict);
      ASSERT_GT(answer.until, at);
      if (brute.ask({w}, {o}, at + Duration{1}, known) != expected) {
        ASSERT_EQ(answer.until, at + Duration{1});
      }
      if (at != known) continue;
      ASSERT_EQ(table.verdict({w}, {o}), expected.verdict);
      ASSERT_TRUE(may_change || before.verdict({w}, {o}) == expected.verdict);
    }
    for (std::uint32_t s = 2; s < book.parties().size(); ++s) {
      ASSERT_EQ(plain(permit_new(book, {w}, {s}, {at, known})), brute.ask_new({w}, {s}, at, known))
          << "workload " << w << ", new order with " << s;
    }
  }
  for (std::uint32_t s = 0; s < book.stages().size(); ++s) {
    ASSERT_EQ(plain(runs_of(book, {s}, {at, known})), brute.nodes({s}, at, known));
  }
}

TEST(PermitOracle, PermissionIsThatOfAJudgeWhoReadsEverythingAgain) {
  const auto worlds = static_cast<std::uint64_t>(oracle::rounds(100'000, 10'000));
  MarketProbes probes;
  for (std::uint64_t seed = 1; seed <= worlds && !testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Prng prng(seed);
    const Book book = oracle::random_market(prng);
    const BruteJudge brute(book, probes);
    // At and around some of the instants at which something changes; as known then, and otherwise.
    for (const Instant change : book.changes()) {
      if (change.us > oracle::kMarketEnd + 20 || prng.below(3) != 0) continue;
      const Instant at{
          std::max<std::int64_t>(0, change.us - 1 + static_cast<std::int64_t>(prng.below(3)))};
      compare(book, brute, at, at);
      compare(book, brute, at, {static_cast<std::int64_t>(prng.below(oracle::kMarketEnd + 10))});
    }
  }
  EXPECT_GT(probes.reply_at_the_deadline, 0U);
  EXPECT_GT(probes.lapsed_just_after, 0U);
  EXPECT_GT(probes.late_entered_reply, 0U);
  EXPECT_GT(probes.superseded, 0U);
  EXPECT_GT(probes.ended_by_event, 0U);
  EXPECT_GT(probes.contradiction, 0U);
  EXPECT_GT(probes.carve_out, 0U);
  EXPECT_GT(probes.cleared_by_offer, 0U);
  EXPECT_GT(probes.more_than_the_rest, 0U);
  EXPECT_GT(probes.billed, 0U);
  EXPECT_GT(probes.longer_than_offered, 0U);
  EXPECT_GT(probes.taken_of_another, 0U);
  EXPECT_GT(probes.unmet_demand, 0U);
  EXPECT_GT(probes.not_needed_yet, 0U);
  EXPECT_GT(probes.needs_offer, 0U);
  EXPECT_GT(probes.void_order, 0U);
  EXPECT_GT(probes.shipped_elsewhere, 0U);
  EXPECT_GT(probes.terminated, 0U);
  EXPECT_GT(probes.not_cancelled, 0U);
  EXPECT_GT(probes.taken_back, 0U);
  EXPECT_GT(probes.renewed, 0U);
  EXPECT_GT(probes.early_use, 0U);
  EXPECT_GT(probes.deemed, 0U);
}

}  // namespace
}  // namespace stargate::agreement
