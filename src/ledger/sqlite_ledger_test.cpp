#include "ledger/sqlite_ledger.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/checked_vfs.h"
#include "ledger/fixture.h"
#include "ledger/verify.h"

namespace stargate::ledger {
namespace {

using testing::AllOf;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const LedgerError& error) {
    return error.what();
  }
  return "no error";
}

/// Runs SQL on the database, and puts its checksums right.
void tamper(const Folder& folder, const std::string& changes) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open_v2(folder.path("ledger.db").c_str(), &database,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, checked_vfs().c_str()),
            SQLITE_OK);
  const std::string sql = "PRAGMA locking_mode = EXCLUSIVE; " + changes;
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

TEST(SqliteLedger, IsThereWhenItIsOpenedAgain) {
  const Folder folder;
  const std::vector<Entry> entries = make_entries(1, 30);
  {
    const auto ledger = open_sqlite_ledger(folder.path("deep/er"));
    ledger->append(std::span(entries).first(10));
    ledger->put_snapshot({10, "ten"});
  }
  {
    const auto ledger = open_sqlite_ledger(folder.path("deep/er"));
    EXPECT_EQ(ledger->last_index(), 10U);
    ledger->append(std::span(entries).subspan(10));
  }
  const auto ledger = open_sqlite_ledger(folder.path("deep/er"));
  EXPECT_THAT(all_of(*ledger), ElementsAreArray(entries));
  EXPECT_EQ(ledger->snapshot()->bytes, "ten");
}

TEST(SqliteLedger, LeavesNoLogWhenItIsClosed) {
  const Folder folder;
  open_sqlite_ledger(folder.path())->append(make_entries(1, 10));
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(file.path().filename());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("ledger.db", "ledger.lock"));
  EXPECT_EQ(folder.read("ledger.lock"), "");
}

TEST(SqliteLedger, EmptiesItsLogWhereThatIsLong) {
  const Folder folder;
  const auto ledger = open_sqlite_ledger(folder.path(), {.vfs = {}, .log_pages_max = 10});
  std::vector<Entry> entries = make_entries(1, 1000);
  for (std::size_t at = 0; at < entries.size(); at += 20) {
    ledger->append(std::span(entries).subspan(at, 20));
    EXPECT_LT(std::filesystem::file_size(folder.path("ledger.db-wal")), 20U * 4120U);
  }
  EXPECT_THAT(all_of(*ledger), ElementsAreArray(entries));
}

