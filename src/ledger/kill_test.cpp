#include <csignal>
#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/prng.h"
#include "ledger/fixture.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/verify.h"
#include "oracle/rounds.h"

namespace stargate::ledger {
namespace {

/// Appends batches for ever, and says each index that was acknowledged.
[[noreturn]] void append_for_ever(const std::string& folder, int out, std::uint64_t seed) {
  Prng random(seed);
  try {
    const auto ledger = open_sqlite_ledger(folder, {.vfs = {}, .log_pages_max = 20});
    for (;;) {
      ledger->append(make_entries(ledger->last_index() + 1, 1 + random.below(30)));
      const std::uint64_t index = ledger->last_index();
      if (::write(out, &index, sizeof index) != ssize_t{sizeof index}) ::_exit(1);
      if (random.below(10) == 0) {
        ledger->put_snapshot({index, std::string(random.below(20'000), 's')});
      }
    }
  } catch (const LedgerError&) {
    ::_exit(2);
  }
}

/// Lets a process append until it is killed, after a random while. Returns the last index that it
/// said; 0: it said none.
std::uint64_t kill_one(const std::string& folder, std::uint64_t seed) {
  Prng random(seed);
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    append_for_ever(folder, ends[1], seed);
  }
  ::close(ends[1]);
  ::usleep(static_cast<useconds_t>(random.below(20'000)));
  ::kill(child, SIGKILL);
  std::uint64_t acknowledged = 0;
  std::uint64_t index = 0;
  while (::read(ends[0], &index, sizeof index) == ssize_t{sizeof index}) acknowledged = index;
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
  return acknowledged;
}

TEST(KilledProcess, LeavesEveryEntryThatItWasToldOf) {
  const Folder folder;
  std::uint64_t last = 0;
  int said = 0;
  // 30 rounds; 1,500 where tests are long.
  for (int round = 1; round <= oracle::rounds(30, 30); ++round) {
    const std::uint64_t acknowledged = kill_one(folder.path(), static_cast<std::uint64_t>(round));
    if (acknowledged > 0) ++said;
    const auto ledger = open_sqlite_ledger(folder.path());
    ASSERT_GE(ledger->last_index(), std::max(last, acknowledged)) << "round " << round;
    last = ledger->last_index();
    // The chain is checked as it is read.
    const std::uint64_t from = last > 2'000 ? last - 2'000 : 1;
    ASSERT_EQ(all_of(*ledger, from), make_entries(from, last + 1 - from)) << "round " << round;
  }
  EXPECT_EQ(verify(folder.path()).entries, last);
  EXPECT_GT(said, 5) << "processes were killed before they appended";
}

}  // namespace
}  // namespace stargate::ledger
