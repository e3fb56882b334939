#include "ledger/ledger.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/fixture.h"
#include "ledger/memory_ledger.h"
#include "ledger/sqlite_ledger.h"

// What every ledger promises, for each kind of ledger.

namespace stargate::ledger {
namespace {

using testing::ElementsAreArray;

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Ledger>(const std::string& folder)> open;
};

class EveryLedger : public testing::TestWithParam<Kind> {
 protected:
  Folder folder_;
  std::unique_ptr<Ledger> ledger_ = GetParam().open(folder_.path());
};

TEST_P(EveryLedger, StartsEmpty) {
  EXPECT_EQ(ledger_->last_index(), 0U);
  EXPECT_THAT(all_of(*ledger_), testing::IsEmpty());
  EXPECT_FALSE(ledger_->snapshot().has_value());
}

TEST_P(EveryLedger, GivesBackWhatWasAppendedInOrder) {
  const std::vector<Entry> entries = make_entries(1, 25);
  ledger_->append(std::span(entries).first(1));
  ledger_->append(std::span(entries).subspan(1, 20));
  ledger_->append({});
  ledger_->append(std::span(entries).subspan(21));
  EXPECT_EQ(ledger_->last_index(), 25U);
  EXPECT_THAT(all_of(*ledger_), ElementsAreArray(entries));
}

TEST_P(EveryLedger, KeepsAnyBytes) {
  std::vector<Entry> entries = make_entries(1, 3);
  entries[0].command = std::string("\0\xff'; DROP TABLE entry; --\n", 25);
  entries[0].at = {-5};
  entries[1].command.clear();
  entries[1].note.clear();
  entries[1].events.clear();
  entries[2].events.assign(100'000, '\0');
  ledger_->append(entries);
  EXPECT_THAT(all_of(*ledger_), ElementsAreArray(entries));
}

TEST_P(EveryLedger, ReadsFromAnyIndexOn) {
  const std::vector<Entry> entries = make_entries(1, 10);
  ledger_->append(entries);
  EXPECT_THAT(all_of(*ledger_, 7), ElementsAreArray(std::span(entries).subspan(6)));
  EXPECT_THAT(all_of(*ledger_, 10), ElementsAreArray(std::span(entries).subspan(9)));
  EXPECT_THAT(all_of(*ledger_, 11), testing::IsEmpty());
}

TEST_P(EveryLedger, HasTheLastSnapshot) {
  ledger_->put_snapshot({0, "of nothing"});
  EXPECT_EQ(ledger_->snapshot()->bytes, "of nothing");
  ledger_->append(make_entries(1, 5));
  ledger_->put_snapshot({3, std::string(3'000'000, 'a')});
  ledger_->put_snapshot({5, std::string(2 << 20, 'b')});
  ledger_->put_snapshot({5, ""});
  EXPECT_EQ(ledger_->snapshot()->index, 5U);
  EXPECT_EQ(ledger_->snapshot()->bytes, "");
  ledger_->put_snapshot({4, std::string(2'500'000, 'c')});
  EXPECT_EQ(ledger_->snapshot()->index, 4U);
  EXPECT_EQ(ledger_->snapshot()->bytes, std::string(2'500'000, 'c'));
}

TEST_P(EveryLedger, AbortsWhereEntriesHaveAGap) {
  EXPECT_DEATH(ledger_->append(make_entries(2, 1)), "without gaps");
  std::vector<Entry> entries = make_entries(1, 3);
  entries[2].index = 4;
  EXPECT_DEATH(ledger_->append(entries), "without gaps");
  EXPECT_DEATH(ledger_->put_snapshot({1, "of what is not there"}), "entries that there are");
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, EveryLedger,
    testing::Values(
        Kind{"Memory", [](const std::string&) { return std::make_unique<MemoryLedger>(); }},
        Kind{"Sqlite", [](const std::string& folder) { return open_sqlite_ledger(folder); }}),
    [](const testing::TestParamInfo<Kind>& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace stargate::ledger
