#pragma once

#include <optional>
#include <string>

#include "explain/room.h"

namespace stargate::explain {

/// How the data that a place lacks comes there; nullopt where it does not.
std::optional<TransferAnswer> transfer_of(const placement::Market& market, SiteId site,
                                          const Room& room);

/// "corpus is not at abilene", with when it comes, or what bringing it takes. REQUIRES: room.absent.
std::string why_no_data(const placement::Market& market, SiteId site, const Room& room);

}  // namespace stargate::explain
