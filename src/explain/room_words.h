#pragma once

#include <optional>
#include <string>

#include "explain/room.h"

namespace stargate::explain {

/// How the data that a place lacks comes there; nullopt where it does not.
std::optional<TransferAnswer> transfer_of(const placement::Market& market, SiteId site,
                                          const Room& room);

/// Why there is no room for the workload on an order that is permitted. `outage`: why nodes of it take no
/// work, empty where that is not known.
std::string why_no_room(const placement::Market& market, WorkloadId workload, OrderId order,
                        const Room& room, const std::string& outage);

}  // namespace stargate::explain
