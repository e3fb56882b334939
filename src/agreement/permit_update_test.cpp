// A table that is updated by what changes touch, against one that is compiled from nothing.

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "agreement/permit.h"
#include "agreement/stages.h"
#include "agreement/touched.h"
#include "oracle/random_market.h"
#include "oracle/rounds.h"

namespace stargate::agreement {
namespace {

struct Probes {
  std::uint64_t changed = 0;  ///< updates that made a difference
  /// Updates that would be wrong without a part of what is touched.
  std::uint64_t without_orders = 0;
  std::uint64_t without_restraints = 0;
  std::uint64_t without_stages = 0;
  std::uint64_t late_clauses = 0;
};

bool is_equal(const Book& book, const PermissionTable& a, const PermissionTable& b) {
  for (std::uint32_t w = 0; w < book.workloads().size(); ++w) {
    for (std::uint32_t o = 0; o < book.orders().size(); ++o) {
      const Verdict verdict = a.verdict({w}, {o});
      if (verdict != b.verdict({w}, {o}) || a.decided_by({w}, {o}) != b.decided_by({w}, {o})) {
        return false;
      }
    }
  }
  return a.good_until() == b.good_until();
}

/// The same market, as it comes to be: clauses and entries are added as time goes on.
class Growing {
 public:
  Growing(const Book& whole, Prng& prng, Probes& probes)
      : whole_(whole), prng_(prng), probes_(probes) {
    for (const Party& party : whole.parties()) book_.define(party);
    for (const Accelerator& accelerator : whole.accelerators()) book_.define(accelerator);
    for (const Site& site : whole.sites()) book_.define(site);
    for (const Agreement& agreement : whole.agreements()) book_.define(agreement);
    for (const Order& order : whole.orders()) book_.define(order);
    for (const Stage& stage : whole.stages()) book_.define(stage);
    for (const Workload& workload : whole.workloads()) book_.define(workload);
    const std::uint64_t late = prng.below(3);
    while (book_.clauses().size() + late < whole.clauses().size()) define_clause();
  }

  void run() {
    table_.compile(book_, {-1});
    for (std::uint32_t i = 0; i < book_.stages().size(); ++i) runs_.push_back(runs_at({i}, {-1}));
    read_ = {book_.clauses().size(), 0, {-1}};
    for (Instant at{0}; at.us < oracle::kMarketEnd + 20; at = at + Duration{1}) {
      if (prng_.below(12) == 0 && book_.clauses().size() < whole_.clauses().size()) {
        define_clause();
        ++probes_.late_clauses;
        check(at);
      }
      while (next_ < whole_.entries().size() && whole_.entries()[next_].entered == at) {
        const Act& act = whole_.entries()[next_++].act;
        // It may name a clause that has not come yet.
        if (book_.check(act, at) != Reason::kNone) continue;
        book_.record(act, at);
        if (prng_.below(4) != 0) check(at);
      }
      // Now and then several changes come together.
      if (prng_.below(4) != 0) check(at);
      if (testing::Test::HasFatalFailure()) return;
    }
  }

 private:
  void define_clause() { book_.define(whole_.clauses()[book_.clauses().size()]); }
  std::vector<StageRun> runs_at(StageId stage, Instant at) const {
    return runs_of(book_, stage, {at, at});
  }

  void check(Instant at) {
    const Touched touched = touched_since(book_, read_, at);
    read_ = {book_.clauses().size(), book_.entries().size(), at};
    PermissionTable anew;
    anew.compile(book_, at);
    PermissionTable without = table_;
    without.update(book_, at, {{}, touched.restraints, {}, {}});
    if (!is_equal(book_, without, anew)) ++probes_.without_orders;
    without = table_;
    without.update(book_, at, {touched.orders, {}, {}, {}});
    if (!is_equal(book_, without, anew)) ++probes_.without_restraints;

    table_.update(book_, at, touched);
    ASSERT_TRUE(is_equal(book_, table_, anew)) << "at " << at.us;
    if (!table_.changed().empty()) ++probes_.changed;
    for (std::uint32_t w = 0; w < book_.workloads().size(); ++w) {
      for (std::uint32_t o = 0; o < book_.orders().size(); ++o) {
        if (table_.verdict({w}, {o}) <= Verdict::kNotOrdered) continue;
        ASSERT_EQ(table_.decided_by({w}, {o}), permit(book_, {w}, {o}, {at, at}).clause);
      }
    }
    for (std::uint32_t i = 0; i < runs_.size(); ++i) {
      const std::vector<StageRun> now = runs_at({i}, at);
      if (now != runs_[i]) ++probes_.without_stages;
      if (std::ranges::binary_search(touched.stages, StageId{i})) runs_[i] = now;
      ASSERT_EQ(runs_[i], now) << "at " << at.us;
    }
  }

  const Book& whole_;
  Prng& prng_;
  Probes& probes_;
  Book book_;
  PermissionTable table_;
  std::vector<std::vector<StageRun>> runs_;  ///< by StageId
  ReadUntil read_;
  std::size_t next_ = 0;
};

TEST(PermitUpdate, WhatIsUpdatedIsWhatIsCompiledFromNothing) {
  const auto worlds = static_cast<std::uint64_t>(oracle::rounds(10'000, 4'000));
  Probes probes;
  for (std::uint64_t seed = 1; seed <= worlds && !testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Prng prng(seed);
    const Book book = oracle::random_market(prng);
    Growing(book, prng, probes).run();
  }
  EXPECT_GT(probes.changed, 1'000U);
  EXPECT_GT(probes.without_orders, 1'000U);
  EXPECT_GT(probes.without_restraints, 1'000U);
  EXPECT_GT(probes.without_stages, 1'000U);
  EXPECT_GT(probes.late_clauses, 1'000U);
}

}  // namespace
}  // namespace stargate::agreement
