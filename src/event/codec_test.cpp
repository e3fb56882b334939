#include "event/codec.h"

#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "base/input_error.h"
#include "base/prng.h"
#include "event/codec_samples.h"
#include "event/describe.h"

namespace stargate {
namespace {

struct Decoded {
  std::vector<Command> commands;
  EventBatch batch;
};

/// Commands below 64, events from there.
Decoded decode(std::string_view bytes) {
  Decoded decoded;
  Decoder command_decoder;
  Decoder event_decoder;
  ByteReader in(bytes);
  while (!in.at_end()) {
    const std::uint8_t type = static_cast<std::uint8_t>(bytes[in.offset()]);
    if (type < 64) {
      decoded.commands.push_back(command_decoder.command(in));
    } else {
      event_decoder.event(in, decoded.batch);
    }
  }
  return decoded;
}

std::string encode(const std::vector<Command>& commands, const EventBatch& batch) {
  std::string bytes;
  Encoder command_encoder;
  for (const Command& command : commands) command_encoder.encode(command, bytes);
  Encoder event_encoder;
  for (const Event& event : batch.events) event_encoder.encode(event, batch, bytes);
  return bytes;
}

std::string samples_encoded() { return encode(samples::commands(), samples::events()); }

std::string lines_of(const Decoded& decoded) {
  std::string lines;
  for (const Command& command : decoded.commands) lines += describe(command) + "\n";
  for (const Event& event : decoded.batch.events) lines += describe(event, decoded.batch) + "\n";
  return lines;
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(STARGATE_SOURCE_DIR) + "/tests/golden/codec/" + name,
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string golden_name() { return "v" + std::to_string(kCodecVersion) + ".bin"; }

TEST(Codec, SamplesHaveEveryCommandAndEvent) {
  std::set<std::size_t> kinds;
  for (const Command& command : samples::commands()) kinds.insert(command.body.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Command::Body>);
  kinds.clear();
  for (const Event& event : samples::events().events) kinds.insert(event.body.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Event::Body>);
}

TEST(Codec, BytesChangeOnlyWithTheVersion) {
  EXPECT_EQ(samples_encoded(), golden(golden_name()))
      << "after a change to the format: raise kCodecVersion, and add a golden file of that version";
}

TEST(Codec, RecordsOfEarlierVersionsMeanTheSame) {
  for (std::uint32_t version = 1; version < kCodecVersion; ++version) {
    const std::string before = golden("v" + std::to_string(version) + ".bin");
    ASSERT_FALSE(before.empty()) << version;
    const Decoded decoded = decode(before);
    EXPECT_EQ(encode(decoded.commands, decoded.batch), before) << version;
  }
}

TEST(Codec, LinesForPeople) {
  EXPECT_EQ(lines_of(decode(golden(golden_name()))), golden("lines.txt"));
}

TEST(Codec, DecodesWhatItEncodes) {
  const Decoded decoded = decode(samples_encoded());
  EXPECT_EQ(decoded.commands, samples::commands());
  EXPECT_EQ(decoded.batch.ranges, samples::events().ranges);
  EXPECT_EQ(decoded.batch.queues, samples::events().queues);
  EXPECT_EQ(decoded.batch.tenants, samples::events().tenants);
  EXPECT_EQ(decoded.batch.requests, samples::events().requests);
  EXPECT_EQ(decoded.batch.definitions, samples::events().definitions);
  EXPECT_EQ(decoded.batch.acts, samples::events().acts);
  EXPECT_EQ(encode(decoded.commands, decoded.batch), samples_encoded());
}

/// Bytes that decode encode to themselves; the rest is an InputError.
void expect_error_or_identity(const std::string& bytes) {
  try {
    const Decoded decoded = decode(bytes);
    // Commands stand before events only in what was not damaged.
    std::string again;
    Encoder command_encoder;
    Encoder event_encoder;
    std::size_t command = 0;
    std::size_t event = 0;
    while (again.size() < bytes.size()) {
      if (static_cast<std::uint8_t>(bytes[again.size()]) < 64) {
        command_encoder.encode(decoded.commands[command++], again);
      } else {
        event_encoder.encode(decoded.batch.events[event++], decoded.batch, again);
      }
    }
    EXPECT_EQ(again, bytes);
    lines_of(decoded);
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).rfind("byte ", 0), 0U) << error.what();
  }
}

TEST(Codec, EveryPrefixIsAnErrorOrItself) {
  const std::string bytes = samples_encoded();
  for (std::size_t i = 0; i < bytes.size(); ++i) expect_error_or_identity(bytes.substr(0, i));
}

/// Each sample with the one after it, for what a damaged record does to its neighbour: the commands,
/// the last of them with the first event, the events.
std::vector<std::string> neighbours_encoded() {
  const std::vector<Command> commands = samples::commands();
  const EventBatch batch = samples::events();
  std::vector<std::string> all;
  const std::size_t count = commands.size() + batch.events.size();
  for (std::size_t i = 0; i + 1 < count; ++i) {
    std::vector<Command> some;
    EventBatch others = batch;
    others.events.clear();
    for (std::size_t at = i; at < i + 2; ++at) {
      if (at < commands.size()) {
        some.push_back(commands[at]);
      } else {
        others.events.push_back(batch.events[at - commands.size()]);
      }
    }
    all.push_back(encode(some, others));
  }
  return all;
}

TEST(Codec, EveryByteChangedIsAnErrorOrItself) {
  for (const std::string& bytes : neighbours_encoded()) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (int value = 0; value < 256; ++value) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(value);
        expect_error_or_identity(damaged);
      }
    }
  }
}

