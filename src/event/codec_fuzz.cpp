#include "event/codec.h"

#include <cstdint>
#include <cstdlib>

#include "base/input_error.h"
#include "event/describe.h"

using namespace stargate;

// Whatever decodes encodes to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  ByteReader in(bytes);
  Decoder decoder;
  Encoder encoder;
  std::string again;
  EventBatch batch;
  try {
    while (!in.at_end()) {
      if (static_cast<std::uint8_t>(bytes[in.offset()]) < 64) {
        const Command command = decoder.command(in);
        encoder.encode(command, again);
        describe(command);
      } else {
        decoder.event(in, batch);
        encoder.encode(batch.events.back(), batch, again);
        describe(batch.events.back(), batch);
      }
    }
  } catch (const InputError&) {
    return 0;
  }
  if (again != bytes) std::abort();
  return 0;
}
