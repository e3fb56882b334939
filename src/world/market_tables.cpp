#include <array>

#include <fmt/format.h>

#include "world/entries.h"

// What there is: parties, sites, orders, workloads.

namespace stargate::world {
namespace {

template <class Entry>
constexpr Key title_key(Need need = kRequired) {
  return Keys<Entry>::template of<&Entry::title, Prose>("title", need, "What people call it");
}

std::int64_t parse_node_gpus(std::string_view text) {
  return parse_whole(text, kMaxGpusPerNode) == 0 ? throw QuantityError("it is zero")
                                                 : parse_whole(text, kMaxGpusPerNode);
}
std::int64_t parse_rack_nodes(std::string_view text) {
  constexpr std::int64_t kRackNodesMax = 65'536;
  return parse_whole(text, kRackNodesMax) == 0 ? throw QuantityError("it is zero")
                                               : parse_whole(text, kRackNodesMax);
}
std::uint32_t parse_pue_ppm(std::string_view text) {
  // Read as a share of 100 times as much.
  if (text.find_first_not_of("0123456789.") != std::string_view::npos) {
    throw QuantityError("it is no number");
  }
  constexpr std::uint32_t kPueMax = 10;
  const std::int64_t ppm = parse_bytes(std::string(text) + " MB");
  if (ppm < kWhole) throw QuantityError("it is below 1");
  if (ppm > std::int64_t{kPueMax} * kWhole) throw QuantityError("it is above 10");
  return static_cast<std::uint32_t>(ppm);
}
const Type kPueType{"pue", "a power usage effectiveness such as 1.2", "number"};
using Pue = Quantity<parse_pue_ppm, kPueType>;
const Type kNodeGpusType{"node_gpus", "a whole number from 1 to 64", "integer"};
using NodeGpus = Quantity<parse_node_gpus, kNodeGpusType>;
using RackNodes = Quantity<parse_rack_nodes, kCountType>;

using P = Keys<Party>;
constexpr std::array kLabKeys{P::of<&Party::name, Id>("id", kRequired, "Its id"),
                              title_key<Party>()};
constexpr std::array kSupplierKeys{
    P::of<&Party::name, Id>("id", kRequired, "Its id"), title_key<Party>(),
    P::of<&Party::own_build_of, LabRef>("own_build_of", kOptional,
                                        "The lab whose own build this paper stands for")};

using A = Keys<AcceleratorEntry>;
constexpr std::array kAcceleratorKeys{
    A::of<&AcceleratorEntry::name, Id>("id", kRequired, "Its id"),
    title_key<AcceleratorEntry>(),
    A::of<&AcceleratorEntry::node_gpus, NodeGpus>("node_gpus", kRequired, "GPUs of a node"),
    A::of<&AcceleratorEntry::rack_nodes, RackNodes>("rack_nodes", kRequired, "Nodes of a rack"),
    A::of<&AcceleratorEntry::facility_w_per_gpu, Watts>("facility_power", kRequired,
                                                        "Power of a GPU, landed"),
    A::of<&AcceleratorEntry::it_w_per_gpu, Watts>("it_power", kRequired, "IT power of a GPU")};

using S = Keys<Assumption>;
constexpr std::array kAssumptionKeys{
    S::of<&Assumption::name, Id>("id", kRequired, "Its id"),
    S::of<&Assumption::statement, Prose>("statement", kRequired, "What is taken to be so")};

using W = Keys<PowerEntry>;
constexpr std::array kPowerKeys{
    W::of<&PowerEntry::raw_amount, AnyAmount>("amount", kRequired, "How much"),
    W::of<&PowerEntry::basis, Basis>("basis", kRequired, "Whose power it is")};
constexpr Table kPowerTable{"power", kPowerKeys};
const Type kPowerType{"power",     "a map of amount and basis", "object", {}, nullptr, nullptr,
                      &kPowerTable};

using T = Keys<SiteEntry>;
constexpr std::array kSiteKeys{
    T::of<&SiteEntry::name, Id>("id", kRequired, "Its id"),
    title_key<SiteEntry>(),
    T::of<&SiteEntry::operator_party, PartyRef>("operator", kOptional, "Who runs the machines"),
    T::of<&SiteEntry::landlord, PartyRef>("landlord", kOptional, "Who owns the place"),
    T::of<&SiteEntry::jurisdiction, Jurisdiction>("jurisdiction", kRequired,
                                                  "Whose law it is under"),
    T::of<&SiteEntry::raw_power, MapOf<PowerEntry, kPowerTable, kPowerType>>(
        "power", kOptional, "What the site is made for"),
    T::of<&SiteEntry::pue_ppm, Pue>("pue", kOptional, "Facility power over IT power"),
    T::of<&SiteEntry::ingest_bytes_per_s, ByteRate>("ingest", kOptional, "How fast data comes in"),
    T::of<&SiteEntry::ingest_price_per_tb, PricePerTb>("ingest_price", kOptional,
                                                       "What data costs that comes in"),
    T::of<&SiteEntry::source, Prose>("source", kOptional, "Where this was published")};

using D = Keys<DataSet>;
constexpr std::array kDataKeys{
    D::of<&DataSet::name, Id>("id", kRequired, "Its id"),
    D::of<&DataSet::bytes, Bytes>("size", kRequired, "How much it is"),
    D::of<&DataSet::sites, SiteRefs>("sites", kRequired, "Where it is from the beginning")};

using G = Keys<AgreementEntry>;
/// Clauses and stages have tables of their own and are read by themselves.
const Type kClauseType{"clause", "a clause", "object", {}, nullptr, nullptr, &kClauseTable};
const Type kClausesType{"clauses", "a list of clauses", "array", {}, nullptr, &kClauseType};
const Type kStageType{"stage", "a stage", "object", {}, nullptr, nullptr, &kStageTable};
const Type kStagesType{"capacity", "a list of stages", "array", {}, nullptr, &kStageType};
void read_later(Binder&, const Node&, void*) {}

constexpr std::array kAgreementKeys{
    G::of<&AgreementEntry::name, Id>("id", kRequired, "Its id"),
    title_key<AgreementEntry>(),
    G::of<&AgreementEntry::supplier, SupplierRef>("supplier", kRequired, "Whose paper it is"),
    G::of<&AgreementEntry::customer, LabRef>("customer", kRequired, "The lab"),
    G::of<&AgreementEntry::signed_at, At>("signed", kRequired, "When it was signed"),
    G::of<&AgreementEntry::source, Prose>("source", kOptional, "Where this was published"),
    Key{"clauses", kOptional, &kClausesType, read_later, "What was agreed"}};

using E = Keys<StageEntry>;
constexpr std::array kStageKeys{
    E::of<&StageEntry::name, Id>("id", kRequired, "Its id"),
    E::of<&StageEntry::raw_amount, AnyAmount>("amount", kOptional, "As the contract counts it"),
    E::of<&StageEntry::basis, Basis>("basis", kOptional, "Whose power the amount is"),
    E::of<&StageEntry::gpus, Gpus>("gpus", kRequired, "What is really there"),
    E::of<&StageEntry::buildings, Count>("buildings", kOptional,
                                         "Buildings that the racks are divided into"),
    E::of<&StageEntry::source, Prose>("source", kOptional, "Where this was published"),
    E::of<&StageEntry::assumptions, AssumptionRefs>("assumptions", kOptional, "What it rests on"),
    E::of<&StageEntry::announced, At>("announced", kOptional, "When it was announced"),
    E::of<&StageEntry::secured, At>("secured", kOptional, "When its power was secured"),
    E::of<&StageEntry::energised, At>("energised", kOptional, "When its power came"),
    E::of<&StageEntry::installed, At>("installed", kOptional, "When its racks stood"),
    E::of<&StageEntry::in_acceptance, At>("in_acceptance", kOptional, "When acceptance began"),
    E::of<&StageEntry::accepted, At>("accepted", kOptional, "When it was accepted"),
    E::of<&StageEntry::suspended, At>("suspended", kOptional, "When it was suspended"),
    E::of<&StageEntry::cancelled, At>("cancelled", kOptional, "When it was cancelled"),
    E::of<&StageEntry::retired, At>("retired", kOptional, "When it was retired")};

std::vector<std::string> clearance_words() {
  std::vector<std::string> words;
  for (int i = 1; i <= static_cast<int>(Clearance::kUnmetDemand); ++i) {
    words.emplace_back(name_of(static_cast<Clearance>(i)));
  }
  return words;
}
const Type kClearanceType{"clearance",
                          "one of consent, carve_out, offer_declined, offer_lapsed, waived, "
                          "unmet_demand",
                          "string",
                          {},
                          clearance_words};
using ClearanceOf = Choice<Clearance, clearance_words, kClearanceType, 1>;

using O = Keys<OrderEntry>;
constexpr std::array kOrderKeys{
    O::of<&OrderEntry::name, Id>("id", kRequired, "Its id"),
    O::of<&OrderEntry::agreement, AgreementRef>("agreement", kRequired, "What it is under"),
    O::of<&OrderEntry::site, SiteRef>("site", kRequired, "Where its capacity is"),
    O::of<&OrderEntry::operator_party, PartyRef>("operator", kOptional, "The site's otherwise"),
    O::of<&OrderEntry::landlord, PartyRef>("landlord", kOptional, "The site's otherwise"),
    O::of<&OrderEntry::accelerator, AcceleratorRef>("accelerator", kRequired, "What it has"),
    O::of<&OrderEntry::raw_amount, AnyAmount>("amount", kRequired, "How much was ordered"),
    O::of<&OrderEntry::basis, Basis>("basis", kOptional, "Whose power the amount is"),
    O::of<&OrderEntry::signed_at, SignedAt>("signed", kRequired,
                                            "When it was signed; proposed: acts will sign it"),
    O::of<&OrderEntry::raw_from, At>("from", kOptional, "When work may run there; else: signed"),
    O::of<&OrderEntry::until, At>("until", kOptional, "When it ends"),
    O::of<&OrderEntry::raw_known, At>("known", kOptional, "When it was known; else: signed"),
    O::of<&OrderEntry::uses, Uses>("uses", kOptional, "What it was ordered for; else: all"),
    O::of<&OrderEntry::clearance, ClearanceOf>("clearance", kOptional,
                                               "Why it may stand beside a clause"),
    O::of<&OrderEntry::cleared_of, ClauseRef>("clears", kOptional, "The clause"),
    O::of<&OrderEntry::cleared_at, At>("cleared", kOptional, "When the clearance was given"),
    O::of<&OrderEntry::assumptions, AssumptionRefs>("assumptions", kOptional, "What it rests on"),
    O::of<&OrderEntry::source, Prose>("source", kOptional, "Where this was published"),
    Key{"capacity", kOptional, &kStagesType, read_later, "Its stages, as their nodes stand"}};

using N = Keys<TenantEntry>;
constexpr std::array kTenantKeys{
    N::of<&TenantEntry::name, Id>("id", kRequired, "Its id"),
    N::of<&TenantEntry::lab, LabRef>("lab", kOptional, "Whose it is; else: its parent's"),
    N::of<&TenantEntry::parent, TenantRef>("parent", kOptional, "The tenant that it is part of"),
    N::of<&TenantEntry::weight, Count>("weight", kOptional,
                                       "Its share among its siblings; else: 1"),
    N::of<&TenantEntry::cohort, Word>("cohort", kOptional, "Who lends to each other"),
    N::of<&TenantEntry::guaranteed, Gpus>("guaranteed", kOptional, "What it always gets"),
    N::of<&TenantEntry::borrow_limit, Gpus>("borrow_limit", kOptional,
                                            "What it may borrow from its cohort")};

std::vector<std::string> locality_words() { return {"node", "rack", "block", "building", "site"}; }
const Type kLocalityType{
    "locality", "one of node, rack, block, building, site", "string", {}, locality_words};
using LocalityOf = Choice<Level, locality_words, kLocalityType>;

std::vector<std::string> data_policy_words() { return {"required", "wait"}; }
const Type kDataPolicyType{"data_policy", "one of required, wait", "string", {}, data_policy_words};
using DataPolicy = Choice<bool, data_policy_words, kDataPolicyType>;

using V = Keys<SpeedEntry>;
constexpr std::array kSpeedKeys{
    V::of<&SpeedEntry::accelerator, AcceleratorRef>("accelerator", kRequired, "Which"),
    V::of<&SpeedEntry::speed, Ratio>("speed", kRequired, "Relative to that of run times")};
constexpr Table kSpeedTable{"speed", kSpeedKeys};
const Type kSpeedType{"speed",     "a map of accelerator and speed", "object", {}, nullptr, nullptr,
                      &kSpeedTable};
const Type kSpeedsType{"speeds", "a list of speeds", "array", {}, nullptr, &kSpeedType};

using L = Keys<WorkloadEntry>;
constexpr std::array kWorkloadKeys{
    L::of<&WorkloadEntry::name, Id>("id", kRequired, "Its id"),
    title_key<WorkloadEntry>(kOptional),
    L::of<&WorkloadEntry::tenant, TenantRef>("tenant", kRequired, "Whose it is"),
    L::of<&WorkloadEntry::use, UseOf>("use", kRequired, "What it is for"),
    L::of<&WorkloadEntry::product, Word>("product", kOptional, "Of products: which"),
    L::of<&WorkloadEntry::gpus, Gpus>("gpus", kRequired, "Of each job"),
    L::of<&WorkloadEntry::node_gpus, Gpus>("node_gpus", kOptional, "GPUs of each node"),
    L::of<&WorkloadEntry::locality, LocalityOf>("locality", kOptional, "What it must fit within"),
    L::of<&WorkloadEntry::accelerators, AcceleratorRefs>("accelerators", kOptional,
                                                         "What it accepts; else: all"),
    L::of<&WorkloadEntry::raw_speeds,
          ListOf<MapOf<SpeedEntry, kSpeedTable, kSpeedType>, kSpeedsType>>(
        "speeds", kOptional, "Relative to what run times are written for"),
    L::of<&WorkloadEntry::data, DataRefs>("data", kOptional, "What it reads"),
    L::of<&WorkloadEntry::waits_for_transfer, DataPolicy>(
        "data_policy", kOptional, "wait: absent data is brought first; else: required"),
    L::of<&WorkloadEntry::supplier_share_max_ppm, Share>("supplier_share_max", kOptional,
                                                         "Of its GPUs on one supplier's paper"),
    L::of<&WorkloadEntry::priority, Priority>("priority", kOptional, "Else: 0"),
    L::of<&WorkloadEntry::submitted, At>("submitted", kRequired, "When its first job comes"),
    L::of<&WorkloadEntry::run_time, SomeTime>("run_time", kRequired, "How long a job runs"),
    L::of<&WorkloadEntry::repeats, Count>("repeats", kOptional, "How many times in all; else: 1"),
    L::of<&WorkloadEntry::every, SomeTime>("every", kOptional, "With repeats: how far apart"),
    L::of<&WorkloadEntry::replicas, Count>("replicas", kOptional, "Jobs at once; else: 1"),
    L::of<&WorkloadEntry::checkpoint_interval, SomeTime>("checkpoint_interval", kOptional,
                                                         "How often it saves its work")};

std::vector<std::string> criterion_words() {
  std::vector<std::string> words;
  for (std::uint32_t i = 0; i < kCriterionCount; ++i) {
    words.emplace_back(name_of(static_cast<Criterion>(i)));
  }
  return words;
}
const Type kCriterionType{"criterion",
                          "one of starts_now, less_queued, paid_for, cheaper, faster, same_site, "
                          "less_dependent, tighter_fit, first_ordered",
                          "string",
                          {},
                          criterion_words};
const Type kCriteriaType{"criteria", "a list of criteria such as [starts_now, cheaper]",
                         "array",    {},
                         nullptr,    &kCriterionType};
using Criteria = ListOf<Choice<Criterion, criterion_words, kCriterionType>, kCriteriaType>;

using R = Keys<Ranking>;
constexpr std::array kRankingKeys{
    R::of<&Ranking::name, Id>("id", kRequired, "Its id"),
    R::of<&Ranking::lab, LabRef>("lab", kOptional, "For its workloads; else: any lab's"),
    R::of<&Ranking::uses, Uses>("uses", kOptional, "For work of these uses; else: all"),
    R::of<&Ranking::criteria, Criteria>("criteria", kRequired,
                                        "What makes a place better, most important first")};

}  // namespace

const Table kLabTable{"lab", kLabKeys};
const Table kSupplierTable{"supplier", kSupplierKeys};
const Table kCompanyTable{"company", kLabKeys};
const Table kAcceleratorTable{"accelerator", kAcceleratorKeys};
const Table kAssumptionTable{"assumption", kAssumptionKeys};
const Table kSiteTable{"site", kSiteKeys};
const Table kAgreementTable{"agreement", kAgreementKeys};
const Table kStageTable{"stage", kStageKeys};
const Table kOrderTable{"order", kOrderKeys};
const Table kDataTable{"data", kDataKeys};
const Table kTenantTable{"tenant", kTenantKeys};
const Table kWorkloadTable{"workload", kWorkloadKeys};
const Table kRankingTable{"ranking", kRankingKeys};

std::span<const Section> sections() {
  static constexpr std::array<Section, 13> kSections{
      {{"assumptions", EntryKind::kAssumption, &kAssumptionTable},
       {"labs", EntryKind::kLab, &kLabTable},
       {"suppliers", EntryKind::kSupplier, &kSupplierTable},
       {"companies", EntryKind::kCompany, &kCompanyTable},
       {"accelerators", EntryKind::kAccelerator, &kAcceleratorTable},
       {"sites", EntryKind::kSite, &kSiteTable},
       {"data", EntryKind::kData, &kDataTable},
       {"agreements", EntryKind::kAgreement, &kAgreementTable},
       {"orders", EntryKind::kOrder, &kOrderTable},
       {"tenants", EntryKind::kTenant, &kTenantTable},
       {"workloads", EntryKind::kWorkload, &kWorkloadTable},
       {"rankings", EntryKind::kRanking, &kRankingTable},
       {"acts", EntryKind::kOffer, &kActTable}}};
  return kSections;
}

CapacityAmount Measured::amount_of(Binder& binder, const Node& node, std::string_view key) const {
  if (!raw_amount) return {};
  if (!raw_amount->is_power) return {raw_amount->value, CapacityUnit::kGpus};
  if (!basis && node.find("basis") == nullptr) {
    binder.report(node.position_of(key),
                  fmt::format("found {}, power without a basis, expected beside it basis: it or "
                              "basis: facility",
                              found_text(*node.find(key))));
  }
  return {raw_amount->value, basis.value_or(CapacityUnit::kFacilityWatts)};
}

Price Measured::price_of(Binder& binder, const Node& node, std::string_view key) const {
  if (!raw_price) return {};
  Price price = *raw_price;
  const bool of_power = price.unit == RateUnit::kKwMonth || price.unit == RateUnit::kGwYear;
  price.basis =
      of_power ? basis.value_or(CapacityUnit::kFacilityWatts) : CapacityUnit::kFacilityWatts;
  if (of_power && !basis && node.find("basis") == nullptr) {
    binder.report(node.position_of(key),
                  fmt::format("found {}, a price of power without a basis, expected beside it "
                              "basis: it or basis: facility",
                              found_text(*node.find(key))));
  }
  return price;
}

void Measured::check_basis(Binder& binder, const Node& node) const {
  const bool price_of_power =
      raw_price && (raw_price->unit == RateUnit::kKwMonth || raw_price->unit == RateUnit::kGwYear);
  if (!basis || price_of_power || (raw_amount && raw_amount->is_power)) return;
  // What could not be read may have been power.
  for (const std::string_view key : {"amount", "price"}) {
    const bool was_read = key == "amount" ? raw_amount.has_value() : raw_price.has_value();
    if (node.find(key) != nullptr && !was_read) return;
  }
  binder.report(node.position_of("basis"),
                "found a basis, expected none: there is no power beside it");
}

}  // namespace stargate::world
