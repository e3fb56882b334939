#include <gtest/gtest.h>

#include "base/input_error.h"
#include "core/engine.h"
#include "core/sha256.h"
#include "event/codec.h"
#include "oracle/random_history.h"

namespace stargate::core {
namespace {

constexpr int kSteps = 600;

struct History {
  std::vector<Command> commands;
  std::vector<EventBatch> batches;
};

/// Executes so many commands; the engine ends in the state after them.
History play(Engine& engine, oracle::RandomHistory& random, int steps) {
  History history;
  for (int i = 0; i < steps; ++i) {
    history.commands.push_back(random.next(engine.state()));
    engine.execute(history.commands.back(), history.batches.emplace_back());
  }
  return history;
}

std::string bytes_of(const EventBatch& batch) {
  std::string bytes;
  Encoder encoder;
  for (const Event& event : batch.events) encoder.encode(event, batch, bytes);
  return bytes;
}

/// One of each policy, with a seed of its own.
class Snapshot : public testing::TestWithParam<std::size_t> {
 protected:
  Snapshot() : random(GetParam() + 1, oracle::all_policies()[GetParam()]) {}

  Engine engine;
  oracle::RandomHistory random;
};

TEST_P(Snapshot, RestoredHasTheSameBytes) {
  for (int i = 0; i < 20; ++i) {
    const std::string bytes = engine.state().snapshot();
    ASSERT_EQ(State::restore(bytes).snapshot(), bytes) << "seed " << GetParam() + 1;
    play(engine, random, kSteps / 20);
  }
}

TEST_P(Snapshot, EventsAppliedAgainGiveTheSameState) {
  const History history = play(engine, random, kSteps);
  State state;
  for (const EventBatch& batch : history.batches) {
    for (const Event& event : batch.events) state.apply(event, batch);
  }
  EXPECT_EQ(state.snapshot(), engine.state().snapshot()) << "seed " << GetParam() + 1;
}

TEST_P(Snapshot, RestoredDecidesTheSameAndEndsTheSame) {
  play(engine, random, kSteps / 2);
  Engine restored(State::restore(engine.state().snapshot()));
  State applied = State::restore(engine.state().snapshot());
  const History tail = play(engine, random, kSteps / 2);
  for (std::size_t i = 0; i < tail.commands.size(); ++i) {
    EventBatch batch;
    restored.execute(tail.commands[i], batch);
    ASSERT_EQ(bytes_of(batch), bytes_of(tail.batches[i]))
        << "command " << i << " of the tail, seed " << GetParam() + 1;
    for (const Event& event : tail.batches[i].events) applied.apply(event, tail.batches[i]);
  }
  EXPECT_EQ(restored.state().snapshot(), engine.state().snapshot());
  EXPECT_EQ(applied.snapshot(), engine.state().snapshot());
}

TEST_P(Snapshot, AForkIsIndependent) {
  play(engine, random, kSteps / 2);
  const std::string before = engine.state().snapshot();
  const State untouched = engine.state();
  Engine fork(engine.state());
  oracle::RandomHistory other = random;
  play(fork, other, kSteps / 4);
  EXPECT_EQ(engine.state().snapshot(), before);
  play(engine, random, kSteps / 4);
  EXPECT_EQ(engine.state().snapshot(), fork.state().snapshot()) << "the same commands";
  EXPECT_EQ(untouched.snapshot(), before);
}

INSTANTIATE_TEST_SUITE_P(AllPolicies, Snapshot,
                         testing::Range(std::size_t{0}, oracle::all_policies().size()));

std::string small_snapshot() {
  Engine engine;
  oracle::RandomHistory random(7, oracle::all_policies()[1]);
  for (int i = 0; i < 150; ++i) {
    EventBatch batch;
    engine.execute(random.next(engine.state()), batch);
  }
  return engine.state().snapshot();
}

TEST(SnapshotDamage, EveryByteChangedIsNoticed) {
  const std::string bytes = small_snapshot();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int change : {1, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      EXPECT_THROW(State::restore(damaged), InputError) << i;
    }
  }
}

TEST(SnapshotDamage, EveryPrefixIsNoticed) {
  const std::string bytes = small_snapshot();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_THROW(State::restore(bytes.substr(0, i)), InputError) << i;
  }
  EXPECT_THROW(State::restore(bytes + '\0'), InputError);
}

TEST(SnapshotDamage, ForgedBytesAreRefusedOrMeanWhatTheySay) {
  const std::string bytes = small_snapshot();
  const std::size_t content = bytes.size() - kSha256Bytes;
  SnapshotLimits limits;
  limits.nodes_max = 1'000;
  limits.job_ids_max = 1'000'000;
  int accepted = 0;
  for (std::size_t i = 0; i < content; ++i) {
    for (int value = 0; value < 256; value += 5) {
      std::string forged = bytes.substr(0, content);
      forged[i] = static_cast<char>(value);
      const Sha256 digest = sha256(forged);
      forged.append(digest.data(), digest.size());
      try {
        Engine engine(State::restore(forged, limits));
        ++accepted;
        EXPECT_EQ(engine.state().snapshot(), forged) << i << " " << value;
        EventBatch batch;
        const Instant at = std::max(engine.state().now(), Instant{}) + hours(1);
        engine.execute({at, command::Advance{}}, batch);
        for (std::uint32_t queue = 0; queue < 2; ++queue) {
          engine.execute({at, command::Schedule{{queue}}}, batch);
        }
      } catch (const InputError&) {
      }
    }
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace stargate::core
