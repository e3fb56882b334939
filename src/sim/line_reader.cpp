#include "sim/line_reader.h"

#include <cstring>
#include <utility>

#include "base/input_error.h"

namespace stargate::sim {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kLongestQuote = 60;

}  // namespace

LineReader LineReader::open(const std::string& path) {
  return LineReader(path == "-" ? "<stdin>" : path, open_bytes(path));
}

LineReader::LineReader(std::string file, std::unique_ptr<ByteSource> source)
    : file_(std::move(file)), source_(std::move(source)) {
  carry_.reserve(
      256);  // on the heap from the start, so that a moved reader's line stays where it is
}

bool LineReader::next() {
  if (carry_used_) {
    carry_.clear();
    carry_used_ = false;
  }
  for (;;) {
    const void* end = block_.empty() ? nullptr : std::memchr(block_.data(), '\n', block_.size());
    if (end != nullptr) {
      const char* piece_end = static_cast<const char*>(end);
      check_for_nul(piece_end);
      const std::string_view piece(block_.data(),
                                   static_cast<std::size_t>(piece_end - block_.data()));
      block_.remove_prefix(piece.size() + 1);
      if (carry_.empty()) return deliver(piece);
      carry_ += piece;
      carry_used_ = true;
      return deliver(carry_);
    }
    check_for_nul(block_.data() + block_.size());
    carry_ += block_;
    if (carry_.size() > kLongestLine + 1) return deliver(carry_);
    block_ = source_->next_block();
    nul_ = nullptr;
    if (block_.empty()) {
      if (carry_.empty()) return false;
      carry_used_ = true;
      return deliver(carry_);
    }
    nul_ = static_cast<const char*>(std::memchr(block_.data(), 0, block_.size()));
  }
}

void LineReader::check_for_nul(const char* piece_end) {
  if (nul_ == nullptr || nul_ >= piece_end) return;
  const std::size_t column = carry_.size() + static_cast<std::size_t>(nul_ - block_.data()) + 1;
  ++number_;
  fail(column, "found a NUL byte, expected text");
}

bool LineReader::deliver(std::string_view text) {
  ++number_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (number_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.size() > kLongestLine) {
    fail(kLongestLine + 1, "found a line of more than 1 MiB, expected the end of the line");
  }
  line_ = text;
  return true;
}

void LineReader::make_rewindable() {
  if (source_->can_rewind()) return;
  std::string all;
  for (std::string_view block = source_->next_block(); !block.empty();
       block = source_->next_block()) {
    all += block;
  }
  source_ = owned_bytes(std::move(all));
}

void LineReader::rewind() {
  source_->rewind();
  block_ = {};
  nul_ = nullptr;
  carry_.clear();
  carry_used_ = false;
  line_ = {};
  number_ = 0;
}

void LineReader::fail(std::size_t column, const std::string& message) const {
  throw InputError(file_, number_, column, message);
}

void LineReader::fail(Field found, const std::string& expected) const {
  const std::string what = found.text.empty() ? "nothing" : quoted(found.text);
  fail(found.column, "found " + what + ", expected " + expected);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size() && i < kLongestQuote; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    out += byte < 0x20 || byte == 0x7f ? '?' : text[i];
  }
  return out + (text.size() > kLongestQuote ? "...\"" : "\"");
}

}  // namespace stargate::sim
