#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/prng.h"
#include "ledger/fixture.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/verify.h"
#include "oracle/faulty_vfs.h"
#include "oracle/rounds.h"

// Disks that fail, and power that goes, at every call in turn: the ledger is what was acknowledged.

namespace stargate::ledger {
namespace {

using oracle::Fault;
using oracle::FaultyVfs;
using oracle::Kept;

/// What a run had been told when it ended.
struct Told {
  std::uint64_t entries = 0;
  std::uint64_t entries_asked = 0;  // with those of the append that did not return
  std::string snapshot;             // "": none
  std::string snapshot_asked;
  std::string error;
};

std::string image(std::uint64_t index) {
  return "image " + std::to_string(index) + std::string(index * 150, 'i');
}

/// Opens a ledger twice, and appends batches and snapshots so that its log is emptied some times.
Told play(const Folder& folder, std::uint64_t seed) {
  Prng random(seed);
  Told told;
  try {
    for (int opening = 0; opening < 2; ++opening) {
      const auto ledger =
          open_sqlite_ledger(folder.path(), {.vfs = FaultyVfs::name(), .log_pages_max = 6});
      EXPECT_EQ(ledger->last_index(), told.entries);
      for (int batch = 0; batch < 6; ++batch) {
        const std::uint64_t size = 1 + random.below(batch % 3 == 1 ? 60 : 6);
        told.entries_asked = told.entries + size;
        ledger->append(make_entries(told.entries + 1, size));
        told.entries = told.entries_asked;
        if (random.below(3) != 0) continue;
        told.snapshot_asked = image(told.entries);
        ledger->put_snapshot({told.entries, told.snapshot_asked});
        told.snapshot = told.snapshot_asked;
      }
    }
  } catch (const LedgerError& error) {
    told.error = error.what();
  }
  return told;
}

/// After power went in the middle of a call, what it was asked may be there, whole.
enum class Unfinished { kIsNotThere, kMayBeThere };

void expect_what_was_told(const Folder& folder, const Told& told, Unfinished unfinished) {
  std::uint64_t entries = 0;
  {
    const auto ledger = open_sqlite_ledger(folder.path());
    entries = ledger->last_index();
    if (unfinished == Unfinished::kIsNotThere || entries != told.entries_asked) {
      ASSERT_EQ(entries, told.entries);
    }
    ASSERT_EQ(all_of(*ledger), make_entries(1, entries));
    const auto snapshot = ledger->snapshot();
    const std::string bytes = snapshot ? snapshot->bytes : "";
    if (unfinished == Unfinished::kIsNotThere || bytes != told.snapshot_asked) {
      ASSERT_EQ(bytes, told.snapshot);
    }
    ledger->append(make_entries(entries + 1, 3));
  }
  ASSERT_EQ(verify(folder.path()).entries, entries + 3);
}

/// One run, and what is there afterwards. Returns whether the fault came.
bool run(FaultyVfs::Plan plan, std::uint64_t seed, Unfinished unfinished, const Kept* power) {
  const Folder folder;
  FaultyVfs::start(plan);
  const Told told = play(folder, seed);
  const bool struck = FaultyVfs::struck();
  if (power != nullptr) FaultyVfs::lose_power(*power, seed * 7919 + plan.at);
  try {
    expect_what_was_told(folder, told, unfinished);
  } catch (const LedgerError& error) {
    ADD_FAILURE() << "cannot be opened: " << error.what();
  }
  if (testing::Test::HasFailure()) {
    ADD_FAILURE() << "call " << plan.at << ", seed " << seed << ", "
                  << (power == nullptr ? "no power loss"
                                       : "power loss " + std::to_string(static_cast<int>(*power)))
                  << "; the run ended with: " << told.error;
  }
  return struck;
}

/// Runs with the fault at each call in turn, until it comes no more.
void run_at_each_call(Fault fault, std::uint64_t seed, Unfinished unfinished, const Kept* power) {
  std::uint64_t at = 1;
  while (run({fault, at}, seed, unfinished, power)) {
    if (testing::Test::HasFailure()) return;
    ++at;
  }
  EXPECT_GT(at, 100U) << "the run made few calls";
}

using FaultAndPower = std::tuple<Fault, std::optional<Kept>>;

class Disk : public testing::TestWithParam<FaultAndPower> {};

TEST_P(Disk, ThatFailsLeavesWhatWasAcknowledgedAndNothingElse) {
  const auto& [fault, kept] = GetParam();
  for (int seed = 1; seed <= oracle::rounds(1) && !HasFailure(); ++seed) {
    run_at_each_call(fault, static_cast<std::uint64_t>(seed), Unfinished::kIsNotThere,
                     kept ? &*kept : nullptr);
  }
}

std::string name_of(Kept kept) {
  switch (kept) {
    case Kept::kNothing: return "Nothing";
    case Kept::kPrefix: return "Prefix";
    case Kept::kAnySubset: return "AnySubset";
    default: return "Everything";
  }
}

std::string name_of(Fault fault) {
  switch (fault) {
    case Fault::kError: return "Once";
    case Fault::kErrorTwice: return "Twice";
    case Fault::kShortError: return "HalfDone";
    case Fault::kFull: return "Full";
    default: return "Other";
  }
}

std::string name_of_case(const testing::TestParamInfo<FaultAndPower>& info) {
  const auto& [fault, kept] = info.param;
  return name_of(fault) + (kept ? "ThenPowerLossKeeps" + name_of(*kept) : "");
}

INSTANTIATE_TEST_SUITE_P(Faults, Disk,
                         testing::Combine(testing::Values(Fault::kError, Fault::kErrorTwice,
                                                          Fault::kShortError, Fault::kFull),
                                          testing::Values(std::nullopt, Kept::kNothing,
                                                          Kept::kAnySubset, Kept::kEverything)),
                         name_of_case);

// Where not even the log can be cut back, an append that failed may be there, whole.
TEST(DeadDisk, LeavesWhatWasAcknowledged) {
  for (int seed = 1; seed <= oracle::rounds(1); ++seed) {
    const auto from = static_cast<std::uint64_t>(seed);
    run_at_each_call(Fault::kErrorForGood, from, Unfinished::kMayBeThere, nullptr);
    const Kept kept = Kept::kAnySubset;
    run_at_each_call(Fault::kErrorForGood, from, Unfinished::kMayBeThere, &kept);
    if (HasFailure()) return;
  }
}

class Power : public testing::TestWithParam<Kept> {};

TEST_P(Power, ThatGoesLeavesWhatWasAcknowledged) {
  const Kept kept = GetParam();
  const int seeds = oracle::rounds(kept == Kept::kAnySubset ? 3 : 1);
  for (int seed = 1; seed <= seeds; ++seed) {
    run_at_each_call(Fault::kCrash, static_cast<std::uint64_t>(seed), Unfinished::kMayBeThere,
                     &kept);
    if (HasFailure()) return;
  }
}

std::string name_of_kept(const testing::TestParamInfo<Kept>& kept) { return name_of(kept.param); }

INSTANTIATE_TEST_SUITE_P(WithUnsynced, Power,
                         testing::Values(Kept::kNothing, Kept::kPrefix, Kept::kAnySubset,
                                         Kept::kEverything),
                         name_of_kept);

/// The error of the append that meets the fault, and that of what is tried afterwards.
struct Errors {
  std::string first;
  std::vector<std::string> later;
};

Errors errors_of_append(const Folder& folder, const FaultyVfs::Plan& plan) {
  Errors errors;
  FaultyVfs::start({});
  const auto ledger = open_sqlite_ledger(folder.path(), {.vfs = FaultyVfs::name()});
  ledger->append(make_entries(1, 2));
  FaultyVfs::start(plan);
  const auto note = [](const auto& action) -> std::string {
    try {
      action();
    } catch (const LedgerError& error) {
      return error.what();
    }
    return "";
  };
  errors.first = note([&] { ledger->append(make_entries(3, 2)); });
  errors.later = {note([&] { ledger->append(make_entries(3, 2)); }),
                  note([&] { static_cast<void>(ledger->last_index()); }), note([&] {
                    ledger->put_snapshot({1, "x"});
                  }),
                  note([&] { static_cast<void>(ledger->snapshot()); }),
                  note([&] { ledger->read(1, [](const Entry&) {}); })};
  return errors;
}

TEST(DeadLedger, SaysWhyAndTakesNothingMore) {
  // The calls of an append: for each of two pages its header and its bytes, then the sync.
  const Folder full;
  const Errors disk_full = errors_of_append(full, {Fault::kFull, 1});
  EXPECT_THAT(disk_full.first,
              testing::AllOf(testing::HasSubstr("entries 3 to 4 were not appended"),
                             testing::HasSubstr("the disk is full")));
  const Folder unsynced;
  const Errors sync_failed = errors_of_append(unsynced, {Fault::kShortError, 5});
  EXPECT_THAT(sync_failed.first,
              testing::AllOf(testing::HasSubstr("entries 3 to 4 were not appended"),
                             testing::HasSubstr("could not be synced")));
  for (const Errors* errors : {&disk_full, &sync_failed}) {
    EXPECT_THAT(errors->later, testing::Each(testing::HasSubstr("nothing more is accepted since")));
  }
  EXPECT_EQ(open_sqlite_ledger(full.path())->last_index(), 2U);
  EXPECT_EQ(open_sqlite_ledger(unsynced.path())->last_index(), 2U);
}

}  // namespace
}  // namespace stargate::ledger
