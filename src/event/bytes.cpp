#include "event/bytes.h"

#include "base/input_error.h"

namespace stargate {

void ByteWriter::wide(UInt128 value) {
  for (; value >= 0x80; value >>= 7) {
    byte(static_cast<std::uint8_t>((static_cast<std::uint8_t>(value) & 0x7f) | 0x80));
  }
  byte(static_cast<std::uint8_t>(value));
}

std::uint64_t ByteReader::long_varint() {
  std::uint64_t value = 0;
  for (std::uint32_t shift = 0; shift < 64; shift += 7) {
    const std::uint64_t next = byte();
    value |= (next & 0x7f) << shift;
    if (next >= 0x80) continue;
    if (shift == 63 && next > 1) fail("a number is longer than 64 bits");
    if (next == 0 && shift > 0) fail("a number is not in its shortest form");
    return value;
  }
  fail("a number is longer than 64 bits");
}

UInt128 ByteReader::wide() {
  UInt128 value = 0;
  for (std::uint32_t shift = 0; shift < 128; shift += 7) {
    const std::uint8_t next = byte();
    value |= static_cast<UInt128>(next & 0x7f) << shift;
    if (next >= 0x80) continue;
    if (shift == 126 && next > 3) fail("a number is longer than 128 bits");
    if (next == 0 && shift > 0) fail("a number is not in its shortest form");
    return value;
  }
  fail("a number is longer than 128 bits");
}

std::string_view ByteReader::text() {
  const std::uint64_t size = count(1);
  const std::string_view value(at_, size);
  at_ += size;
  return value;
}

void ByteReader::fail(const char* message) const {
  throw InputError("byte " + std::to_string(offset()) + ": " + message);
}

}  // namespace stargate
