#include "core/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace stargate::core {

Sha256 sha256(std::string_view bytes) {
  std::array<unsigned char, kSha256Bytes> digest{};
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  STARGATE_CHECK(done == 1, "SHA-256 can be computed");
  Sha256 result{};
  for (std::size_t i = 0; i < digest.size(); ++i) result[i] = static_cast<char>(digest[i]);
  return result;
}

}  // namespace stargate::core
