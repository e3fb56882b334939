#pragma once

#include <string>

#include "agreement/book.h"
#include "core/state.h"
#include "world/world.h"

namespace stargate::cli {

/// The moment that `--at` and `--known` ask about; an empty `known` is `at`. Throws UsageError.
agreement::Moment parse_moment(const std::string& at, const std::string& known);

/// The book of a world that was played until the moment, and the acts of which one learns between its
/// two instants. Throws InputError for an act that does not fit those before it.
agreement::Book known_book(const world::World& world, const core::State& state,
                           agreement::Moment moment);

}  // namespace stargate::cli
