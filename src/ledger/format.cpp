#include "ledger/format.h"

#include <algorithm>
#include <cstring>

#include "ledger/little_endian.h"

namespace stargate::ledger {
namespace {

constexpr std::string_view kHeadTag = "SGhead01";

Hasher& hasher() {
  thread_local Hasher one;
  return one;
}

const unsigned char* raw(std::string_view bytes) {
  return static_cast<const unsigned char*>(static_cast<const void*>(bytes.data()));
}

std::string_view chars(const unsigned char* bytes, std::size_t size) {
  return {static_cast<const char*>(static_cast<const void*>(bytes)), size};
}

}  // namespace

std::string database_path(const std::string& folder) { return folder + "/ledger.db"; }
std::string log_path(const std::string& folder) { return folder + "/ledger.db-wal"; }

std::array<unsigned char, kChecksumBytes> page_checksum(
    std::uint64_t page, std::span<const unsigned char, kPageBytes> bytes) {
  std::array<unsigned char, 8> number;
  put_u64(number.data(), page);
  const Hash hash = hasher().digest(chars(number.data(), number.size()),
                                    chars(bytes.data(), kPageBytes - kChecksumBytes));
  std::array<unsigned char, kChecksumBytes> checksum;
  std::copy_n(hash.begin(), kChecksumBytes, checksum.begin());
  return checksum;
}

bool page_fits(std::uint64_t page, std::span<const unsigned char, kPageBytes> bytes) {
  const auto checksum = page_checksum(page, bytes);
  return std::equal(checksum.begin(), checksum.end(), bytes.end() - kChecksumBytes);
}

// The tag, the transaction, the index, the hash, and 8 bytes of the SHA-256 of these.
std::string encode(const Head& head) {
  std::array<unsigned char, kHeadBytes> bytes;
  std::copy(kHeadTag.begin(), kHeadTag.end(), bytes.begin());
  put_u64(&bytes[8], head.transaction);
  put_u64(&bytes[16], head.index);
  std::copy(head.hash.begin(), head.hash.end(), bytes.begin() + 24);
  const Hash check = hasher().digest(chars(bytes.data(), kHeadBytes - 8));
  std::copy_n(check.begin(), 8, bytes.end() - 8);
  return std::string(chars(bytes.data(), bytes.size()));
}

std::optional<Head> decode_head(std::string_view bytes) {
  if (bytes.size() != kHeadBytes || !bytes.starts_with(kHeadTag)) return std::nullopt;
  const Hash check = hasher().digest(bytes.substr(0, kHeadBytes - 8));
  if (std::memcmp(check.data(), bytes.data() + kHeadBytes - 8, 8) != 0) return std::nullopt;
  Head head;
  head.transaction = get_u64(raw(bytes) + 8);
  head.index = get_u64(raw(bytes) + 16);
  std::copy_n(raw(bytes) + 24, head.hash.size(), head.hash.begin());
  return head;
}

std::optional<Head> find_head(std::string_view page) {
  std::optional<Head> newest;
  for (std::size_t at = page.find(kHeadTag); at != std::string_view::npos;
       at = page.find(kHeadTag, at + 1)) {
    const std::optional<Head> head = decode_head(page.substr(at, kHeadBytes));
    if (head && (!newest || head->transaction > newest->transaction)) newest = head;
  }
  return newest;
}

}  // namespace stargate::ledger
