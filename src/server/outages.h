#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/api.h"

// What keeps capacity that is accepted from taking work, in words.

namespace stargate::server {

/// An instant for people, to the second; what may not be promised too early is rounded up.
std::string second_text(Instant at);
std::string second_text_up(Instant at);

/// What runs an order's capacity, where it is out of contact; null: it is in contact.
const LostContact* lost_contact_of(const Plane& plane, OrderId order);

/// Of each order of which some nodes take no work, as far as it is known why: "aurora is out of contact
/// since ...", "nodes 0-1 are drained since ... by olivia". Who did it is told to staff and auditors alone.
std::map<OrderId, std::string> outages(const Call& call);

/// What gives an order's capacity back, a sentence each: contact and its lease, drained nodes, GPUs that are
/// not ours to use. Empty: all of it takes work. O(nodes that do not).
std::vector<std::string> ends_of_outages(const Call& call, OrderId order);

}  // namespace stargate::server
