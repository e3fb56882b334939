#include "server/tokens.h"

#include <array>
#include <stdexcept>
#include <string_view>

#include <nlohmann/json.hpp>
#include <openssl/rand.h>

#include "core/sha256.h"

namespace stargate::server {
namespace {

std::string hex_of(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
  }
  return text;
}

}  // namespace

std::string make_token(Store& store, Instant at, const TokenSpec& spec) {
  std::array<unsigned char, 32> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    throw std::runtime_error("no random numbers are to be had for a token");
  }
  std::string token = "sg_";
  token += hex_of({reinterpret_cast<const char*>(random.data()), random.size()});
  const core::Sha256 hash = core::sha256(token);
  store.note(at, {{"token",
                   {{"name", spec.name},
                    {"sha256", hex_of({hash.data(), hash.size()})},
                    {"role", name_of(spec.role)},
                    {"tenant", spec.tenant.value},
                    {"supplier", spec.supplier.value}}}});
  return token;
}

}  // namespace stargate::server
