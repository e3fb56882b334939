#include "world/check_clauses.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "agreement/stages.h"
#include "world/rules.h"

namespace stargate::world {
namespace {

class Checker : Rules {
 public:
  Checker(Entries& entries, Problems& problems) : Rules(problems), entries_(entries) {}

  void run() {
    for (auto& clause : entries_.clauses) {
      const std::size_t before = problems_.size();
      check(clause);
      clause.is_read = clause.is_read && before == problems_.size();
    }
    check_versions();
    check_currencies();
  }

 private:
  const AgreementEntry& agreement_of(const ClauseEntry& clause) const {
    return entries_.agreements[clause.agreement.value].entry;
  }

  void check(const Read<ClauseEntry>& read) {
    const auto& [node, clause, is_read] = read;
    if (!is_read) return;
    const bool has_from = node->find("from") != nullptr && clause.from.us != INT64_MIN;
    if (has_from && clause.until <= clause.from) {
      report(*node, "until",
             fmt::format("found {}, expected a date after {}", found(*node, "until"),
                         found(*node, "from")));
    }
    const auto& agreement = entries_.agreements[clause.agreement.value];
    if (has_from && clause.from < agreement.entry.signed_at) {
      report(*node, "from",
             fmt::format(
                 "found {}, before its agreement is signed ({}), expected that day or later",
                 found(*node, "from"), problems_.place(agreement.node->position_of("signed"))));
    } else if (clause.raw_known && *clause.raw_known < agreement.entry.signed_at) {
      report(*node, "known",
             fmt::format(
                 "found {}, before its agreement is signed ({}), expected that day or later",
                 found(*node, "known"), problems_.place(agreement.node->position_of("signed"))));
    }
    check_superseded(*node, clause);
    check_once(*node, "assumptions", clause.assumptions);
    std::visit([&](const auto& terms) { check_terms(*node, clause, terms); }, clause.terms);
  }

  void check_superseded(const Node& node, const ClauseEntry& clause) {
    check_once(node, "supersedes", clause.supersedes);
    const Node* list = node.find("supersedes");
    if (list == nullptr || list->items.size() != clause.supersedes.size()) return;
    const AgreementEntry& own = agreement_of(clause);
    for (std::size_t i = 0; i < clause.supersedes.size(); ++i) {
      if (!entries_.clauses[clause.supersedes[i].value].is_read) continue;
      const AgreementEntry& other =
          agreement_of(entries_.clauses[clause.supersedes[i].value].entry);
      if (own.supplier == other.supplier && own.customer == other.customer) continue;
      problems_.add(
          list->items[i].at,
          fmt::format("found {}, a clause between other parties, expected one between {} "
                      "and {}",
                      found_text(list->items[i]), name(own.supplier), name(own.customer)));
    }
  }

  std::string name(PartyId party) const {
    return is_set(party) ? entries_.parties[party.value].entry.name : "?";
  }

  /// An order that the clause is about is under its agreement.
  void check_own_order(const Node& node, const ClauseEntry& clause, OrderId order) {
    if (!is_set(order) || !entries_.orders[order.value].is_read) return;
    const AgreementId agreement = entries_.orders[order.value].entry.agreement;
    if (!is_set(agreement) || agreement == clause.agreement) return;
    report(node, "order",
           fmt::format("found {}, an order under {}, expected one under {}", found(node, "order"),
                       entries_.agreements[agreement.value].entry.name, agreement_of(clause).name));
  }

  template <class Terms>
  void check_terms(const Node&, const ClauseEntry&, const Terms&) {}