TEST(Codec, RandomBytesAreAnErrorOrThemselves) {
  Prng prng(1);
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes(1 + prng.below(24), '\0');
    for (char& byte : bytes) byte = static_cast<char>(prng.next());
    bytes[0] = static_cast<char>(prng.below(96));
    expect_error_or_identity(bytes);
  }
}

std::int64_t any_int64(Prng& prng) {
  return static_cast<std::int64_t>(prng.next() >> prng.below(64)) * (prng.below(2) == 0 ? 1 : -1);
}

TEST(Codec, RandomRangesComeBack) {
  Prng prng(2);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<NodeRange> ranges(prng.below(6));
    for (NodeRange& range : ranges) {
      range.first = static_cast<std::uint32_t>(prng.next() >> prng.below(64));
      range.count = static_cast<std::uint32_t>(prng.next() >> prng.below(64));
      range.mask = prng.below(2) == 0 ? all_gpus(static_cast<std::uint32_t>(prng.below(65)))
                                      : prng.next() >> prng.below(64);
      range.part = static_cast<std::uint32_t>(prng.below(3));
    }
    std::string bytes;
    ByteWriter out(bytes);
    write_ranges(out, ranges);
    ByteReader in(bytes);
    std::vector<NodeRange> again;
    read_ranges(in, again);
    ASSERT_EQ(again, ranges);
    ASSERT_TRUE(in.at_end());
  }
}

TEST(Codec, RandomInstantsAndLengthsComeBack) {
  Prng prng(3);
  std::vector<Command> commands;
  for (int i = 0; i < 20'000; ++i) {
    const Instant at{any_int64(prng)};
    commands.push_back({at, command::Stopped{{prng.next() >> prng.below(64)}, {any_int64(prng)}}});
  }
  EXPECT_EQ(decode(encode(commands, {})).commands, commands);
}

TEST(Codec, AGangOnAHundredThousandGpusIsAFewDozenBytes) {
  EventBatch batch;
  batch.ranges = {{1'000, 12'500, 0xff, 0}, {20'000, 3, 0xff, 0}, {20'010, 1, 0x0f, 0}};
  batch.events.push_back({{}, event::AllocationAssigned{{1'000'000}, {0, 3}}});
  EXPECT_LT(encode({}, batch).size(), 24U);
}

TEST(Codec, CountsAreCheckedBeforeAnythingIsAllocated) {
  std::string bytes;
  ByteWriter out(bytes);
  out.byte(73);
  out.zigzag(0);
  out.varint(1);
  out.varint(~std::uint64_t{0});
  EXPECT_THROW(decode(bytes), InputError);
}

}  // namespace
}  // namespace stargate
