#include "sim/line_reader.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/input_error.h"

namespace stargate::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> lines_of(LineReader reader) {
  std::vector<std::string> lines;
  while (reader.next()) lines.emplace_back(reader.line());
  return lines;
}

std::vector<std::string> lines_of(const std::string& text) {
  return lines_of(LineReader("log", owned_bytes(text)));
}

template <class Do>
std::string message_of(Do what) {
  try {
    what();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string temporary(const std::string& name) {
  return (std::filesystem::path(testing::TempDir()) / ("line_reader_test_" + name)).string();
}

void write_all(const std::string& path, const std::string& bytes) {
  const auto sink = create_bytes(path);
  sink->write(bytes);
  sink->finish();
}

TEST(LineReader, TakesLineEndsOfAllSortsAndALastLineWithout) {
  EXPECT_THAT(lines_of("a\nb\r\n\nc"), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(lines_of(""), ElementsAre());
  EXPECT_THAT(lines_of("\n"), ElementsAre(""));
  EXPECT_THAT(lines_of("\xef\xbb\xbf"
                       "a\n"),
              ElementsAre("a"));
}

TEST(LineReader, RefusesNulBytes) {
  EXPECT_EQ(message_of([] { lines_of(std::string("ab\ncd\0e\n", 8)); }),
            "log:2:3: found a NUL byte, expected text");
}

TEST(LineReader, RefusesLinesBeyondTheLimit) {
  const std::string longest(LineReader::kLongestLine, 'x');
  EXPECT_THAT(lines_of(longest + "\r\n"), ElementsAre(longest));
  EXPECT_THAT(message_of([&] { lines_of("a\n" + longest + "x"); }),
              StartsWith("log:2:1048577: found a line of more than 1 MiB"));
}

TEST(LineReader, ReadsAllCompressionsAndWritesThemByEnding) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + "\n";
  for (const char* ending : {"", ".gz", ".xz", ".zst", ".bz2"}) {
    const std::string path = temporary(std::string("lines.txt") + ending);
    write_all(path, text);
    const auto lines = lines_of(LineReader::open(path));
    ASSERT_EQ(lines.size(), 50'000U) << ending;
    EXPECT_EQ(lines.back(), "49999");
    if (*ending == '\0') continue;
    const auto size = std::filesystem::file_size(path);
    EXPECT_LT(size, text.size() / 2);
    std::filesystem::resize_file(path, size / 2);
    EXPECT_THAT(message_of([&] { lines_of(LineReader::open(path)); }),
                StartsWith(path + ": cannot be read: "))
        << ending;
    std::filesystem::remove(path);
  }
}

TEST(LineReader, SaysWhatCannotBeRead) {
  EXPECT_EQ(message_of([] { LineReader::open("/nowhere/log"); }),
            "/nowhere/log: cannot be opened: No such file or directory");
  EXPECT_EQ(message_of([] { LineReader::open("/tmp"); }), "/tmp: is a directory, expected a file");
  const std::string path = temporary("empty.zst");
  std::ofstream(path).close();
  EXPECT_THAT(message_of([&] { LineReader::open(path); }), HasSubstr("found no compressed data"));
  std::filesystem::remove(path);
}

TEST(LineReader, BeginsAgain) {
  LineReader reader("log", owned_bytes("a\nb\n"));
  reader.make_rewindable();
  while (reader.next()) {
  }
  reader.rewind();
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), "a");
  EXPECT_EQ(reader.number(), 1U);
}

TEST(LineReader, KeepsItsLineWhenItIsMoved) {
  LineReader reader("log", owned_bytes("abc"));
  ASSERT_TRUE(reader.next());
  const LineReader moved = std::move(reader);
  EXPECT_EQ(moved.line(), "abc");
}

}  // namespace
}  // namespace stargate::sim
