#include "ledger/log_check.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ledger/ledger.h"

namespace stargate::ledger {
namespace {

using Bytes = std::span<const unsigned char>;

constexpr std::size_t kLogHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
/// The lowest bit says that the checksums are over words with the highest byte first.
constexpr std::uint32_t kLogMagic = 0x377f0682;
/// The log was emptied and written from its start no more often than this: the first salt counts it.
constexpr std::uint32_t kGenerationsMost = 1U << 20;
constexpr std::uint32_t kLogVersion = 3'007'000;

std::uint32_t big_endian(Bytes bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | bytes[at + i];
  return value;
}

std::string_view chars(Bytes bytes) {
  const void* address = bytes.data();
  return {static_cast<const char*>(address), bytes.size()};
}

/// The checksum of SQLite's file format, which goes on from frame to frame.
class LogChecksum {
 public:
  explicit LogChecksum(bool high_byte_first) : high_byte_first_(high_byte_first) {}

  /// REQUIRES: a multiple of 8 bytes.
  void add(Bytes bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
      first_ += word(bytes, at) + second_;
      second_ += word(bytes, at + 4) + first_;
    }
  }
  bool is(Bytes bytes, std::size_t at) const {
    return big_endian(bytes, at) == first_ && big_endian(bytes, at + 4) == second_;
  }

 private:
  std::uint32_t word(Bytes bytes, std::size_t at) const {
    const std::uint32_t value = big_endian(bytes, at);
    return high_byte_first_ ? value : __builtin_bswap32(value);
  }

  bool high_byte_first_;
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

class File {
 public:
  explicit File(const std::string& path) : path_(path) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error == std::errc::no_such_file_or_directory) return;
    if (!error) stream_.open(path, std::ios::binary);
    if (error || !stream_) throw LedgerError(path + ": cannot be read");
    size_ = size;
  }

  std::uint64_t size() const { return size_; }
  void read(std::uint64_t offset, std::span<unsigned char> out) {
    stream_.seekg(static_cast<std::streamoff>(offset));
    void* address = out.data();
    stream_.read(static_cast<char*>(address), static_cast<std::streamsize>(out.size()));
    if (!stream_) throw LedgerError(fmt::format("{}: byte {} cannot be read", path_, offset));
  }