  void check_terms(const Node& node, const ClauseEntry& clause, const clause::Tranche& terms) {
    check_own_order(node, clause, terms.order);
    check_once(node, "stages", terms.stages);
    const Node* list = node.find("stages");
    if (is_set(terms.order) && list != nullptr && list->items.size() == terms.stages.size()) {
      for (std::size_t i = 0; i < terms.stages.size(); ++i) {
        const auto& stage = entries_.stages[terms.stages[i].value];
        if (!stage.is_read || stage.entry.order == terms.order) continue;
        problems_.add(list->items[i].at,
                      fmt::format("found {}, a stage of another order, expected "
                                  "one of {}",
                                  found_text(list->items[i]), found(node, "order")));
      }
    }
    if (node.find("due") != nullptr && terms.due < clause.from) {
      report(node, "due",
             fmt::format("found {}, before the clause begins, expected {} or later",
                         found(node, "due"), found(node, "from")));
    }
    if (!terms.offer.empty()) check_yet_to_come(node, clause, terms);
    if (!is_set(terms.order)) return;
    const auto& order = entries_.orders[terms.order.value];
    if (!order.is_read) return;
    if (terms.offer.empty() && clause.from < order.entry.until && terms.due >= order.entry.until) {
      report(node, "due",
             fmt::format("found {}, when its order has ended, expected a day before {} ({})",
                         found(node, "due"), found(*order.node, "until"),
                         problems_.place(order.node->position_of("until"))));
    }
    const CapacityAmount whole = order.entry.Order::amount;
    const Accelerator& kind = entries_.accelerators[order.entry.accelerator.value].entry;
    const bool compares = terms.offer.empty() || terms.amount.unit == whole.unit;
    if (whole.value > 0 && compares && !agreement::is_within(kind, terms.amount, whole)) {
      report(node, "amount",
             fmt::format("found {}, more than the order has, expected at most {} ({})",
                         found(node, "amount"), found(*order.node, "amount"),
                         problems_.place(order.node->position_of("amount"))));
    }
  }

  /// An acceptance is delivered by what comes after it.
  void check_yet_to_come(const Node& node, const ClauseEntry& clause,
                         const clause::Tranche& terms) {
    for (const StageId id : terms.stages) {
      const Read<StageEntry>& stage = entries_.stages[id.value];
      if (!stage.is_read || !stage.entry.accepted || *stage.entry.accepted >= clause.from) continue;
      report(
          node, "order",
          fmt::format("found {}, whose {} was accepted before ({}), expected capacity that is yet "
                      "to come",
                      found(node, "order"), stage.entry.name,
                      problems_.place(stage.node->position_of("accepted"))));
    }
  }

  void check_terms(const Node& node, const ClauseEntry& clause, const clause::Late& terms) {
    check_once(node, "tranches", terms.tranches);
    const Node* list = node.find("tranches");
    if (list != nullptr && list->items.size() == terms.tranches.size()) {
      for (std::size_t i = 0; i < terms.tranches.size(); ++i) {
        check_tranche(node, list->items[i], clause, terms, terms.tranches[i]);
      }
    }
    const Node* credits = node.find("credits");
    for (std::size_t i = 1; i < terms.credits.size(); ++i) {
      if (credits->items.size() != terms.credits.size()) break;
      if (terms.credits[i].after > terms.credits[i - 1].after) continue;
      problems_.add(credits->items[i].position_of("after"),
                    fmt::format("found {}, expected more than the step before it",
                                found(credits->items[i], "after")));
    }
  }

  void check_tranche(const Node& node, const Node& item, const ClauseEntry& clause,
                     const clause::Late& terms, ClauseId id) {
    const ClauseEntry& other = entries_.clauses[id.value].entry;
    if (!entries_.clauses[id.value].is_read) return;
    const auto* tranche = std::get_if<clause::Tranche>(&other.terms);
    if (tranche == nullptr) {
      problems_.add(item.at, fmt::format("found {}, of the kind {}, expected a tranche",
                                         found_text(item), other.kind));
    } else if (other.agreement != clause.agreement) {
      problems_.add(item.at,
                    fmt::format("found {}, a tranche of {}, expected one of {}", found_text(item),
                                agreement_of(other).name, agreement_of(clause).name));
    } else if (terms.outside < tranche->grace && terms.outside > Duration{}) {
      report(node, "outside",
             fmt::format("found {}, within the grace of {}, expected at least that",
                         found(node, "outside"), found_text(item)));
    }
  }

