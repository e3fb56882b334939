#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/contract.h"
#include "model/ranking.h"
#include "model/request.h"
#include "model/topology.h"

// Who there is and what there is to be had: the definitions that agreements and acts are about.

namespace stargate {

/// A lab, a supplier, or another company (a landlord, an operator). A lab that builds for itself is a
/// supplier too: `own_build_of` is that lab, and work on its paper is the lab's own build.
struct Party {
  std::string name;  ///< its id in the world: "microsoft"
  std::string title;
  bool is_lab = false;
  bool is_supplier = false;
  PartyId own_build_of = kNo<PartyId>;

  friend bool operator==(const Party&, const Party&) = default;
};

struct Accelerator {
  std::string name;  ///< "gb200"; KindId is its number
  std::string title;
  std::int64_t facility_w_per_gpu = 0;
  std::int64_t it_w_per_gpu = 0;

  friend bool operator==(const Accelerator&, const Accelerator&) = default;
};

struct Site {
  std::string name;
  std::string title;
  PartyId operator_party = kNo<PartyId>;
  PartyId landlord = kNo<PartyId>;
  std::string jurisdiction;
  CapacityAmount power;  ///< of a power unit; 0: not said
  std::uint32_t pue_ppm = kWhole;
  std::int64_t ingest_bytes_per_s = 0;  ///< how fast data comes in; 0: it does not
  Money ingest_price_per_tb;

  friend bool operator==(const Site&, const Site&) = default;
};

/// A part of an order's capacity that is delivered as one. Its nodes follow those of the stages
/// before it in the order's fleet.
struct Stage {
  std::string name;
  SiteId site;
  OrderId order;
  KindId accelerator;
  FleetSpec fleet;
  CapacityAmount amount;  ///< as the contract counts it
  std::vector<AssumptionId> assumptions;
  std::string source;

  friend bool operator==(const Stage&, const Stage&) = default;
};

/// Why an order may stand beside an exclusivity or a first refusal.
enum class Clearance : std::uint8_t {
  kNone,           ///< nothing cleared it (or nothing had to)
  kConsent,        ///< the holder agreed
  kCarveOut,       ///< the clause leaves it out
  kOfferDeclined,  ///< an offer of its terms was declined
  kOfferLapsed,
  kWaived,
  kUnmetDemand,  ///< the holder was asked for it and did not supply it
};

/// "none", "consent", "carve_out", "offer_declined", "offer_lapsed", "waived", "unmet_demand".
const char* name_of(Clearance clearance);

/// Capacity under one agreement. `agreement` gives the paper: its supplier contracts for it. The
/// operator runs the machines, the landlord owns the place. Work runs there from `from` until `until`.
struct Order {
  std::string name;
  AgreementId agreement;
  SiteId site;
  PartyId operator_party = kNo<PartyId>;  ///< kNo: the site's
  PartyId landlord = kNo<PartyId>;        ///< kNo: the site's
  KindId accelerator;
  CapacityAmount amount;
  Instant signed_at;  ///< kNever: it is proposed, not signed
  Instant from{INT64_MIN};
  Instant until = kNever;
  UseMask uses = kAnyUse;  ///< what it was ordered for
  Clearance clearance = Clearance::kNone;
  ClauseId cleared_of =
      kNo<ClauseId>;            ///< the clause that the clearance is about; it may come later
  Instant cleared_at = kNever;  ///< when the clearance was given
  Instant known{INT64_MIN};     ///< the order and its clearance
  std::vector<AssumptionId> assumptions;
  std::string source;

  friend bool operator==(const Order&, const Order&) = default;
};

struct DataSet {
  std::string name;
  std::int64_t bytes = 0;
  std::vector<SiteId> sites;  ///< where it is from the beginning

  friend bool operator==(const DataSet&, const DataSet&) = default;
};

/// How fast a kind of accelerator does a workload's work: numerator/denominator of the speed that its
/// run times are written for. Both > 0.
struct Speed {
  KindId accelerator;
  std::uint32_t numerator = 1;
  std::uint32_t denominator = 1;

  friend bool operator==(const Speed&, const Speed&) = default;
};

/// What a contract needs to know of a workload. Jobs refer to it.
struct Workload {
  std::string name;
  PartyId lab;
  Use use = Use::kResearch;
  std::string product;  ///< empty: it is no product
  KindMask kinds = kAnyKind;
  std::vector<Speed> speeds;  ///< kinds that are not named: 1
  std::vector<DataId> data;
  bool waits_for_transfer = false;  ///< data that is absent is brought to the place first
  std::uint32_t supplier_share_max_ppm = kWhole;  ///< of its jobs on one supplier's paper

  friend bool operator==(const Workload&, const Workload&) = default;
};

/// What the world takes to be so because no public record settles it.
struct Assumption {
  std::string name;
  std::string statement;

  friend bool operator==(const Assumption&, const Assumption&) = default;
};

/// What people call it: the title, or the name where there is none.
inline const std::string& title_of(const Party& party) {
  return party.title.empty() ? party.name : party.title;
}
inline const std::string& title_of(const Agreement& agreement) {
  return agreement.title.empty() ? agreement.name : agreement.title;
}

/// One definition; it gets the next number of its kind.
using Definition = std::variant<Party, Accelerator, Site, Agreement, Clause, Order, Stage, DataSet,
                                Workload, Assumption, Ranking>;

}  // namespace stargate
