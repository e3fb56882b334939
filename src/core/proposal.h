#pragma once

#include <vector>

#include "agreement/book.h"
#include "event/command.h"

namespace stargate::core {

/// Appends the offers that a proposal makes at the instant, all of which the book would take. kNone, or why
/// it makes none: then nothing is appended.
Reason offers_of(const agreement::Book& book, const command::Propose& proposal, Instant at,
                 std::vector<Act>& offers);

}  // namespace stargate::core
