#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>

#include <fmt/format.h>

#include "agreement/offers.h"
#include "agreement/stages.h"
#include "world/reader.h"

namespace stargate::world {
namespace {

/// A clause before it is read.
struct ClauseNode {
  const Node* node;
  std::uint32_t agreement;
  bool in_circle = false;
  std::string made_name = {};  ///< of the tranche that an acceptance makes; its node is the act
};
struct StageNode {
  const Node* node;
  std::uint32_t order;
};

bool has_kind(const Node& clause, std::initializer_list<std::string_view> kinds) {
  const Node* kind = clause.find("kind");
  return kind != nullptr && std::ranges::find(kinds, kind->text) != kinds.end();
}

class Numbering {
 public:
  Numbering(const Tree& tree, Registry& registry, Problems& problems)
      : tree_(tree), registry_(registry), problems_(problems) {}

  void run() {
    std::uint32_t parties = 0;
    for (const Section& section : sections()) {
      const bool is_party = section.kind == EntryKind::kLab ||
                            section.kind == EntryKind::kSupplier ||
                            section.kind == EntryKind::kCompany;
      std::uint32_t number = is_party ? parties : 0;
      for (const Node& entry : tree_.of(section.name)) {
        if (section.name != "acts" || is_act(entry, {"offer"})) name(entry, section.kind, number);
        if (section.name == "agreements") add_nested(entry, "clauses", clauses, number);
        if (section.name == "orders") add_nested(entry, "capacity", stages, number);
        ++number;
      }
      if (is_party) parties = number;
    }
    for (std::uint32_t i = 0; i < stages.size(); ++i) name(*stages[i].node, EntryKind::kStage, i);
    add_acceptances();
    order_clauses();
    for (std::uint32_t i = 0; i < clauses.size(); ++i) {
      const ClauseNode& clause = clauses[i];
      if (clause.made_name.empty()) {
        name(*clause.node, EntryKind::kClause, i);
      } else {
        name(clause.made_name, {EntryKind::kClause, i, clause.node->position_of("offer")});
      }
    }
  }

  std::vector<ClauseNode> clauses;
  std::vector<StageNode> stages;
  std::size_t clauses_before_orders = 0;

 private:
  static bool is_act(const Node& act, std::initializer_list<std::string_view> words) {
    const Node* word = act.find("act");
    return word != nullptr && std::ranges::find(words, word->text) != words.end();
  }

  void name(const Node& entry, EntryKind kind, std::uint32_t number) {
    const Node* id = id_of(entry);
    if (id != nullptr) name(id->text, {kind, number, id->at});
  }

  void name(const std::string& id, const Named& named) {
    if (registry_.add(id, named) == nullptr) return;
    // The later of the two places is the one to change; the earlier one has the name.
    Named& other = *registry_.find(id);
    const Position later = std::max(named.at, other.at);
    if (other.at == later) other = named;
    problems_.add(later, fmt::format("found the id {} again, expected it once (it is at {})", id,
                                     problems_.place(other.at)));
  }

  /// The tranches of acceptances: those of the offer o are o-tranche, o-tranche-2 and so on.
  void add_acceptances() {
    std::map<std::string_view, const Node*> terms;  // clauses of offers
    for (const Node& act : tree_.of("acts")) {
      const Node* id = id_of(act);
      const Node* clause = act.find("clause");
      if (is_act(act, {"offer"}) && id != nullptr && clause != nullptr) terms[id->text] = clause;
    }
    std::map<std::string_view, std::uint32_t> agreements;
    for (const ClauseNode& clause : clauses) {
      const Node* id = id_of(*clause.node);
      if (id != nullptr && has_kind(*clause.node, {"first_refusal"})) {
        agreements[id->text] = clause.agreement;
      }
    }
    std::map<std::string_view, std::size_t> parts;
    for (const Node& act : tree_.of("acts")) {
      const Node* offer = act.find("offer");
      if (!is_act(act, {"accept", "accept_part"}) || offer == nullptr) continue;
      const auto of = terms.find(offer->text);
      if (of == terms.end()) continue;
      const auto agreement = agreements.find(of->second->text);
      if (agreement == agreements.end()) continue;
      clauses.push_back({&act, agreement->second, false,
                         agreement::tranche_name(offer->text, ++parts[offer->text])});
    }
  }

