#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "world/problem.h"

// The words of a line of a scenario.

namespace stargate::scenario {

/// A word of a line, and the column where it begins.
struct Word {
  std::string text;
  std::uint32_t column = 0;
};

/// A colon that ends a word and has a blank behind it, or nothing, is a word of its own.
std::vector<Word> words_of(std::string_view line);

/// Reads the words of a line one after the other.
class LineReader {
 public:
  LineReader(std::string_view text, world::Position at, world::Problems& problems)
      : words_(words_of(text)),
        at_(at),
        end_column_(static_cast<std::uint32_t>(text.size() + 1)),
        problems_(problems) {}

  bool at_end() const { return next_ == words_.size(); }
  const std::string& peek(std::size_t ahead = 0) const {
    static const std::string kNothing;
    return next_ + ahead < words_.size() ? words_[next_ + ahead].text : kNothing;
  }
  Word take() { return at_end() ? Word{"", end_column_} : words_[next_++]; }

  bool take_if(std::string_view word) {
    if (peek() != word) return false;
    ++next_;
    return true;
  }
  /// Reports what stands here instead of what was expected.
  void expected(const std::string& what);
  /// Of a line, the first is reported alone.
  void report(const Word& found, const std::string& what);
  bool failed() const { return failed_; }

 private:
  std::vector<Word> words_;
  std::size_t next_ = 0;
  world::Position at_;
  std::uint32_t end_column_;
  world::Problems& problems_;
  bool failed_ = false;
};

/// The next word as a date; the next two where it is an instant in a zone. Reports what is none.
Instant read_date(LineReader& line);

}  // namespace stargate::scenario
