#pragma once

#include "base/ids.h"

// Names of the things that contracts are about. Each kind is numbered from 0 in the order of its
// definition.

namespace stargate {

using PartyId = Id<struct PartyTag>;
using SiteId = Id<struct SiteTag>;
using StageId = Id<struct StageTag>;
using AgreementId = Id<struct AgreementTag>;
using ClauseId = Id<struct ClauseTag>;
using OrderId = Id<struct OrderTag>;
using OfferId = Id<struct OfferTag>;
using WorkloadId = Id<struct WorkloadTag>;
using DataId = Id<struct DataTag>;
using ActId = Id<struct ActTag>;
using AssumptionId = Id<struct AssumptionTag>;

/// The number that stands for none of a kind.
template <class AnyId>
inline constexpr AnyId kNo{static_cast<decltype(AnyId{}.value)>(-1)};

template <class AnyId>
constexpr bool is_set(AnyId id) {
  return id != kNo<AnyId>;
}

}  // namespace stargate
