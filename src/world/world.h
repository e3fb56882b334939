#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/command.h"
#include "model/act.h"
#include "model/market.h"
#include "model/request.h"
#include "world/problem.h"

namespace stargate::world {

/// What an entry of a world defines. Labs, suppliers and companies are parties.
enum class EntryKind : std::uint8_t {
  kLab,
  kSupplier,
  kCompany,
  kAccelerator,
  kAssumption,
  kSite,
  kAgreement,
  kClause,
  kOrder,
  kStage,
  kData,
  kTenant,
  kWorkload,
  kOffer,
  kRanking,
};

/// "a lab", "a supplier", ..., "an offer", "a ranking".
const char* name_of(EntryKind kind);

/// An entry that has an id in the world, and its number among those of its kind.
struct Named {
  EntryKind kind = EntryKind::kLab;
  std::uint32_t number = 0;
  Position at;
};

/// An act and when it was entered.
struct DatedAct {
  Instant entered;
  Act act;
  Position at;
};

/// A tenant. Numbers are in an order in which parents come before their children, from 1 on: 0 is the
/// root. Cohorts are numbered from 1 in the order of their first tenant.
struct Tenant {
  std::string name;
  PartyId lab;
  TenantSpec spec;
  std::string cohort;  ///< empty: no quota
  Position at;
};

/// The jobs of a workload: `repeats` times, `every` apart from `submitted` on, `replicas` jobs.
struct WorkloadPlan {
  WorkloadId workload;
  std::string title;
  TenantId tenant;
  Request request;  ///< of each job
  Instant submitted;
  Duration run_time;
  std::uint32_t repeats = 1;
  Duration every;
  std::uint32_t replicas = 1;
  std::int32_t priority = 0;
  Duration checkpoint_interval;
  Position at;
};

/// What a folder of YAML files says (docs/worlds.md), checked as a whole.
struct World {
  /// In the order: assumptions, labs, suppliers, companies, accelerators, sites, data, agreements,
  /// clauses that need no order, orders, stages, the other clauses, workloads, rankings; each kind in
  /// the order of the files, but for clauses, which come after those that they supersede or are about.
  /// Each refers to earlier ones only, except for carve-outs, which may name orders that come later.
  std::vector<Definition> definitions;
  /// By `entered`; at one instant, the dates of stages before what is in `acts`, each as written.
  std::vector<DatedAct> acts;
  std::vector<Tenant> tenants;
  std::vector<WorkloadPlan> plans;  ///< the number of a plan is that of its workload
  std::map<std::string, Named, std::less<>> names;
  std::vector<std::string> files;

  /// nullptr: nothing has that id.
  const Named* find(std::string_view name) const;
  /// The ids of all entries of a kind, sorted.
  std::vector<std::string> names_of(EntryKind kind) const;
  /// "FILE:LINE" of an entry.
  std::string place(Position at) const;
};

/// The world as it was known at an instant: clauses and orders of which one learnt later are never
/// known, and acts that were entered later are left out. Numbers stay as they are.
World known_by(World world, Instant known);

/// A file that was read.
struct WorldFile {
  std::string name;
  std::string text;
};

/// These throw WorldError with all that cannot be read. A folder's files are its *.yaml and *.yml (not
/// those of its folders), by name.
WorldFile read_file(const std::string& path);
std::vector<WorldFile> read_folder(const std::string& folder);

/// Reads the files, and changes what was read as the assumption files say, in their order. Throws
/// WorldError with all that is wrong.
World read_world_texts(const std::vector<WorldFile>& files,
                       const std::vector<WorldFile>& assume_files = {});
/// The same, of a folder and of files on the disk.
World read_world(const std::string& folder, const std::vector<std::string>& assume_files = {});

}  // namespace stargate::world
