#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/chain.h"

// How a ledger lies in its folder:
//
//   ledger.db      a SQLite database of pages of 4,096 bytes, whose last 8 are the page's checksum
//   ledger.db-wal  its write-ahead log while it is open, or after a crash; gone after a clean close
//   ledger.lock    locked while a process has the folder open, and then holds its number; else empty
//
// Every transaction changes the one row of the table `head`, which is on page 2 for ever.

namespace stargate::ledger {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kChecksumBytes = 8;
inline constexpr std::uint32_t kHeadPage = 2;
/// "SGLG" in the database's header: this is a ledger.
inline constexpr std::int64_t kApplicationId = 0x53474c47;
/// Of the newest format that this can read.
inline constexpr std::int64_t kFormatVersion = 1;

std::string database_path(const std::string& folder);
std::string log_path(const std::string& folder);

/// The first 8 bytes of the SHA-256 of the page's number and all of it but the last 8 bytes, which is
/// what these should be.
std::array<unsigned char, kChecksumBytes> page_checksum(
    std::uint64_t page, std::span<const unsigned char, kPageBytes> bytes);
bool page_fits(std::uint64_t page, std::span<const unsigned char, kPageBytes> bytes);

/// Where a ledger ends.
struct Head {
  std::uint64_t transaction = 0;  ///< how many there were; the one with this number was the last
  std::uint64_t index = 0;        ///< of the last entry
  Hash hash = kNoHash;            ///< of the last entry

  friend bool operator==(const Head&, const Head&) = default;
};

inline constexpr std::size_t kHeadBytes = 64;

/// With a checksum of its own.
std::string encode(const Head& head);
/// nullopt: these are not the bytes of a head.
std::optional<Head> decode_head(std::string_view bytes);
/// The newest one in a page's bytes, wherever it is in them; nullopt: there is none.
std::optional<Head> find_head(std::string_view page);

}  // namespace stargate::ledger