  template <class Nested>
  static void add_nested(const Node& entry, std::string_view key, std::vector<Nested>& nested,
                         std::uint32_t number) {
    const Node* list = entry.find(key);
    if (list == nullptr) return;
    for (const Node& item : list->items) nested.push_back(Nested{&item, number});
  }

  /// Clauses come after those that they supersede or are about, otherwise as they are written; those
  /// that need orders come last.
  void order_clauses() {
    std::map<std::string_view, std::uint32_t> numbers;
    const auto count = static_cast<std::uint32_t>(clauses.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      const Node* id = id_of(*clauses[i].node);
      if (!clauses[i].made_name.empty()) {
        numbers.emplace(clauses[i].made_name, i);
      } else if (id != nullptr) {
        numbers.emplace(id->text, i);
      }
    }
    std::vector<std::vector<std::uint32_t>> later(count);
    std::vector<std::uint32_t> waits(count);
    std::vector<bool> needs_orders(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      needs_orders[i] = !clauses[i].made_name.empty() ||
                        has_kind(*clauses[i].node, {"tranche", "late", "rate", "reserve"});
      for (const std::string_view key : {"supersedes", "tranches"}) {
        const Node* list = clauses[i].node->find(key);
        if (list == nullptr) continue;
        for (const Node& item : list->items) {
          const auto found = numbers.find(item.text);
          if (found == numbers.end()) continue;
          later[found->second].push_back(i);
          ++waits[i];
        }
      }
    }
    // First all that need no orders, then the others; by number where nothing else decides.
    using Turn = std::pair<bool, std::uint32_t>;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> ready;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (waits[i] == 0) ready.emplace(needs_orders[i], i);
    }
    std::vector<ClauseNode> sorted;
    std::vector<bool> done(count);
    for (; !ready.empty();) {
      const std::uint32_t i = ready.top().second;
      ready.pop();
      done[i] = true;
      if (!needs_orders[i]) ++clauses_before_orders;
      sorted.push_back(clauses[i]);
      for (const std::uint32_t next : later[i]) {
        needs_orders[next] = needs_orders[next] || needs_orders[i];
        if (--waits[next] == 0) ready.emplace(needs_orders[next], next);
      }
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      if (done[i]) continue;
      const Node* list = clauses[i].node->find("supersedes");
      if (list != nullptr) {
        problems_.add(list->at,
                      "found a clause that supersedes itself, maybe by way of others, "
                      "expected only clauses that ended before");
      }
      sorted.push_back(clauses[i]);
      sorted.back().in_circle = true;
    }
    clauses = std::move(sorted);
  }

