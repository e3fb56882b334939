#pragma once

#include <vector>

#include "world/binder.h"
#include "world/entries.h"
#include "world/tree.h"
#include "world/world.h"

namespace stargate::world {

/// An entry as it was read, and where it stands.
template <class Entry>
struct Read {
  const Node* node = nullptr;
  Entry entry{};
  /// All of it could be read and, once that is checked, it fits. Rules over several entries judge
  /// only those, so that one mistake is reported once.
  bool is_read = true;
};

/// Everything that was read, by number, before it is checked as a whole and put into a World.
struct Entries {
  std::vector<Read<Assumption>> assumptions;
  std::vector<Read<Party>> parties;
  std::vector<Read<AcceleratorEntry>> accelerators;
  std::vector<Read<SiteEntry>> sites;
  std::vector<Read<DataSet>> data;
  std::vector<Read<AgreementEntry>> agreements;
  std::vector<Read<OrderEntry>> orders;
  std::vector<Read<StageEntry>> stages;
  std::vector<Read<ClauseEntry>> clauses;
  std::vector<Read<TenantEntry>> tenants;
  std::vector<Read<WorkloadEntry>> workloads;
  std::vector<Read<Ranking>> rankings;
  std::vector<Read<ActEntry>> acts;  ///< in the order of the files
  /// The first so many clauses neither are about orders and stages nor supersede such ones.
  std::size_t clauses_before_orders = 0;
};

/// Numbers the entries of a tree and reads them. The tree stays as it is while they are used.
Entries read_entries(const Tree& tree, Registry& registry, Problems& problems);

/// What stands on several entries, or on several keys of one. Reports what is wrong.
void check_entries(Entries& entries, Problems& problems);

/// The acts of a world: the dates of stages, then what is in `acts`, by the instant of entry.
/// Reports acts that do not fit those before.
std::vector<DatedAct> acts_of(const Entries& entries, Problems& problems);

/// Where the definitions of a world stand, in their order.
using Places = std::vector<Position>;

/// What an engine would not take of an assembled world: definitions, acts, tenants, requests, and
/// orders with too many nodes. Reports each at its place; what follows on it, not at all.
void check_book(const World& world, const Places& places, Problems& problems);

/// The racks of a stage; reports where its GPUs make none.
FleetSpec fleet_of(const StageEntry& stage, const Node& node, const AcceleratorEntry& accelerator,
                   bool first_of_order, Problems& problems);

/// All of a stage in the unit, as the book counts it. REQUIRES: the stage could be read.
std::int64_t amount_of(const Entries& entries, const StageEntry& stage, CapacityUnit unit);

}  // namespace stargate::world
