#pragma once

#include <optional>

#include "server/feed.h"
#include "server/store.h"

namespace stargate::server {

/// An event as streams tell it; nullopt: it is of no use to anyone outside. REQUIRES: it has been applied
/// to the store, as part of its last entry.
std::optional<Told> tell(const Store& store, const Event& event, const EventBatch& batch);

}  // namespace stargate::server
