#pragma once

#include <span>
#include <string>
#include <vector>

#include "agreement/judge.h"
#include "agreement/offers.h"

namespace stargate::explain {

/// What was decided while the offer was taken to have lapsed, where a reply in time that was entered
/// later undid the lapse: signatures of its order, and work that began on it, by workload where that is
/// known. A sentence each, without its full stop. Empty where no lapse was undone.
std::vector<std::string> reliance_of(const agreement::Book& book, const agreement::Offer& offer,
                                     std::span<const agreement::UseRecord> use);

/// "away-order was signed on 2025-03-06, in reliance on a lapse of offer 7 that ...": of orders of the lab
/// that nothing has cleared since.
std::vector<std::string> undone_reliance(const agreement::Book& book, PartyId lab,
                                         agreement::Moment moment);

}  // namespace stargate::explain
