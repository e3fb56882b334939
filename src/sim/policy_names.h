#pragma once

#include <string>
#include <string_view>

#include "model/policy.h"
#include "model/reason.h"

namespace stargate::sim {

/// The policy that a name stands for. Throw InputError, with the names there are.
OrderKind order_named(std::string_view name);
BackfillKind backfill_named(std::string_view name);
BackfillOrder backfill_order_named(std::string_view name);
PlacePolicy place_named(std::string_view name);

/// Why a job was not admitted, for the counts of what was skipped.
std::string sentence_of(Reason reason);

}  // namespace stargate::sim
