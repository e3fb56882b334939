#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "ledger/ledger.h"

// SHA-256 over entries, each with the hash of the one before: nothing can be changed, left out, put in
// or moved between fields without another hash at the end.

namespace stargate::ledger {

using Hash = std::array<unsigned char, 32>;

/// What the first entry has before it.
inline constexpr Hash kNoHash{};

/// Lower-case hexadecimal digits.
std::string to_hex(const Hash& hash);

/// Hashes without asking for memory each time. One thread at a time.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  /// Of `before`, the index, the instant, the lengths of the three texts, and the texts.
  Hash chain(const Hash& before, const Entry& entry);
  /// Of the one after the other.
  Hash digest(std::string_view first, std::string_view second = {});

 private:
  struct Context;

  void begin();
  void add(const void* data, std::size_t size);
  Hash end();

  std::unique_ptr<Context> context_;
};

}  // namespace stargate::ledger