  void check_terms(const Node& node, const ClauseEntry& clause, const clause::Rate& terms) {
    check_own_order(node, clause, terms.order);
    check_power_price(node, terms);
    const Node* ramp = node.find("ramp");
    for (std::size_t i = 1; i < terms.ramp.size(); ++i) {
      if (ramp->items.size() != terms.ramp.size()) break;
      if (terms.ramp[i].from > terms.ramp[i - 1].from) continue;
      problems_.add(ramp->items[i].position_of("from"),
                    fmt::format("found {}, expected a date after the step before it",
                                found(ramp->items[i], "from")));
    }
  }

  void check_power_price(const Node& node, const clause::Rate& terms) {
    const Node* price = node.find("power_price");
    if (price == nullptr) {
      if (!terms.pass_through_power) return;
      report(node, "pass_through_power",
             "found pass_through_power without power_price, expected what power costs");
    } else if (!terms.pass_through_power) {
      report(node, "power_price",
             fmt::format("found {} without pass_through_power: true, expected both",
                         found_text(*price)));
    } else if (terms.power_price.unit != RateUnit::kKwMonth &&
               terms.power_price.unit != RateUnit::kGwYear) {
      report(
          node, "power_price",
          fmt::format("found {}, expected a price of power such as $40/kW-mo", found_text(*price)));
    } else if (terms.power_price.amount.currency != terms.price.amount.currency) {
      report(node, "power_price",
             fmt::format("found {}, expected the currency of the price, {}", found_text(*price),
                         found(node, "price")));
    }
  }

  void check_terms(const Node& node, const ClauseEntry& clause, const clause::Reserve& terms) {
    check_own_order(node, clause, terms.order);
    if (terms.max_gpus > 0 && terms.min_gpus > terms.max_gpus) {
      report(node, "min",
             fmt::format("found {}, expected at most {}", found(node, "min"), found(node, "max")));
    }
    const bool has_end = clause.until != kNever && clause.until > clause.from;
    if (has_end && terms.reclaimed_before_end >= clause.until - clause.from) {
      report(node, "reclaimed_before_end",
             fmt::format("found {}, expected less than the time from {} until {}",
                         found(node, "reclaimed_before_end"), found(node, "from"),
                         found(node, "until")));
    }
  }

  void check_terms(const Node& node, const ClauseEntry&, const clause::Locale& terms) {
    if (node.find("accelerator") != nullptr && node.find("max_units") == nullptr) {
      report(node, "accelerator", "found an accelerator without max_units, expected both");
    }
    const Node* list = node.find("jurisdictions");
    if (list == nullptr || list->items.size() != terms.jurisdictions.size()) return;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < terms.jurisdictions.size(); ++i) {
      if (seen.insert(terms.jurisdictions[i]).second) continue;
      problems_.add(list->items[i].at,
                    fmt::format("found {} again, expected each once", terms.jurisdictions[i]));
    }
  }

  void check_terms(const Node& node, const ClauseEntry& clause, const clause::Option& terms) {
    if (node.find("expires") != nullptr && terms.expires <= clause.from) {
      report(node, "expires",
             fmt::format("found {}, expected a date after {}", found(node, "expires"),
                         found(node, "from")));
    }
  }

  void check_terms(const Node& node, const ClauseEntry& clause, const clause::Terminate& terms) {
    const AgreementEntry& agreement = agreement_of(clause);
    if (!is_set(terms.by) || terms.by == agreement.supplier || terms.by == agreement.customer) {
      return;
    }
    report(node, "by",
           fmt::format("found {}, expected a party to it: {} or {}", found(node, "by"),
                       name(agreement.supplier), name(agreement.customer)));
  }

  void check_terms(const Node& node, const ClauseEntry&, const clause::FirstRefusal& terms) {
    if (terms.reply_within == Duration{} && node.find("reply_within") != nullptr) {
      const Node& reply = *node.find("reply_within");
      if (reply.text.starts_with('0')) {
        problems_.add(reply.at,
                      fmt::format("found {}, expected some time to reply", found_text(reply)));
      }
    }
  }

