#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/ids.h"
#include "base/time.h"
#include "model/market_ids.h"
#include "server/tables.h"

namespace stargate::server {

/// One thing that happened, as it is told: which parts of it who may see.
struct Told {
  std::uint64_t index = 0;  ///< of the entry of the ledger
  Instant at;
  std::string_view kind;  ///< of the event: "allocation_assigned"; good for ever
  std::string event;      ///< its record (event/codec.h), with the instant from `at` on
  std::string name;       ///< of the job that it is about
  std::optional<TenantId> tenant;
  PartyId supplier = kNo<PartyId>;
  bool is_of_other_order = false;  ///< what the supplier sees is about an order that is not its own
};

/// Whether the holder of a token sees it.
bool may_see(const Token& token, const Told& told);
/// It as the holder of the token is told: not whose else's work or orders it is about. Decodes the event.
nlohmann::ordered_json data_for(const Token& token, const Told& told);

}  // namespace stargate::server
