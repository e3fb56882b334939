#include <cstdint>
#include <cstdlib>

#include "base/input_error.h"
#include "core/engine.h"
#include "core/sha256.h"
#include "core/snapshot_format.h"
#include "event/codec.h"

using namespace stargate;

// The input is what follows the versions; it is given a hash that fits. What is restored has the same
// bytes again, and an engine goes on from it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(core::kSnapshotMagic);
  ByteWriter out(bytes);
  out.varint(core::kSnapshotVersion);
  out.varint(kCodecVersion);
  bytes.append(data, data + size);
  const core::Sha256 digest = core::sha256(bytes);
  bytes.append(digest.data(), digest.size());
  core::SnapshotLimits limits;
  limits.nodes_max = 1'000;
  limits.job_ids_max = 1'000'000;
  core::State state;
  try {
    state = core::State::restore(bytes, limits);
  } catch (const InputError&) {
    return 0;
  }
  if (state.snapshot() != bytes) std::abort();
  core::Engine engine(state);
  const auto queues = static_cast<std::uint32_t>(state.scheduling().queues.size());
  EventBatch batch;
  for (int step = 0; step < 4; ++step) {
    Instant at = engine.state().now();
    if (at.us == INT64_MIN) at = {};
    for (std::uint32_t queue = 0; queue < queues; ++queue) {
      engine.execute({at, command::Schedule{{queue}}}, batch);
    }
    if (engine.state().next_instant() > kLatest) break;
    engine.execute({engine.state().next_instant(), command::Advance{}}, batch);
  }
  return 0;
}
