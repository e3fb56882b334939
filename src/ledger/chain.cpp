#include "ledger/chain.h"

#include <openssl/evp.h>

#include "base/check.h"
#include "base/hex.h"
#include "ledger/little_endian.h"

namespace stargate::ledger {

struct Hasher::Context {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* state = EVP_MD_CTX_new();

  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    EVP_MD_CTX_free(state);
    EVP_MD_free(algorithm);
  }
};

Hasher::Hasher() : context_(std::make_unique<Context>()) {
  STARGATE_CHECK(context_->algorithm != nullptr && context_->state != nullptr,
                 "SHA-256 can be computed");
}

Hasher::~Hasher() = default;

void Hasher::begin() {
  STARGATE_CHECK(EVP_DigestInit_ex(context_->state, context_->algorithm, nullptr) == 1,
                 "SHA-256 can be computed");
}

void Hasher::add(const void* data, std::size_t size) {
  STARGATE_CHECK(EVP_DigestUpdate(context_->state, data, size) == 1, "SHA-256 can be computed");
}

Hash Hasher::end() {
  Hash hash;
  STARGATE_CHECK(EVP_DigestFinal_ex(context_->state, hash.data(), nullptr) == 1,
                 "SHA-256 can be computed");
  return hash;
}

Hash Hasher::chain(const Hash& before, const Entry& entry) {
  std::array<unsigned char, 40> numbers;
  put_u64(&numbers[0], entry.index);
  put_u64(&numbers[8], static_cast<std::uint64_t>(entry.at.us));
  put_u64(&numbers[16], entry.command.size());
  put_u64(&numbers[24], entry.note.size());
  put_u64(&numbers[32], entry.events.size());
  begin();
  add(before.data(), before.size());
  add(numbers.data(), numbers.size());
  add(entry.command.data(), entry.command.size());
  add(entry.note.data(), entry.note.size());
  add(entry.events.data(), entry.events.size());
  return end();
}

Hash Hasher::digest(std::string_view first, std::string_view second) {
  begin();
  add(first.data(), first.size());
  add(second.data(), second.size());
  return end();
}

std::string to_hex(const Hash& hash) {
  return hex_of({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace stargate::ledger
