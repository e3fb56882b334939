#pragma once

#include <cstdint>

#include "core/state.h"
#include "server/feed.h"

namespace stargate::server {

/// An entry of the ledger, just after it was applied.
struct Applied {
  const core::State& state;
  const Tables& tables;
  const EventBatch& batch;
};

/// Adds the entry's events to the feed, but for those of use to nobody outside.
void tell(std::uint64_t index, const Applied& entry, Feed& feed);

}  // namespace stargate::server
