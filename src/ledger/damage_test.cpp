#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/fixture.h"
#include "ledger/format.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/verify.h"
#include "oracle/rounds.h"

// Bytes that change on the disk.

namespace stargate::ledger {
namespace {

using testing::HasSubstr;

constexpr std::size_t kFrameBytes = 24 + kPageBytes;

/// The number after `words` in a text; 0: there is none.
std::uint64_t number_after(const std::string& text, const std::string& words) {
  const std::size_t at = text.find(words);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + words.size(), nullptr, 10);
}

/// The last entry that an error says is good; -1: it names none.
std::int64_t last_good(const std::string& error) {
  if (error.find("all from 1 on are in doubt") != std::string::npos) return 0;
  if (error.find("no entry before it") != std::string::npos) return 0;
  for (const char* words : {"entries up to the last one, ", "entries up to "}) {
    if (error.find(words) != std::string::npos) {
      return static_cast<std::int64_t>(number_after(error, words));
    }
  }
  return -1;
}

/// A few dozen entries over several pages, a snapshot, closed.
void make_small_ledger(const Folder& folder) {
  const auto ledger = open_sqlite_ledger(folder.path());
  const std::vector<Entry> entries = make_entries(1, 48);
  for (std::size_t at = 0; at < entries.size(); at += 12) {
    ledger->append(std::span(entries).subspan(at, 12));
  }
  ledger->put_snapshot({40, std::string(5'000, 's')});
}

/// For each page, the first entry that has bytes in it, as its text is found; 0: none.
std::vector<std::uint64_t> first_entries(const std::string& database) {
  std::vector<std::uint64_t> first(database.size() / kPageBytes);
  for (std::size_t page = 0; page < first.size(); ++page) {
    const std::string bytes = database.substr(page * kPageBytes, kPageBytes);
    for (std::size_t at = bytes.find("command <"); at != std::string::npos;
         at = bytes.find("command <", at + 1)) {
      const std::uint64_t index = std::strtoull(bytes.c_str() + at + 9, nullptr, 10);
      if (first[page] == 0 || index < first[page]) first[page] = index;
    }
  }
  return first;
}

class EveryByte : public testing::TestWithParam<int> {};

TEST_P(EveryByte, ThatChangesIsNoticedAndTheEntriesBeforeItNamed) {
  const Folder folder;
  make_small_ledger(folder);
  ASSERT_EQ(folder.read("ledger.lock"), "");
  ASSERT_FALSE(folder.has("ledger.db-wal"));
  const std::string whole = folder.read("ledger.db");
  const std::vector<std::uint64_t> first = first_entries(whole);
  ASSERT_GT(first.size(), 5U);
  // Where tests are short, every fourth.
  const std::size_t step = oracle::rounds(4) < 4 ? 4 : 1;
  for (std::size_t at = GetParam() == 0 ? 0 : step / 2; at < whole.size(); at += step) {
    const int mask = GetParam() == 0 ? 1 << (at / step % 8) : GetParam();
    if (at >= step) folder.write_byte("ledger.db", at - step, whole[at - step]);
    folder.write_byte("ledger.db", at, static_cast<char>(whole[at] ^ mask));
    try {
      verify(folder.path());
      FAIL() << "byte " << at << " was changed and not noticed";
    } catch (const LedgerError& error) {
      const std::string what = error.what();
      const std::int64_t good = last_good(what);
      const std::size_t page = at / kPageBytes;
      ASSERT_GE(good, 0) << "byte " << at << ": " << what;
      ASSERT_EQ(number_after(what, "page "), page + 1) << "byte " << at << ": " << what;
      if (first[page] != 0) {
        // The pages before are whole: the first entry in this one is the first that is lost.
        ASSERT_EQ(good + 1, static_cast<std::int64_t>(first[page])) << what;
      } else if (page > 2) {
        ASSERT_EQ(good, 48) << "byte " << at << ": " << what;
      }
    }
  }
  folder.write("ledger.db", whole);
  EXPECT_EQ(verify(folder.path()).entries, 48U);
}

INSTANTIATE_TEST_SUITE_P(Flips, EveryByte, testing::Values(0, 0xff),
                         [](const testing::TestParamInfo<int>& mask) {
                           return mask.param == 0 ? std::string("OneBit") : std::string("AllBits");
                         });

TEST(Damage, ALedgerThatIsCutOrGrowsIsNoticed) {
  const Folder folder;
  make_small_ledger(folder);
  const std::string whole = folder.read("ledger.db");
  for (const std::size_t cut : {std::size_t{1}, std::size_t{100}, kPageBytes, 3 * kPageBytes,
                                whole.size() - kPageBytes, whole.size()}) {
    folder.write("ledger.db", whole.substr(0, whole.size() - cut));
    EXPECT_THROW(verify(folder.path()), LedgerError) << cut << " bytes were cut off";
  }
  for (const std::size_t more : {std::size_t{1}, kPageBytes, 2 * kPageBytes}) {
    folder.write("ledger.db", whole + std::string(more, '\0'));
    EXPECT_THROW(verify(folder.path()), LedgerError) << more << " bytes were added";
  }
}

TEST(Damage, PagesThatChangePlacesAreNoticed) {
  const Folder folder;
  make_small_ledger(folder);
  const std::string whole = folder.read("ledger.db");
  std::string bytes = whole;
  std::swap_ranges(bytes.begin() + 3 * kPageBytes, bytes.begin() + 4 * kPageBytes,
                   bytes.begin() + 5 * kPageBytes);
  folder.write("ledger.db", bytes);
  EXPECT_THROW(verify(folder.path()), LedgerError);
}

/// Copies the files of a ledger of `batches` batches of 5 that is still open, as a crash leaves them.
void crash_after(const Folder& folder, const Folder& copy, int batches) {
  const auto ledger = open_sqlite_ledger(folder.path());
  for (int batch = 0; batch < batches; ++batch) {
    ledger->append(make_entries(static_cast<std::uint64_t>(batch) * 5 + 1, 5));
  }
  copy.write("ledger.db", folder.read("ledger.db"));
  copy.write("ledger.db-wal", folder.read("ledger.db-wal"));
}

TEST(Damage, AChangedByteOfTheLogIsNoticedAndToldOfItsLastTransaction) {
  const Folder folder;
  const Folder copy;
  crash_after(folder, copy, 4);
  const std::string database = copy.read("ledger.db");
  const std::string log = copy.read("ledger.db-wal");
  ASSERT_EQ(log.size(), 32 + 8 * kFrameBytes) << "two pages a batch";
  const std::size_t last_transaction = 32 + 6 * kFrameBytes;
  std::string bytes = log;
  for (std::size_t at = 0; at < log.size(); ++at) {
    // Every byte of headers; of the pages, which one checksum covers, some.
    const bool in_page = at >= 32 && (at - 32) % kFrameBytes >= 24;
    if (in_page && at % (at < last_transaction ? 13 : 113) != 0) continue;
    bytes[at] = static_cast<char>(bytes[at] ^ (at % 2 == 0 ? 0xff : 1 << (at % 8)));
    copy.write("ledger.db-wal", bytes);
    bytes[at] = log[at];
    std::string error;
    std::string told;
    std::uint64_t left = 0;
    if (at >= last_transaction) {
      ASSERT_THAT(verify(copy.path()).unfinished,
                  HasSubstr("8240 bytes (2 frames) follow entry 15"))
          << "byte " << at;
    }
    try {
      const SqliteOptions options{
          .vfs = "", .log_pages_max = 4'000, .warn = [&](const std::string& what) { told = what; }};
      left = open_sqlite_ledger(copy.path(), options)->last_index();
    } catch (const LedgerError& caught) {
      error = caught.what();
    }
    if (at >= last_transaction) {
      ASSERT_EQ(error, "") << "byte " << at;
      ASSERT_EQ(left, 15U) << "byte " << at;
      ASSERT_THAT(told, HasSubstr("8240 bytes (2 frames) follow entry 15")) << "byte " << at;
      copy.write("ledger.db", database);
    } else {
      const std::int64_t good =
          at < 32 ? 0 : static_cast<std::int64_t>((at - 32) / kFrameBytes / 2) * 5;
      ASSERT_THAT(error, HasSubstr("ledger.db-wal"))
          << "byte " << at << ", " << left << " are left";
      ASSERT_EQ(last_good(error), good) << "byte " << at << ": " << error;
      ASSERT_EQ(copy.read("ledger.db"), database) << "opening changed what it refused";
    }
  }
}

TEST(Damage, ALogThatIsCutIsTheLedgerAsItWas) {
  const Folder folder;
  const Folder copy;
  crash_after(folder, copy, 4);
  const std::string database = copy.read("ledger.db");
  const std::string log = copy.read("ledger.db-wal");
  for (std::size_t size = 0; size <= log.size(); size += 403) {
    copy.write("ledger.db", database);
    copy.write("ledger.db-wal", log.substr(0, size));
    std::string told;
    const SqliteOptions options{
        .vfs = "", .log_pages_max = 4'000, .warn = [&](const std::string& what) { told = what; }};
    const auto ledger = open_sqlite_ledger(copy.path(), options);
    const bool is_whole = size == 0 || (size >= 32 && (size - 32) % (2 * kFrameBytes) == 0);
    ASSERT_EQ(told.empty(), is_whole) << "cut to " << size << " bytes: " << told;
    const std::uint64_t whole = size < 32 ? 0 : (size - 32) / (2 * kFrameBytes) * 5;
    ASSERT_EQ(ledger->last_index(), whole) << "cut to " << size << " bytes";
    ASSERT_THAT(all_of(*ledger), testing::ElementsAreArray(make_entries(1, whole)));
  }
}

TEST(Damage, WhatWasInTheLogBeforeItWasEmptiedIsNoTransaction) {
  const Folder folder;
  const Folder copy;
  const auto ledger = open_sqlite_ledger(folder.path(), {.vfs = "", .log_pages_max = 6});
  for (std::uint64_t batch = 0; batch < 5; ++batch) ledger->append(make_entries(batch * 5 + 1, 5));
  copy.write("ledger.db", folder.read("ledger.db"));
  const std::string log = folder.read("ledger.db-wal");
  ASSERT_EQ(log.size(), 32 + 8 * kFrameBytes) << "frames of before follow those of the last batch";
  copy.write("ledger.db-wal", log);
  EXPECT_EQ(verify(copy.path()).unfinished, "");
  EXPECT_EQ(verify(copy.path()).entries, 25U);
}

TEST(Damage, AFileWithNothingInItIsEmpty) {
  const Folder folder;
  folder.write("ledger.db", "");
  try {
    verify(folder.path());
    FAIL() << "it is no ledger";
  } catch (const LedgerError& error) {
    EXPECT_THAT(error.what(), HasSubstr("ledger.db: is empty"));
  }
}

TEST(Damage, FilesAreTheirOwnersAlone) {
  const Folder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  folder.write("ledger.db", "");
  const auto ledger = open_sqlite_ledger(folder.path());
  ledger->append(make_entries(1, 1));
  using std::filesystem::perms;
  for (const char* name : {"ledger.db", "ledger.db-wal", "ledger.lock"}) {
    EXPECT_EQ(std::filesystem::status(folder.path(name)).permissions(),
              perms::owner_read | perms::owner_write)
        << name;
  }
}

TEST(Damage, ALogWhoseDatabaseIsGoneIsNotThrownAway) {
  const Folder folder;
  const Folder copy;
  crash_after(folder, copy, 2);
  copy.write("ledger.db", "");
  EXPECT_THROW(open_sqlite_ledger(copy.path()), LedgerError);
  EXPECT_TRUE(copy.has("ledger.db-wal"));
}

}  // namespace
}  // namespace stargate::ledger
