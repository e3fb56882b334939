#pragma once

#include <string>
#include <vector>

#include "sim/replay.h"

namespace stargate::cli {

// The small tables beside a log: CSV whose first line names the columns, in any order. Empty lines
// and lines that begin with # are passed over; an empty field takes the default. Every function
// throws InputError at the field that is wrong.

/// `name`, and where wanted `parent`, `weight` (1), `cohort`, `guaranteed_gpus` (0),
/// `borrow_gpus_max` (0). Parents may come after their children, but not form a ring; in what is
/// returned they come before them.
std::vector<sim::ReplayTenant> read_tenants(const std::string& path);

/// `tenant,nodes,from,until`, and `queue`, which has to be named where there are several; times as
/// seconds since the epoch of the log, or as YYYY-MM-DDTHH:MM:SSZ. Not more nodes than the queue has.
std::vector<sim::ReplayReservation> read_reservations(const std::string& path,
                                                      const std::vector<sim::ReplayQueue>& queues);

/// `at,first_node,health`, and where wanted `nodes` (1) and `queue`, which has to be named where
/// there are several. The nodes are nodes of that queue.
std::vector<sim::ReplayHealth> read_health(const std::string& path,
                                           const std::vector<sim::ReplayQueue>& queues);

}  // namespace stargate::cli