 private:
  std::string path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

struct Log {
  bool exists = false;
  bool header_fits = true;
  bool was_voided = false;  // the ledger itself took its header away
  std::uint64_t frames = 0;
  std::uint64_t frames_that_fit = 0;
  std::uint64_t unfinished_bytes = 0;  // after those
  std::optional<Head> head;            // of the last whole transaction
  std::optional<Head> newest;          // of all that is in the file
  std::unordered_set<std::uint64_t> pages;
};

/// Whether the frame is one that was there before the log was written from its start again, or one that the
/// ledger itself took away. A changed bit makes none of a frame of now: both salts differ.
bool is_left_over(Bytes header, Bytes frame) {
  constexpr auto is_zero = [](unsigned char byte) { return byte == 0; };
  if (std::ranges::all_of(frame.first(kFrameHeaderBytes), is_zero)) {
    return !std::ranges::all_of(frame, is_zero);
  }
  const std::uint32_t generations = big_endian(header, 16) - big_endian(frame, 8);
  return big_endian(header, 20) != big_endian(frame, 12) && generations > 0 &&
         generations < kGenerationsMost;
}

Log read_log(const std::string& path) {
  Log log;
  File file(path);
  log.exists = file.size() > 0;
  if (file.size() < kLogHeaderBytes) {
    log.unfinished_bytes = file.size();
    return log;
  }
  log.frames = (file.size() - kLogHeaderBytes) / (kFrameHeaderBytes + kPageBytes);

  std::array<unsigned char, kLogHeaderBytes> header;
  file.read(0, header);
  const std::uint32_t magic = big_endian(header, 0);
  LogChecksum checksum((magic & 1) != 0);
  checksum.add(Bytes(header).first(24));
  log.header_fits = (magic | 1) == (kLogMagic | 1) && checksum.is(header, 24) &&
                    big_endian(header, 4) == kLogVersion && big_endian(header, 8) == kPageBytes;
  log.was_voided = std::all_of(header.begin(), header.begin() + 24,
                               [](unsigned char byte) { return byte == 0; });

  bool fits = log.header_fits;
  std::optional<Head> head;
  std::vector<std::uint64_t> pages;
  bool was_left_over = false;
  std::uint64_t end = kLogHeaderBytes;  // of what was written since the log was emptied
  std::array<unsigned char, kFrameHeaderBytes + kPageBytes> frame;
  for (std::uint64_t number = 0; number < log.frames; ++number) {
    file.read(kLogHeaderBytes + number * frame.size(), frame);
    was_left_over = is_left_over(header, frame);
    if (!was_left_over) end = kLogHeaderBytes + (number + 1) * frame.size();
    const std::uint32_t page = big_endian(frame, 0);
    const Bytes content = Bytes(frame).subspan(kFrameHeaderBytes);
    if (page == kHeadPage) {
      const std::optional<Head> found = find_head(chars(content));
      if (found && (!log.newest || found->transaction > log.newest->transaction)) {
        log.newest = found;
      }
      head = found;
    }
    if (!fits) continue;
    checksum.add(Bytes(frame).first(8));
    checksum.add(content);
    fits = page != 0 && std::equal(&frame[8], &frame[16], &header[16]) && checksum.is(frame, 16);
    if (!fits) continue;
    pages.push_back(page);
    if (big_endian(frame, 4) == 0) continue;
    log.frames_that_fit = number + 1;
    log.pages.insert(pages.begin(), pages.end());
    pages.clear();
    if (head) log.head = head;
  }
  if (!was_left_over) end = file.size();
  const std::uint64_t whole = kLogHeaderBytes + log.frames_that_fit * frame.size();
  if (!log.was_voided) log.unfinished_bytes = end - std::min(end, whole);
  return log;
}

struct DatabaseHead {
  std::uint64_t size = 0;
  std::optional<Head> head;
};

DatabaseHead read_database_head(const std::string& path) {
  DatabaseHead found;
  File file(path);
  found.size = file.size();
  if (file.size() < kHeadPage * kPageBytes) return found;
  std::array<unsigned char, kPageBytes> page;
  file.read((kHeadPage - 1) * kPageBytes, page);
  if (page_fits(kHeadPage, page)) found.head = find_head(chars(page));
  return found;
}

std::string unfinished_text(const std::string& path, const Log& log,
                            const std::optional<Head>& head) {
  constexpr std::size_t kFrameBytes = kFrameHeaderBytes + kPageBytes;
  const std::uint64_t frames = (log.unfinished_bytes + kFrameBytes - 1) / kFrameBytes;
  return fmt::format(
      "{}: {} bytes ({} {}) follow {} that are no whole transaction: a commit that was cut short, "
      "or "
      "damage",
      path, log.unfinished_bytes, frames, frames == 1 ? "frame" : "frames",
      head && head->index > 0 ? fmt::format("entry {}", head->index) : "no entry");
}

std::string good(const std::optional<Head>& head) {
  if (!head || head->index == 0) return "no entry is good, all from 1 on are in doubt";
  return fmt::format("entries up to {} are good, all after it are in doubt", head->index);
}

}  // namespace

FilesState check_files(const std::string& folder) {
  const std::string log_file = log_path(folder);
  const DatabaseHead database = read_database_head(database_path(folder));
  Log log = read_log(log_file);
  const std::optional<Head> head = log.head ? log.head : database.head;

  if (!log.header_fits && !log.was_voided && log.frames > 0) {
    throw LedgerError(fmt::format("{}: its header is damaged: {}", log_file, good(database.head)));
  }
  if (database.size == 0 && log.frames > 0) {
    throw LedgerError(fmt::format("{}: has a log, but is missing or empty: {}",
                                  database_path(folder), good(std::nullopt)));
  }
  const std::uint64_t last_transaction = head ? head->transaction + 1 : 0;
  if (log.newest && log.newest->transaction > last_transaction) {
    throw LedgerError(fmt::format("{}: frame {} is damaged, and later transactions follow: {}",
                                  log_file, log.frames_that_fit + 1, good(head)));
  }
  return {head, std::move(log.pages), log.exists,
          log.unfinished_bytes > 0 ? unfinished_text(log_file, log, head) : ""};
}

}  // namespace stargate::ledger
