#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/plane.h"

namespace stargate::server {

/// What a token is to be.
struct TokenSpec {
  std::string name;
  Role role = Role::kAuditor;
  TenantId tenant;
  PartyId supplier = kNo<PartyId>;
  std::optional<std::uint64_t> made_by = std::nullopt;  ///< the token of who makes it
};

/// Makes a token of 256 random bits and notes its hash. The token itself is returned here and nowhere
/// else.
std::string make_token(Store& store, Instant at, const TokenSpec& spec);

}  // namespace stargate::server