  /// When the clause ends by all that is written: its date, its event, what supersedes it.
  Instant end_of(std::uint32_t clause, const std::multimap<std::uint32_t, Instant>& superseded,
                 const std::map<std::string, Instant>& events) const {
    const ClauseEntry& entry = entries_.clauses[clause].entry;
    Instant end = entry.until;
    const auto [first, last] = superseded.equal_range(clause);
    for (auto next = first; next != last; ++next) end = std::min(end, next->second);
    const auto event = events.find(entry.until_event);
    if (event != events.end()) end = std::min(end, event->second);
    return end;
  }

  /// What two clauses of one kind must not both say at once; nullopt: the kind's add up. Scopes are
  /// compared by overlap of `uses` or `stages`, and equality of `rest`.
  struct Scope {
    UseMask uses = kAnyUse;
    std::vector<StageId> stages;
    std::vector<ClauseId> tranches;
    OrderId order = kNo<OrderId>;
    std::uint64_t rest = 0;
  };
  struct ScopeOf {
    // One for some of the uses of another may stand beside it; two for the same uses are versions.
    std::optional<Scope> operator()(const clause::Exclusive& terms) const {
      return Scope{.uses = terms.uses, .stages = {}, .tranches = {}, .rest = terms.uses};
    }
    std::optional<Scope> operator()(const clause::FirstRefusal& terms) const {
      return Scope{.uses = terms.uses, .stages = {}, .tranches = {}};
    }
    std::optional<Scope> operator()(const clause::FirstShip& terms) const {
      return Scope{.uses = terms.uses, .stages = {}, .tranches = {}, .rest = terms.uses};
    }
    std::optional<Scope> operator()(const clause::Prepay&) const { return Scope{}; }
    std::optional<Scope> operator()(const clause::Tranche& terms) const {
      // Nothing delivers what an acceptance made that names no order.
      if (!is_set(terms.order)) return std::nullopt;
      return Scope{.stages = terms.stages, .tranches = {}, .order = terms.order};
    }
    std::optional<Scope> operator()(const clause::Late& terms) const {
      return Scope{.stages = {}, .tranches = terms.tranches};
    }
    std::optional<Scope> operator()(const clause::Rate& terms) const {
      return Scope{.stages = {}, .tranches = {}, .order = terms.order};
    }
    std::optional<Scope> operator()(const clause::Terminate& terms) const {
      return Scope{
          .stages = {},
          .tranches = {},
          .rest = (std::uint64_t{terms.by.value} << 8U) | static_cast<std::uint64_t>(terms.cause)};
    }
    // Commitments, reservations, options and places add up.
    template <class Terms>
    std::optional<Scope> operator()(const Terms&) const {
      return std::nullopt;
    }
  };

  template <class AnyId>
  static bool meet(const std::vector<AnyId>& a, const std::vector<AnyId>& b) {
    if (a.empty() && b.empty()) return true;
    return std::ranges::any_of(a, [&](AnyId id) { return std::ranges::find(b, id) != b.end(); });
  }
  static bool overlap(const Scope& a, const Scope& b) {
    return (a.uses & b.uses) != 0 && a.order == b.order && a.rest == b.rest &&
           meet(a.stages, b.stages) && meet(a.tranches, b.tranches);
  }

  void check_versions() {
    std::multimap<std::uint32_t, Instant> superseded;
    for (const auto& [node, clause, is_read] : entries_.clauses) {
      if (!is_read) continue;
      for (const ClauseId old : clause.supersedes) superseded.emplace(old.value, clause.from);
    }
    std::map<std::string, Instant> events;
    for (const auto& [node, act, is_read] : entries_.acts) {
      if (!is_read) continue;
      if (act.kind != ActKind::kEvent) continue;
      const auto [event, is_new] = events.emplace(act.name, act.effective);
      if (!is_new) event->second = std::min(event->second, act.effective);
    }
    std::map<std::pair<std::uint32_t, std::size_t>, std::vector<std::uint32_t>> groups;
    for (std::uint32_t i = 0; i < entries_.clauses.size(); ++i) {
      const ClauseEntry& clause = entries_.clauses[i].entry;
      if (!entries_.clauses[i].is_read) continue;
      groups[{clause.agreement.value, clause.terms.index()}].push_back(i);
    }
    for (const auto& [key, group] : groups) {
      for (std::size_t b = 1; b < group.size(); ++b) {
        for (std::size_t a = 0; a < b; ++a) {
          if (!both_in_force(group[a], group[b], superseded, events)) continue;
          report_overlap(group[a], group[b]);
          break;
        }
      }
    }
  }

