#pragma once

#include "server/api.h"

namespace stargate::server {

/// Parts of the market as answers show them. A price is null for whoever may not see it.
const Schema& order_schema();
Json order_json(const Call& call, OrderId order);
const Schema& offer_schema();
Json offer_json(const Call& call, const std::string& offer);
const Schema& stage_schema();
Json stage_json(const Call& call, StageId stage);

/// Whether the token may see what is on the supplier's paper.
bool sees(const Token& token, PartyId supplier);

/// Numbers from names of the path; throw Problem (404), also for what the token may not see.
OrderId order_in_path(const Call& call);
StageId stage_in_path(const Call& call);
std::string offer_in_path(const Call& call);

}  // namespace stargate::server
