#pragma once

#include <cstddef>
#include <cstdint>

// Integers as bytes, the lowest first, whatever the machine.

namespace stargate::ledger {

/// Writes 8 bytes.
inline void put_u64(unsigned char* out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<unsigned char>(value >> (8 * i));
}

/// Reads 8 bytes.
inline std::uint64_t get_u64(const unsigned char* in) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = (value << 8) | in[i];
  return value;
}

}  // namespace stargate::ledger
