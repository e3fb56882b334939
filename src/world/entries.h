#pragma once

#include <optional>
#include <string>
#include <vector>

#include "world/binder.h"
#include "world/quantity.h"
#include "world/readers.h"

// Entries as they are written, before what stands in several keys is put together.

namespace stargate::world {

/// An amount or price and the basis of its power beside it.
struct Measured {
  std::optional<Amount> raw_amount;
  std::optional<Price> raw_price;
  std::optional<CapacityUnit> basis;

  /// What was written; with reports where power has no basis, or a basis has no power.
  CapacityAmount amount_of(Binder& binder, const Node& node, std::string_view key = "amount") const;
  Price price_of(Binder& binder, const Node& node, std::string_view key = "price") const;
  void check_basis(Binder& binder, const Node& node) const;
};

struct PowerEntry : Measured {};

struct SiteEntry : Site {
  std::optional<PowerEntry> raw_power;
  std::string source;
};

/// A day on which a stage comes to a state.
struct StageDates {
  std::optional<Instant> announced, secured, energised, installed, in_acceptance, accepted,
      suspended, cancelled, retired;
};

struct StageEntry : Stage, Measured, StageDates {
  std::int64_t gpus = 0;
  std::uint32_t buildings = 1;
};

struct AcceleratorEntry : Accelerator {
  std::uint32_t node_gpus = 0;
  std::uint32_t rack_nodes = 1;
};

struct OrderEntry : Order, Measured {
  std::optional<Instant> raw_from, raw_known;
  std::vector<StageEntry> capacity;
};

struct AgreementEntry : Agreement {};

struct TenantEntry {
  std::string name;
  PartyId lab = kNo<PartyId>;
  TenantId parent;
  std::uint32_t weight = 1;
  std::string cohort;
  std::optional<std::int64_t> guaranteed, borrow_limit;
};

struct SpeedEntry {
  KindId accelerator;
  Rational speed;
};

struct WorkloadEntry : Workload {
  std::string title;
  TenantId tenant;
  std::int64_t gpus = 0;
  std::optional<std::int64_t> node_gpus;
  std::optional<Level> locality;
  std::vector<KindId> accelerators;
  std::vector<SpeedEntry> raw_speeds;
  Instant submitted;
  Duration run_time;
  std::optional<std::uint32_t> repeats;
  std::optional<Duration> every;
  std::uint32_t replicas = 1;
  std::int32_t priority = 0;
  Duration checkpoint_interval;
};

struct ClauseEntry : Clause {
  std::string kind;
  UntilValue raw_until;
  std::optional<Instant> raw_known;
};

struct ActEntry : Act, Measured {
  std::string word;
  std::optional<Instant> raw_entered;
  Instant due = kNever;
  std::vector<StageId> stages;  ///< of an acceptance: of its order, those that deliver it
};

/// What sections have.
extern const Table kLabTable, kSupplierTable, kCompanyTable, kAcceleratorTable, kAssumptionTable,
    kSiteTable, kAgreementTable, kClauseTable, kOrderTable, kStageTable, kDataTable, kTenantTable,
    kWorkloadTable, kRankingTable, kActTable;

/// A section of a file.
struct Section {
  std::string_view name;
  EntryKind kind;  ///< of acts, that of offers
  const Table* table;
};
/// In the order in which they are numbered and read.
std::span<const Section> sections();

/// Reads the terms of a clause of the kind into `clause.terms`.
void bind_clause(Binder& binder, const Node& node, ClauseEntry& clause);

}  // namespace stargate::world