TEST(SqliteLedger, IsOpenOnceOnly) {
  const Folder folder;
  const auto ledger = open_sqlite_ledger(folder.path());
  const std::string wanted =
      folder.path() + ": the ledger is in use by process " + std::to_string(::getpid());
  EXPECT_EQ(error_of([&] { open_sqlite_ledger(folder.path()); }), wanted);
  EXPECT_EQ(error_of([&] { verify(folder.path()); }), wanted);
  const pid_t other = ::fork();
  if (other == 0) {
    ::_exit(error_of([&] { open_sqlite_ledger(folder.path()); }) == wanted ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(status, 0);
  ledger->append(make_entries(1, 1));
}

TEST(SqliteLedger, IsNotOpenedWhileSqliteHasIt) {
  const Folder folder;
  open_sqlite_ledger(folder.path())->append(make_entries(1, 1));
  const pid_t other = ::fork();
  if (other == 0) {
    sqlite3* database = nullptr;
    sqlite3_open(folder.path("ledger.db").c_str(), &database);
    sqlite3_exec(database, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr,
                 nullptr);
    folder.write("ready", "yes");
    for (;;) ::pause();
  }
  while (!folder.has("ready")) ::usleep(1'000);
  EXPECT_THAT(error_of([&] { open_sqlite_ledger(folder.path()); }),
              HasSubstr("ledger.db: is in use by another process"));
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  EXPECT_EQ(open_sqlite_ledger(folder.path())->last_index(), 1U);
}

TEST(SqliteLedger, RefusesANewerFormatAndWhatIsNoLedger) {
  const Folder folder;
  open_sqlite_ledger(folder.path())->append(make_entries(1, 1));
  tamper(folder, "PRAGMA user_version = 2");
  for (const auto& action : std::vector<std::function<void()>>{
           [&] { open_sqlite_ledger(folder.path()); }, [&] { verify(folder.path()); }}) {
    EXPECT_THAT(error_of(action),
                HasSubstr("ledger.db: has format 2, and this version of Stargate reads formats 1"));
  }
  tamper(folder, "PRAGMA application_id = 7");
  EXPECT_THAT(error_of([&] { open_sqlite_ledger(folder.path()); }), HasSubstr("but not a ledger"));
  folder.write("ledger.db", "This is a text, which is much longer than the header of a database.");
  EXPECT_THAT(error_of([&] { open_sqlite_ledger(folder.path()); }), HasSubstr("ledger.db"));
  EXPECT_THAT(error_of([&] { verify(folder.path("none")); }), HasSubstr("no such file"));
  EXPECT_FALSE(folder.has("none"));
}

TEST(SqliteLedger, NamesTheEntryThatSomeoneChanged) {
  struct Case {
    const char* sql;
    const char* error;
  };
  for (const Case& one : {
           Case{"UPDATE entry SET command = CAST('other' AS BLOB) WHERE \"index\" = 7",
                "entry 7 does not fit"},
           Case{"UPDATE entry SET at = at + 1 WHERE \"index\" = 1", "entry 1 does not fit"},
           Case{"UPDATE entry SET note = CAST(note || events AS BLOB), events = x'' WHERE "
                "\"index\" = 12",
                "entry 12 does not fit"},
           Case{"UPDATE entry SET hash = zeroblob(32) WHERE \"index\" = 9", "entry 9 does not fit"},
           Case{"DELETE FROM entry WHERE \"index\" = 5", "entry 5 is missing"},
           Case{"DELETE FROM entry WHERE \"index\" >= 19", "entry 19 is missing"},
           Case{"INSERT INTO entry SELECT 21, at, command, note, events, hash FROM entry"
                " WHERE \"index\" = 20",
                "entry 21 is there, though"},
       }) {
    const Folder folder;
    open_sqlite_ledger(folder.path())->append(make_entries(1, 20));
    tamper(folder, one.sql);
    EXPECT_THAT(error_of([&] { verify(folder.path()); }), HasSubstr(one.error)) << one.sql;
    EXPECT_THROW(all_of(*open_sqlite_ledger(folder.path())), LedgerError) << one.sql;
  }
}

TEST(SqliteLedger, KeepsTwoSnapshots) {
  const Folder folder;
  {
    const auto ledger = open_sqlite_ledger(folder.path());
    ledger->append(make_entries(1, 5));
    for (std::uint64_t index = 1; index <= 5; ++index) {
      ledger->put_snapshot({index, std::string(1'500'000, static_cast<char>('a' + index))});
    }
  }
  EXPECT_EQ(verify(folder.path()).snapshots, 2U);
  // What snapshots gave back is used again.
  EXPECT_LT(std::filesystem::file_size(folder.path("ledger.db")), 3U * 1'600'000U);
}

TEST(SqliteLedger, FallsBackToTheSnapshotBefore) {
  const Folder folder;
  {
    const auto ledger = open_sqlite_ledger(folder.path());
    ledger->append(make_entries(1, 5));
    ledger->put_snapshot({2, "older " + std::string(20'000, 'x')});
    ledger->put_snapshot({4, "newer " + std::string(20'000, 'y')});
  }
  std::string bytes = folder.read("ledger.db");
  bytes[bytes.find("yyyyyyyyyyyyyyyy") + 5'000] ^= 1;
  folder.write("ledger.db", bytes);
  {
    const auto ledger = open_sqlite_ledger(folder.path());
    EXPECT_EQ(ledger->snapshot()->index, 2U);
    EXPECT_THAT(ledger->snapshot()->bytes, testing::StartsWith("older "));
    EXPECT_EQ(ledger->last_index(), 5U);
    EXPECT_EQ(all_of(*ledger).size(), 5U);
  }
  EXPECT_THAT(error_of([&] { verify(folder.path()); }),
              AllOf(HasSubstr("the snapshot after entry 4 is damaged"),
                    HasSubstr("entries up to 5 are good")));
}

TEST(SqliteLedger, VerifyingSaysHowMuchThereIsAndChangesNothing) {
  const Folder folder;
  {
    const auto ledger = open_sqlite_ledger(folder.path());
    ledger->append(make_entries(1, 40));
    ledger->put_snapshot({40, "image"});
  }
  const std::string before = folder.read("ledger.db");
  const Verified verified = verify(folder.path());
  EXPECT_EQ(verified.entries, 40U);
  EXPECT_EQ(verified.snapshots, 1U);
  EXPECT_EQ(verified.pages * 4096, before.size());
  EXPECT_EQ(verified.head_hash.size(), 64U);
  EXPECT_EQ(folder.read("ledger.db"), before);
  EXPECT_FALSE(folder.has("ledger.db-wal"));
}

TEST(SqliteLedger, TheHashAtTheEndDependsOnEveryField) {
  std::vector<std::string> hashes;
  for (int change = 0; change < 6; ++change) {
    const Folder folder;
    std::vector<Entry> entries = make_entries(1, 3);
    switch (change) {
      case 1: entries[0].at.us += 1; break;
      case 2: entries[0].command += "x"; break;
      case 3: entries[0].note += "x"; break;
      case 4: entries[0].events += "x"; break;
      case 5:  // moved from one field to the next
        entries[0].note = entries[0].command.back() + entries[0].note;
        entries[0].command.pop_back();
        break;
      default: break;
    }
    open_sqlite_ledger(folder.path())->append(entries);
    hashes.push_back(verify(folder.path()).head_hash);
  }
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

}  // namespace
}  // namespace stargate::ledger
