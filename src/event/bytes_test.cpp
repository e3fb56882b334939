#include "event/bytes.h"

#include <gtest/gtest.h>

#include "base/input_error.h"
#include "event/describe.h"

namespace stargate {
namespace {

TEST(Bytes, NumbersComeBack) {
  std::string bytes;
  ByteWriter out(bytes);
  std::vector<std::uint64_t> numbers;
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    numbers.insert(numbers.end(), {power - 1, power, power + 1, ~power});
  }
  for (std::uint64_t number : numbers) {
    out.varint(number);
    out.zigzag(static_cast<std::int64_t>(number));
    out.wide(UInt128{number} * number);
    out.text(std::to_string(number));
  }
  ByteReader in(bytes);
  for (std::uint64_t number : numbers) {
    EXPECT_EQ(in.varint(), number);
    EXPECT_EQ(in.zigzag(), static_cast<std::int64_t>(number));
    EXPECT_TRUE(in.wide() == UInt128{number} * number);
    EXPECT_EQ(in.text(), std::to_string(number));
  }
  in.expect_end();
}

std::string error_of(const std::string& bytes) {
  try {
    ByteReader in(bytes, 100);
    in.byte();
    in.varint();
    in.expect_end();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Bytes, ErrorsNameTheByte) {
  EXPECT_EQ(error_of(""), "byte 100: ends in the middle of a record");
  EXPECT_EQ(error_of("\x01\x80"), "byte 102: ends in the middle of a record");
  EXPECT_EQ(error_of(std::string("\x01\x80\x00", 3)),
            "byte 103: a number is not in its shortest form");
  EXPECT_EQ(error_of("\x01" + std::string(9, '\xff') + "\x01"), "");
  EXPECT_EQ(error_of("\x01" + std::string(9, '\xff') + "\x02"),
            "byte 111: a number is longer than 64 bits");
  EXPECT_EQ(error_of("\x01" + std::string(11, '\xff')),
            "byte 111: a number is longer than 64 bits");
  EXPECT_EQ(error_of("\x01\x02\x03"), "byte 102: there is more than the record");
}

TEST(Text, InstantsAreCivil) {
  EXPECT_EQ(text_of(Instant{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(text_of(Instant{1'735'689'600'000'000}), "2025-01-01T00:00:00Z");
  EXPECT_EQ(text_of(Instant{1'709'164'800'000'000 + 1}), "2024-02-29T00:00:00.000001Z");
  EXPECT_EQ(text_of(Instant{-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(text_of(kNever), "never");
  EXPECT_EQ(text_of(kLatest), "@2305843009213693951us");
}

TEST(Text, LengthsAreSeconds) {
  EXPECT_EQ(text_of(seconds(90)), "90s");
  EXPECT_EQ(text_of(milliseconds(-250)), "-0.25s");
  EXPECT_EQ(text_of(Duration{INT64_MIN}), "-9223372036854.775808s");
}

}  // namespace
}  // namespace stargate
