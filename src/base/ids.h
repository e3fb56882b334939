#pragma once

#include <compare>
#include <cstdint>

namespace stargate {

/// An identifier that mixes with no other: two ids of different kinds neither compare nor convert.
template <class Tag, class Integer = std::uint32_t>
struct Id {
  Integer value = 0;

  friend constexpr auto operator<=>(Id, Id) = default;
};

/// Workloads and their jobs are numbered by whoever submits them; a number is never used again.
using JobId = Id<struct JobTag, std::uint64_t>;
/// Nodes are numbered within a fleet, from 0, in the order of its topology.
using NodeId = Id<struct NodeTag>;
/// A queue (partition, virtual cluster): a fleet of its own and the jobs that wait for it.
using QueueId = Id<struct QueueTag>;
/// A node of the tree of tenants (organisation, team, user).
using TenantId = Id<struct TenantTag>;
/// A kind of accelerator, an index into the fleet's table of kinds.
using KindId = Id<struct KindTag, std::uint16_t>;
using ReservationId = Id<struct ReservationTag, std::uint64_t>;

}  // namespace stargate
