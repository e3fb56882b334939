#pragma once

#include <optional>
#include <string>

#include "agreement/offers.h"
#include "server/api.h"

// Requests about so many GPUs that one person's word is not enough.

namespace stargate::server {

/// 202 and the approval that is waited for, where so many GPUs need a second person and there was none; one
/// that the same person asked for before and that still waits is not asked for again. nullopt: go on.
std::optional<http::Answer> second_person(Call& call, const char* operation, std::uint64_t gpus);

/// GPUs of an amount, as far as a second person's approval goes: what is not said in GPUs is as many as
/// there can be.
std::uint64_t gpus_of(const CapacityAmount& amount);

/// Why a reply to an offer comes too late, in words: the offer was settled. A waiver or a consent (`clears`)
/// may come after a refusal or a lapse, as long as the order is not signed. Empty: it may come.
std::string why_settled(const Plane& plane, const agreement::Offer& offer, bool clears);

/// Why there is nothing left to approve: what it is about was settled otherwise. Empty: it may be decided.
std::string why_moot(const Plane& plane, const Approval& approval);

}  // namespace stargate::server
