#include "sim/ledger_file.h"

#include <cstdio>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/input_error.h"
#include "oracle/random_history.h"
#include "sim/check_ledger.h"

namespace stargate::sim {
namespace {

std::string path_of(const std::string& name) {
  return testing::TempDir() + "ledger-" + std::to_string(::getpid()) + "-" + name;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Writes the ledger of a random history and returns the hash of its events.
std::string write_history(const std::string& path, int commands) {
  LedgerWriter ledger(path);
  HashRecorder hash;
  core::Engine engine;
  oracle::RandomHistory random(3, oracle::all_policies()[2]);
  for (int i = 0; i < commands; ++i) {
    EventBatch batch;
    const Command command = random.next(engine.state());
    engine.execute(command, batch);
    ledger.record(command, batch);
    hash.record(command, batch);
  }
  ledger.finish();
  EXPECT_EQ(ledger.event_hash(), hash.event_hash());
  EXPECT_EQ(ledger.events(), hash.events());
  return ledger.event_hash();
}

LedgerCheck check(const std::string& bytes) {
  LedgerReader ledger("file", owned_bytes(bytes));
  return check_ledger(ledger);
}

TEST(LedgerFile, WhatWasWrittenIsReadAndDecidedTheSame) {
  for (const char* ending : {"", ".zst"}) {
    const std::string path = path_of(std::string("whole") + ending);
    const std::string hash = write_history(path, 2'000);
    LedgerReader ledger(path);
    const LedgerCheck result = check_ledger(ledger);
    EXPECT_EQ(result.difference, "");
    EXPECT_EQ(result.commands, 2'000U);
    EXPECT_GT(result.events, 500U);
    EXPECT_EQ(result.event_hash, hash);
    std::remove(path.c_str());
  }
}

TEST(LedgerFile, EveryPrefixIsRefused) {
  const std::string path = path_of("prefix");
  write_history(path, 100);
  const std::string bytes = content_of(path);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_THROW(check(bytes.substr(0, i)), InputError) << i;
  }
  EXPECT_THROW(check(bytes + "x"), InputError);
  std::remove(path.c_str());
}

TEST(LedgerFile, EveryByteChangedIsNoticed) {
  const std::string path = path_of("damaged");
  write_history(path, 100);
  const std::string bytes = content_of(path);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    try {
      // A command may be another one of which the same events come.
      const LedgerCheck result = check(damaged);
      if (result.difference.empty()) {
        EXPECT_EQ(result.event_hash, check(bytes).event_hash) << i;
      }
    } catch (const InputError&) {
    }
  }
  std::remove(path.c_str());
}

TEST(LedgerFile, AFullDiskIsAnErrorThatNamesTheFile) {
  try {
    LedgerWriter ledger("/dev/full");
    ledger.finish();
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("/dev/full"), std::string::npos) << error.what();
  }
}

TEST(LedgerFile, WhatIsNoLedgerIsSaid) {
  for (const std::string bytes : {"", "x", "stargate", "a file of something else entirely"}) {
    EXPECT_THROW(check(bytes), InputError) << bytes;
  }
}

}  // namespace
}  // namespace stargate::sim
