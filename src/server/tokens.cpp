#include "server/tokens.h"

#include <array>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/rand.h>

#include "base/hex.h"
#include "core/sha256.h"

namespace stargate::server {
std::string make_token(Store& store, Instant at, const TokenSpec& spec) {
  std::array<unsigned char, 32> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    throw std::runtime_error("no random numbers are to be had for a token");
  }
  std::string token = "sg_";
  token += hex_of({reinterpret_cast<const char*>(random.data()), random.size()});
  const core::Sha256 hash = core::sha256(token);
  nlohmann::json made{{"name", spec.name},
                      {"sha256", hex_of({hash.data(), hash.size()})},
                      {"role", name_of(spec.role)},
                      {"tenant", spec.tenant.value},
                      {"supplier", spec.supplier.value}};
  if (spec.made_by) made["made_by"] = *spec.made_by;
  store.note(at, {{"token", std::move(made)}});
  return token;
}

}  // namespace stargate::server