  bool both_in_force(std::uint32_t a, std::uint32_t b,
                     const std::multimap<std::uint32_t, Instant>& superseded,
                     const std::map<std::string, Instant>& events) const {
    const ClauseEntry& first = entries_.clauses[a].entry;
    const ClauseEntry& second = entries_.clauses[b].entry;
    const auto scope_a = std::visit(ScopeOf{}, first.terms);
    const auto scope_b = std::visit(ScopeOf{}, second.terms);
    if (!scope_a || !scope_b || !overlap(*scope_a, *scope_b)) return false;
    const Instant begin = std::max(first.from, second.from);
    const Instant end = std::min(end_of(a, superseded, events), end_of(b, superseded, events));
    return begin < end;
  }

  void report_overlap(std::uint32_t a, std::uint32_t b) {
    // The later in the files is the one to change.
    const Node* first = entries_.clauses[a].node;
    const Node* second = entries_.clauses[b].node;
    const ClauseEntry* old = &entries_.clauses[a].entry;
    const ClauseEntry* now = &entries_.clauses[b].entry;
    if (second->at < first->at) {
      std::swap(first, second);
      std::swap(old, now);
    }
    problems_.add(second->position_of(second->find("id") != nullptr ? "id" : "order"),
                  fmt::format("found {}, in force beside {} ({}) of the same kind and scope, "
                              "expected that one of them ends, or supersedes the other",
                              now->name, old->name, problems_.place(first->at)));
  }

  /// The currency of a clause's money, if it has any.
  struct MoneyOfTerms {
    std::optional<Currency> operator()(const clause::Commit& terms) const {
      return terms.amount.micros == 0 ? std::nullopt : std::optional(terms.amount.currency);
    }
    std::optional<Currency> operator()(const clause::Rate& terms) const {
      return terms.price.amount.micros == 0 ? std::nullopt
                                            : std::optional(terms.price.amount.currency);
    }
    std::optional<Currency> operator()(const clause::Option& terms) const {
      return terms.has_price ? std::optional(terms.price.amount.currency) : std::nullopt;
    }
    std::optional<Currency> operator()(const clause::Terminate& terms) const {
      return terms.has_fee ? std::optional(terms.fee.currency) : std::nullopt;
    }
    std::optional<Currency> operator()(const clause::Tranche& terms) const {
      return terms.has_early_price ? std::optional(terms.early_price.amount.currency)
                                   : std::nullopt;
    }
    template <class Terms>
    std::optional<Currency> operator()(const Terms&) const {
      return std::nullopt;
    }
  };

  /// All money of an agreement is of one currency.
  void check_currencies() {
    std::map<std::uint32_t, std::pair<Currency, Position>> first;
    for (const auto& [node, clause, is_read] : entries_.clauses) {
      if (!is_read) continue;
      const auto currency = std::visit(MoneyOfTerms{}, clause.terms);
      if (!currency) continue;
      std::string_view key = "amount";
      for (const std::string_view other : {"price", "fee", "early_use"}) {
        if (node->find(other) != nullptr) key = other;
      }
      const Position at = node->position_of(key);
      const auto [known, is_new] = first.emplace(clause.agreement.value, std::pair{*currency, at});
      if (is_new || known->second.first == *currency) continue;
      const Currency expected = known->second.first;
      problems_.add(at, fmt::format("found money in {}, expected {} as at {}, one currency an "
                                    "agreement",
                                    currency->text(), expected.text(),
                                    problems_.place(known->second.second)));
    }
  }

  Entries& entries_;
};

}  // namespace

void check_clauses(Entries& entries, Problems& problems) { Checker(entries, problems).run(); }

}  // namespace stargate::world
