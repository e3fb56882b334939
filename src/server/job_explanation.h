#pragma once

#include "server/api.h"

namespace stargate::server {

const Schema& explanation_schema();

/// Why the job runs where it runs, or waits; who holds what it waits for; what comes next. Capacity is
/// counted as it is: what others hold, drained nodes, suppliers out of contact and GPUs that others use take
/// no work. A tenant is told of other tenants' jobs how many there are, and nothing of places that rank by
/// price. O(nodes + jobs), and a fork of the state where it is queued.
http::Answer explanation_of(const Call& call, const Job& job);

}  // namespace stargate::server