  const Tree& tree_;
  Registry& registry_;
  Problems& problems_;
};

template <class Entry>
void read_section(Binder& binder, const std::vector<Node>& nodes, const Table& table,
                  std::string_view what, std::vector<Read<Entry>>& entries,
                  const std::function<void(Entry&)>& finish = {}) {
  for (const Node& node : nodes) {
    const std::size_t before = binder.problems().size();
    entries.push_back({&node});
    binder.bind(node, what, table.keys, {}, &entries.back().entry);
    entries.back().is_read = before == binder.problems().size();
    if (finish) finish(entries.back().entry);
  }
}

void read_parties(Binder& binder, const Tree& tree, Entries& entries) {
  read_section<Party>(binder, tree.of("labs"), kLabTable, "a lab", entries.parties,
                      [](Party& party) { party.is_lab = true; });
  read_section<Party>(binder, tree.of("suppliers"), kSupplierTable, "a supplier", entries.parties,
                      [](Party& party) { party.is_supplier = true; });
  read_section<Party>(binder, tree.of("companies"), kCompanyTable, "a company", entries.parties);
}

void read_site(Binder& binder, Read<SiteEntry>& site) {
  if (!site.entry.raw_power || !site.is_read) return;
  const Node& power = *site.node->find("power");
  site.entry.power = site.entry.raw_power->amount_of(binder, power);
  site.entry.raw_power->check_basis(binder, power);
}

/// Tenants are numbered from 1 in an order in which parents come first.
void number_tenants(Entries& entries, Registry& registry) {
  // Until here a tenant's number is its place in the file.
  std::vector<std::uint32_t> numbers(entries.tenants.size(), 0);
  std::vector<Read<TenantEntry>> sorted;
  bool moved = true;
  while (moved && sorted.size() < entries.tenants.size()) {
    moved = false;
    for (std::size_t i = 0; i < entries.tenants.size(); ++i) {
      const TenantId parent = entries.tenants[i].entry.parent;
      if (numbers[i] != 0) continue;
      if (is_set(parent) && numbers[parent.value] == 0) continue;
      sorted.push_back(entries.tenants[i]);
      numbers[i] = static_cast<std::uint32_t>(sorted.size());
      moved = true;
    }
  }
  for (std::size_t i = 0; i < entries.tenants.size(); ++i) {
    if (numbers[i] != 0) continue;
    sorted.push_back(entries.tenants[i]);
    numbers[i] = static_cast<std::uint32_t>(sorted.size());
  }
  const auto renumber = [&](TenantId& id, TenantId none) {
    id = is_set(id) ? TenantId{numbers[id.value]} : none;
  };
  for (Read<TenantEntry>& tenant : sorted) renumber(tenant.entry.parent, TenantId{0});
  for (Read<WorkloadEntry>& workload : entries.workloads) {
    renumber(workload.entry.tenant, kNo<TenantId>);
  }
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Node* id = id_of(*sorted[i].node);
    Named* named = id == nullptr ? nullptr : registry.find(id->text);
    if (named != nullptr && named->kind == EntryKind::kTenant && named->at == id->at) {
      named->number = static_cast<std::uint32_t>(i + 1);
    }
  }
  entries.tenants = std::move(sorted);
}

void read_acts(Binder& binder, const Tree& tree, Entries& entries) {
  for (const Node& node : tree.of("acts")) {
    if (!node.is_map()) {
      binder.mismatch(node, "an act: a map");
      continue;
    }
    const Variant* variant = binder.variant_of(node, kActTable);
    if (variant == nullptr) continue;
    const std::size_t before = binder.problems().size();
    entries.acts.push_back({&node});
    ActEntry& act = entries.acts.back().entry;
    act.kind = static_cast<ActKind>(variant - kActTable.variants.data());
    binder.bind(node, fmt::format("the act {}", variant->name), kActTable.keys, variant->keys,
                &act);
    act.terms.amount = act.amount_of(binder, node);
    act.terms.has_price = act.raw_price.has_value();
    act.terms.price = act.price_of(binder, node);
    act.check_basis(binder, node);
    entries.acts.back().is_read = before == binder.problems().size();
  }
}

/// What the acceptance at the clause's node makes. Read only where the acceptance, its offer and their
/// clause are.
void make_tranche(const Entries& entries, Read<ClauseEntry>& made) {
  made.is_read = false;
  const auto acceptance = std::ranges::find(entries.acts, made.node, &Read<ActEntry>::node);
  if (acceptance == entries.acts.end() || !acceptance->is_read) return;
  const ActEntry& act = acceptance->entry;
  const auto offer = std::ranges::find_if(entries.acts, [&](const Read<ActEntry>& other) {
    return other.entry.kind == ActKind::kOffer && other.entry.offer == act.offer;
  });
  if (offer == entries.acts.end() || !offer->is_read || !is_set(offer->entry.clause) ||
      offer->entry.clause.value >= entries.clauses.size()) {
    return;
  }
  const Read<ClauseEntry>& under = entries.clauses[offer->entry.clause.value];
  if (!under.is_read || !std::holds_alternative<clause::FirstRefusal>(under.entry.terms)) return;
  CapacityAmount taken = act.terms.amount;
  if (taken.value == 0) {
    taken = offer->entry.terms.amount;
    for (const Read<ActEntry>& other : entries.acts) {
      if (agreement::is_acceptance(other.entry.kind) && other.entry.offer == act.offer)
        taken.value -= other.entry.terms.amount.value;
    }
    if (taken.value <= 0) return;
  }
  const Instant entered = act.raw_entered.value_or(act.effective);
  std::string name = std::move(made.entry.name);
  static_cast<Clause&>(made.entry) =
      agreement::tranche_of_acceptance(offer->entry, under.entry, act, taken, entered);
  made.entry.name = std::move(name);
  made.entry.kind = "tranche";
  made.entry.raw_known = entered;
  auto& tranche = std::get<clause::Tranche>(made.entry.terms);
  tranche.stages = act.stages;
  for (std::uint32_t i = 0; i < entries.stages.size(); ++i) {
    if (act.stages.empty() && is_set(act.order) && entries.stages[i].entry.order == act.order) {
      tranche.stages.push_back({i});
    }
  }
  made.is_read = true;
}

}  // namespace

