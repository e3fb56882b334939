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

/// The golden records of a version of the codec as the ledger that it wrote: its commands, and all of its
/// events after the last of them.
std::string golden_ledger(std::uint32_t version, std::size_t& commands) {
  const std::string records =
      content_of(std::string(STARGATE_SOURCE_DIR) + "/tests/golden/codec/v" +
                 std::to_string(version) + ".bin");
  EXPECT_FALSE(records.empty()) << version;
  std::vector<std::string> frames;
  Decoder decoder;
  ByteReader in(records);
  while (static_cast<std::uint8_t>(records[in.offset()]) < 64) {
    const std::size_t begin = in.offset();
    decoder.command(in);
    frames.emplace_back();
    ByteWriter(frames.back()).text(records.substr(begin, in.offset() - begin));
  }
  const std::string events = records.substr(in.offset());
  frames.back() += events;
  commands = frames.size();
  std::uint64_t event_count = 0;
  EventBatch batch;
  Decoder event_decoder;
  for (ByteReader rest(events); !rest.at_end(); ++event_count) event_decoder.event(rest, batch);

  std::string bytes = "stargate ledger\n";
  ByteWriter out(bytes);
  out.varint(1);
  out.varint(version);
  for (const std::string& frame : frames) out.text(frame);
  EventHash hash;
  hash.update(events);
  out.varint(0);
  out.varint(frames.size());
  out.varint(event_count);
  out.text(hash.hex());
  return bytes;
}

TEST(LedgerFile, LedgersOfEarlierCodecsAreRead) {
  for (std::uint32_t version = 1; version <= kCodecVersion; ++version) {
    std::size_t commands = 0;
    LedgerReader ledger("file", owned_bytes(golden_ledger(version, commands)));
    EXPECT_EQ(ledger.codec_version(), version);
    Command command;
    EventBatch batch;
    std::size_t read = 0;
    std::size_t last_events = 0;
    while (ledger.next(command, batch)) {
      ++read;
      last_events = batch.events.size();
    }
    EXPECT_EQ(read, commands) << version;
    EXPECT_EQ(ledger.events(), last_events) << version;
    EXPECT_GT(last_events, 0U) << version;
  }
}

TEST(LedgerFile, LedgersOfLaterCodecsAndOfNoneAreRefused) {
  for (const std::uint32_t version : {0U, kCodecVersion + 1}) {
    std::string bytes = "stargate ledger\n";
    ByteWriter out(bytes);
    out.varint(1);
    out.varint(version);
    try {
      LedgerReader ledger("file", owned_bytes(bytes));
      FAIL() << version;
    } catch (const InputError& error) {
      EXPECT_NE(
          std::string(error.what()).find("1." + std::to_string(version) + ", expected 1.1 to"),
          std::string::npos)
          << error.what();
    }
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
