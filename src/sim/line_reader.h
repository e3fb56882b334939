#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sim/byte_source.h"

namespace stargate::sim {

/// A piece of a line, with where it begins (in bytes, from 1).
struct Field {
  std::string_view text;
  std::size_t column = 1;
};

/// The lines of a file, one after the other, in memory that does not grow with the file. Lines end
/// with LF or CRLF; the last may end with the file. A byte order mark at the start is passed over. A
/// NUL byte and a line of more than kLongestLine bytes are errors.
class LineReader {
 public:
  static constexpr std::size_t kLongestLine = 1 << 20;

  /// "-" is standard input, called <stdin> in messages. Throws InputError.
  static LineReader open(const std::string& path);
  LineReader(std::string file, std::unique_ptr<ByteSource> source);

  /// Goes to the next line; false at the end. Throws InputError.
  bool next();
  /// The line without its end; good until next().
  std::string_view line() const { return line_; }
  /// Its number, from 1; 0 before the first next().
  std::uint64_t number() const { return number_; }
  const std::string& file() const { return file_; }

  /// Begins again from the first line. Where the source cannot be read twice, it is first read to
  /// its end into memory: call this before the second reading is needed.
  void make_rewindable();
  /// REQUIRES: make_rewindable() was called before the first next().
  void rewind();

  /// Throws InputError at the current line. `column` counts from 1; 0 names none.
  [[noreturn]] void fail(std::size_t column, const std::string& message) const;
  /// Throws "found FIELD, expected ...".
  [[noreturn]] void fail(Field found, const std::string& expected) const;

 private:
  bool deliver(std::string_view text);
  void check_for_nul(const char* piece_end);

  std::string file_;
  std::unique_ptr<ByteSource> source_;
  std::string_view block_;
  const char* nul_ = nullptr;  // the first NUL byte of block_, if any
  std::string carry_;
  bool carry_used_ = false;
  std::string_view line_;
  std::uint64_t number_ = 0;
};

/// The text in double quotes as a message shows it: shortened, and without control characters.
std::string quoted(std::string_view text);

}  // namespace stargate::sim