std::int64_t amount_of(const Entries& entries, const StageEntry& stage, CapacityUnit unit) {
  return agreement::amount_of(stage, entries.accelerators[stage.accelerator.value].entry,
                              static_cast<std::int64_t>(stage.fleet.gpus()), unit);
}

FleetSpec fleet_of(const StageEntry& stage, const Node& node, const AcceleratorEntry& accelerator,
                   bool first_of_order, Problems& problems) {
  FleetSpec fleet;
  if (stage.gpus == 0 || accelerator.node_gpus == 0) return fleet;
  if (stage.gpus % accelerator.node_gpus != 0) {
    problems.add(node.position_of("gpus"),
                 fmt::format("found {} gpus, expected whole nodes of {} GPUs", stage.gpus,
                             accelerator.node_gpus));
    return fleet;
  }
  const std::int64_t nodes = stage.gpus / accelerator.node_gpus;
  const std::int64_t rack = std::max<std::int64_t>(accelerator.rack_nodes, 1);
  if (nodes > kMaxNodes) {
    problems.add(node.position_of("gpus"),
                 fmt::format("found {} nodes, expected at most {}", nodes, kMaxNodes));
    return fleet;
  }
  const std::int64_t racks = (nodes + rack - 1) / rack;
  const std::int64_t buildings = stage.buildings;
  if (buildings > racks) {
    problems.add(node.position_of("buildings"),
                 fmt::format("found {} buildings, expected at most one for each of {} racks",
                             buildings, racks));
    return fleet;
  }
  std::int64_t left = nodes;
  for (std::int64_t building = 0; building < buildings; ++building) {
    // Those that get one rack more come first; the last rack may be shorter.
    const std::int64_t here = racks / buildings + (building < racks % buildings ? 1 : 0);
    const std::int64_t full = std::min(here, left / rack);
    const bool first = first_of_order && building == 0;
    RackGroup group{.racks = static_cast<std::uint32_t>(full),
                    .nodes_per_rack = static_cast<std::uint32_t>(rack),
                    .gpus_per_node = accelerator.node_gpus,
                    .kind = stage.accelerator,
                    .opens = first ? Level::kSite : Level::kBuilding};
    if (full > 0) fleet.groups.push_back(group);
    left -= full * rack;
    if (full == here) continue;
    if (full > 0) group.opens = Level::kRack;
    group.racks = 1;
    group.nodes_per_rack = static_cast<std::uint32_t>(left);
    fleet.groups.push_back(group);
    left = 0;
  }
  return fleet;
}

