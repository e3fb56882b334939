#include "sim/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  stargate::sim::fuzz_reader("philly", bytes, size);
  return 0;
}
