#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/wide.h"

// Bytes of the ledger and of snapshots. Integers are LEB128 varints, signed ones in zigzag order;
// texts have their length before them. Each value has exactly one encoding, so that bytes that decode
// encode to themselves.

namespace stargate {

/// Appends to a string that outlives it.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void varint(std::uint64_t value) {
    if (value < 0x80) return byte(static_cast<std::uint8_t>(value));
    char bytes[10];
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>((value & 0x7f) | 0x80);
    bytes[size++] = static_cast<char>(value);
    out_.append(bytes, size);
  }
  void zigzag(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    varint((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  void wide(UInt128 value);
  void text(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }
  void flag(bool value) { byte(value ? 1 : 0); }
  template <class Enum>
  void enumerator(Enum value) {
    byte(static_cast<std::uint8_t>(value));
  }

 private:
  std::string& out_;
};

/// Reads bytes that outlive it, never past their end. What is not as it should be is an InputError
/// "byte N: ...", with N counted from `offset`.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes, std::uint64_t offset = 0)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), offset_(offset) {}

  bool at_end() const { return at_ == end_; }
  std::uint64_t left() const { return static_cast<std::uint64_t>(end_ - at_); }
  std::uint64_t offset() const { return offset_ + static_cast<std::uint64_t>(at_ - begin_); }

  std::uint8_t byte() {
    if (at_ == end_) fail("ends in the middle of a record");
    return static_cast<std::uint8_t>(*at_++);
  }
  std::uint64_t varint() {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) [[likely]] {
      return static_cast<std::uint8_t>(*at_++);
    }
    return long_varint();
  }
  /// A varint that is not above `most`.
  std::uint64_t varint_up_to(std::uint64_t most) {
    const std::uint64_t value = varint();
    if (value > most) fail("a number is out of its range");
    return value;
  }
  std::uint32_t varint32() { return static_cast<std::uint32_t>(varint_up_to(UINT32_MAX)); }
  std::int64_t zigzag() {
    const std::uint64_t bits = varint();
    return static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
  }
  UInt128 wide();
  std::string_view text();
  bool flag() { return byte_up_to(1) != 0; }
  /// A number of things that take `bytes_each` bytes or more: never more than there can be.
  std::uint64_t count(std::uint64_t bytes_each) {
    const std::uint64_t value = varint();
    if (value > left() / bytes_each) fail("a count is greater than what follows");
    return value;
  }
  template <class Enum>
  Enum enumerator(Enum last) {
    return static_cast<Enum>(byte_up_to(static_cast<std::uint8_t>(last)));
  }
  void expect_end() const {
    if (at_ != end_) fail("there is more than the record");
  }
  [[noreturn]] void fail(const char* message) const;

 private:
  std::uint64_t long_varint();
  std::uint8_t byte_up_to(std::uint8_t most) {
    const std::uint8_t value = byte();
    if (value > most) fail("a value is out of its range");
    return value;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::uint64_t offset_;
};

}  // namespace stargate