Entries read_entries(const Tree& tree, Registry& registry, Problems& problems) {
  Numbering numbering(tree, registry, problems);
  numbering.run();
  Binder binder(problems, registry);
  Entries entries;
  entries.clauses_before_orders = numbering.clauses_before_orders;
  read_section(binder, tree.of("assumptions"), kAssumptionTable, "an assumption",
               entries.assumptions);
  read_parties(binder, tree, entries);
  read_section(binder, tree.of("accelerators"), kAcceleratorTable, "an accelerator",
               entries.accelerators);
  read_section(binder, tree.of("sites"), kSiteTable, "a site", entries.sites);
  for (Read<SiteEntry>& site : entries.sites) read_site(binder, site);
  read_section(binder, tree.of("data"), kDataTable, "an entry of data", entries.data);
  for (const Node& node : tree.of("agreements")) {
    const std::size_t before = problems.size();
    entries.agreements.push_back({&node});
    AgreementEntry& agreement = entries.agreements.back().entry;
    agreement.supplier = agreement.customer = kNo<PartyId>;
    binder.bind(node, "an agreement", kAgreementTable.keys, {}, &agreement);
    entries.agreements.back().is_read = before == problems.size();
    const Node* clauses = node.find("clauses");
    if (clauses != nullptr) binder.list(*clauses, "a list of clauses");
  }
  for (const Node& node : tree.of("orders")) {
    const std::size_t before = problems.size();
    entries.orders.push_back({&node});
    OrderEntry& order = entries.orders.back().entry;
    order.agreement = kNo<AgreementId>;
    order.site = kNo<SiteId>;
    order.accelerator = kNo<KindId>;
    binder.bind(node, "an order", kOrderTable.keys, {}, &order);
    static_cast<Order&>(order).amount = order.amount_of(binder, node);
    order.check_basis(binder, node);
    entries.orders.back().is_read = before == problems.size();
    const Node* capacity = node.find("capacity");
    if (capacity != nullptr) binder.list(*capacity, "a list of stages");
  }
  for (std::size_t i = 0; i < numbering.stages.size(); ++i) {
    const auto& [node, order_number] = numbering.stages[i];
    const OrderEntry& order = entries.orders[order_number].entry;
    const std::size_t before = problems.size();
    entries.stages.push_back({node});
    StageEntry& stage = entries.stages.back().entry;
    stage.order = {order_number};
    stage.site = order.site;
    stage.accelerator = order.accelerator;
    binder.bind(*node, "a stage", kStageTable.keys, {}, &stage);
    static_cast<Stage&>(stage).amount = stage.raw_amount
                                            ? stage.amount_of(binder, *node)
                                            : CapacityAmount{stage.gpus, CapacityUnit::kGpus};
    stage.check_basis(binder, *node);
    const bool first = i == 0 || numbering.stages[i - 1].order != order_number;
    if (is_set(stage.accelerator)) {
      stage.fleet = fleet_of(stage, *node, entries.accelerators[stage.accelerator.value].entry,
                             first, problems);
    }
    entries.stages.back().is_read = before == problems.size() &&
                                    entries.orders[order_number].is_read &&
                                    entries.accelerators[stage.accelerator.value].is_read;
  }
  read_acts(binder, tree, entries);
  for (const auto& [node, agreement, in_circle, made_name] : numbering.clauses) {
    const std::size_t before = problems.size();
    entries.clauses.push_back({node});
    ClauseEntry& clause = entries.clauses.back().entry;
    clause.agreement = {agreement};
    if (made_name.empty()) {
      bind_clause(binder, *node, clause);
    } else {
      clause.name = made_name;
      make_tranche(entries, entries.clauses.back());
    }
    entries.clauses.back().is_read = entries.clauses.back().is_read && before == problems.size() &&
                                     entries.agreements[agreement].is_read && !in_circle;
  }
  for (const Node& node : tree.of("tenants")) {
    const std::size_t before = problems.size();
    entries.tenants.push_back({&node});
    TenantEntry& tenant = entries.tenants.back().entry;
    tenant.parent = kNo<TenantId>;
    binder.bind(node, "a tenant", kTenantTable.keys, {}, &tenant);
    entries.tenants.back().is_read = before == problems.size();
  }
  for (const Node& node : tree.of("workloads")) {
    const std::size_t before = problems.size();
    entries.workloads.push_back({&node});
    WorkloadEntry& workload = entries.workloads.back().entry;
    workload.tenant = kNo<TenantId>;
    binder.bind(node, "a workload", kWorkloadTable.keys, {}, &workload);
    entries.workloads.back().is_read = before == problems.size();
  }
  read_section<Ranking>(binder, tree.of("rankings"), kRankingTable, "a ranking", entries.rankings);
  number_tenants(entries, registry);
  return entries;
}

}  // namespace stargate::world
