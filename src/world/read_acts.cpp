#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "agreement/stages.h"
#include "world/deadline.h"
#include "world/follow_offers.h"
#include "world/reader.h"

namespace stargate::world {
namespace {

using DateOf = std::optional<Instant> StageDates::*;

/// In the order of CapacityState.
constexpr std::array<DateOf, 9> kDates{
    &StageDates::announced, &StageDates::secured,       &StageDates::energised,
    &StageDates::installed, &StageDates::in_acceptance, &StageDates::accepted,
    &StageDates::suspended, &StageDates::cancelled,     &StageDates::retired};

/// The dates of a stage as acts. They follow each other in time, each reachable from the one before.
void add_stage(const Read<StageEntry>& stage, std::uint32_t number, std::vector<DatedAct>& acts,
               Problems& problems) {
  if (!stage.is_read) return;
  std::optional<CapacityState> last;
  Instant last_at{INT64_MIN};
  for (std::size_t i = 0; i < kDates.size(); ++i) {
    const auto& date = stage.entry.*kDates[i];
    if (!date) continue;
    const auto state = static_cast<CapacityState>(i);
    const Position at = stage.node->position_of(name_of(state));
    if (*date < last_at) {
      problems.add(at, fmt::format("found {}, before the stage is {}, expected a date after it",
                                   found_text(*stage.node->find(name_of(state))), name_of(*last)));
    } else if (last && !may_follow(state, *last)) {
      problems.add(at, fmt::format("found a date for {}, expected none: the stage is {}",
                                   name_of(state), name_of(*last)));
    }
    last = state;
    last_at = std::max(last_at, *date);
    Act act;
    act.kind = ActKind::kCapacity;
    act.effective = *date;
    act.stage = {number};
    act.state = state;
    act.source = stage.entry.source;
    acts.push_back({*date, std::move(act), at});
  }
  if (last) return;
  problems.add(stage.node->at,
               "found no date in a stage, expected at least one: announced, secured, energised, "
               "installed, in_acceptance, accepted");
}

/// The act as it is entered, with the deadline of an offer.
DatedAct dated(const Entries& entries, const Read<ActEntry>& read) {
  const ActEntry& entry = read.entry;
  DatedAct dated{entry.raw_entered.value_or(entry.effective), entry, read.node->at};
  if (entry.kind != ActKind::kOffer || !is_set(entry.clause)) return dated;
  const auto* terms =
      std::get_if<clause::FirstRefusal>(&entries.clauses[entry.clause.value].entry.terms);
  if (terms == nullptr) return dated;
  dated.act.reply_by = reply_deadline(entry.effective, clock_of(*terms));
  return dated;
}

/// Follows the acts in the order of entry and reports those that do not fit what came before.
class Follower : ActRules {
 public:
  Follower(const Entries& entries, Problems& problems)
      : ActRules(entries, problems), offers_(entries, problems) {
    for (const auto& read : entries.stages) {
      stages_.push_back({{CapacityState::kAnnounced, read.entry.fleet.nodes()}});
    }
  }

  /// `node`: the act's, or nullptr for the date of a stage. `is_read`: all of it could be read;
  /// otherwise nothing is said of what follows on it either.
  void follow(const DatedAct& dated, const Node* node, bool is_read) {
    const Act& act = dated.act;
    if (!is_read || !are_read(act)) return pass_over(act);
    if (act.kind == ActKind::kCapacity) return follow_capacity(dated, node);
    switch (act.kind) {
      case ActKind::kOffer: return follow_offer(dated, *node);
      case ActKind::kCounter:
      case ActKind::kAccept:
      case ActKind::kAcceptPart:
      case ActKind::kDecline:
      case ActKind::kWithdraw: return offers_.follow_reply(dated, *node);
      case ActKind::kDemandNotice:
      case ActKind::kSupplyReply: return follow_demand(act, *node);
      case ActKind::kWaive:
      case ActKind::kConsent: return follow_clearing(act, *node);
      case ActKind::kSign: return follow_sign(dated, *node);
      case ActKind::kExcuse:
      case ActKind::kCustomerCaused:
      case ActKind::kAmendDue: return follow_tranche(dated, *node);
      case ActKind::kTerminate: return follow_terminate(act, *node);
      case ActKind::kExercise: return follow_exercise(dated, *node);
      case ActKind::kSupplierFails:
      case ActKind::kSupplierReturns: return follow_supplier(act, *node);
      default: return;
    }
  }

 private:
  bool are_read(const Act& act) const {
    return (!is_set(act.stage) || entries_.stages[act.stage.value].is_read) &&
           (!is_set(act.order) || entries_.orders[act.order.value].is_read) &&
           (!is_set(act.clause) || entries_.clauses[act.clause.value].is_read) &&
           (!is_set(act.stage) || !unknown_stages_.contains(act.stage.value));
  }

  void pass_over(const Act& act) {
    if (is_set(act.stage)) unknown_stages_.insert(act.stage.value);
    if (!act.offer.empty()) offers_.pass_over(act.offer);
    if (is_set(act.clause)) demanded_.insert(act.clause.value);
  }

  using Nodes = std::vector<std::pair<CapacityState, std::uint64_t>>;

  void follow_capacity(const DatedAct& dated, const Node* node) {
    const Act& act = dated.act;
    if (!is_set(act.stage)) return;
    Nodes& stage = stages_[act.stage.value];
    std::uint64_t movable = 0;
    for (const auto& [state, nodes] : stage) {
      if (may_move(act.state, state)) movable += nodes;
    }
    const std::uint64_t wanted = act.nodes == 0 ? movable : act.nodes;
    // The dates of a stage are checked one against the other, where they are read.
    if (node != nullptr && (movable == 0 || wanted > movable)) {
      report(*node, movable == 0 ? "state" : "nodes",
             fmt::format("found {} of {} becoming {}, expected at most {}: the others have come as "
                         "far already, or are gone",
                         act.nodes == 0 ? "all" : fmt::format("{} nodes", act.nodes),
                         found(*node, "stage"), name_of(act.state), movable));
      return;
    }
    Nodes moved;
    std::uint64_t left = std::min(wanted, movable);
    for (const auto& [state, nodes] : stage) {
      const std::uint64_t part = may_move(act.state, state) ? std::min(left, nodes) : 0;
      left -= part;
      if (part > 0) moved.emplace_back(act.state, part);
      if (nodes > part) moved.emplace_back(state, nodes - part);
    }
    stage = std::move(moved);
  }

  /// What no act has touched is announced: its announcement changes nothing.
  static bool may_move(CapacityState next, CapacityState now) {
    return may_follow(next, now) ||
           (next == CapacityState::kAnnounced && now == CapacityState::kAnnounced);
  }

  void follow_demand(const Act& act, const Node& node) {
    if (!is_kind(act, node, {"exclusive"})) return;
    const auto& terms = std::get<clause::Exclusive>(entries_.clauses[act.clause.value].entry.terms);
    if (!terms.has_supply_duty) {
      report(node, "clause",
             fmt::format("found {}, a clause without a supply_duty, expected one "
                         "with it",
                         found(node, "clause")));
    } else if (act.kind == ActKind::kDemandNotice) {
      demanded_.insert(act.clause.value);
    } else if (!demanded_.contains(act.clause.value)) {
      report(node, "clause",
             fmt::format("found a reply under {}, expected a demand_notice before "
                         "it",
                         found(node, "clause")));
    }
  }

  void follow_clearing(const Act& act, const Node& node) {
    if (!is_kind(act, node, {"exclusive", "first_refusal", "first_ship", "locale"})) return;
    if (is_set(act.order)) check_customer(act, node);
  }

  /// What is signed by then is offered to nobody.
  void follow_offer(const DatedAct& dated, const Node& node) {
    const std::size_t before = problems_.size();
    offers_.follow_offer(dated, node);
    const Act& act = dated.act;
    if (!is_set(act.order) || problems_.size() > before) return;
    const auto& order = entries_.orders[act.order.value];
    const auto earlier = signed_.find(act.order.value);
    std::string where;
    if (order.entry.signed_at <= act.effective) {
      where = found(*order.node, "signed");
    } else if (earlier != signed_.end() && earlier->second.effective <= act.effective) {
      where = "it is at " + problems_.place(earlier->second.at);
    }
    if (where.empty()) return;
    report(node, "order",
           fmt::format("found {}, signed already ({}), expected one that is proposed",
                       found(node, "order"), where));
  }

  void follow_sign(const DatedAct& dated, const Node& node) {
    const Act& act = dated.act;
    if (!is_set(act.order)) return;
    check_signed_amount(act, node);
    const auto& order = entries_.orders[act.order.value];
    const auto [earlier, is_first] = signed_.try_emplace(act.order.value, dated.at, act.effective);
    if (!is_first) {
      report(node, "order",
             fmt::format("found {} signed again, expected once (it is at {})", found(node, "order"),
                         problems_.place(earlier->second.at)));
    } else if (order.entry.signed_at != kNever) {
      report(node, "order",
             fmt::format("found {}, signed already ({}), expected one that is "
                         "proposed",
                         found(node, "order"), found(*order.node, "signed")));
    }
  }

  /// What is signed is no more than the order, and no less than its stages come to.
  void check_signed_amount(const Act& act, const Node& node) {
    const auto& order = entries_.orders[act.order.value];
    const CapacityAmount amount = act.terms.amount;
    const CapacityAmount whole = order.entry.Order::amount;
    if (act.terms.until != kNever && act.terms.until != order.entry.until) {
      report(node, "until",
             fmt::format("found {}, when the order does not end, expected its own end{}",
                         found(node, "until"), end_of(*order.node)));
    }
    if (amount.value == 0) return;
    const KindId kind = order.entry.accelerator;
    if (!agreement::is_within(entries_.accelerators[kind.value].entry, amount, whole)) {
      report(node, "amount",
             fmt::format("found {}, more than the order has, expected at most {} ({})",
                         found(node, "amount"), found(*order.node, "amount"),
                         problems_.place(order.node->position_of("amount"))));
    }
    check_stages(act, node, "signed");
  }

  /// " (2030-01-01, FILE:LINE:COLUMN)", or that the order says none.
  std::string end_of(const Node& order) {
    if (order.find("until") == nullptr) return ", of which it says none";
    return fmt::format(", {} ({})", found(order, "until"),
                       problems_.place(order.position_of("until")));
  }

  /// What is signed, or what an exercise is for, is no less than the order's stages come to.
  void check_stages(const Act& act, const Node& node, const char* done) {
    const CapacityAmount amount = act.terms.amount;
    std::int64_t sum = 0;
    for (const auto& [stage_node, stage, is_read] : entries_.stages) {
      if (stage.order == act.order && is_read) sum += amount_of(entries_, stage, amount.unit);
    }
    if (sum <= amount.value) return;
    report(node, "amount",
           fmt::format("found {}, less than the stages of {} come to, expected stages of no more "
                       "than what is {}",
                       found(node, "amount"), found(node, "order"), done));
  }

  void follow_tranche(const DatedAct& dated, const Node& node) {
    const Act& act = dated.act;
    if (!is_kind(act, node, {"tranche"})) return;
    check_accepted(dated, node, entries_.clauses[act.clause.value]);
    if (act.kind != ActKind::kAmendDue && act.until <= act.effective) {
      report(node, "until",
             fmt::format("found {}, expected a date after {}", found(node, "until"),
                         found(node, "at")));
    }
  }

  /// What an acceptance makes is there from that acceptance on, once that is entered.
  void check_accepted(const DatedAct& dated, const Node& node, const Read<ClauseEntry>& tranche) {
    if (std::get<clause::Tranche>(tranche.entry.terms).offer.empty()) return;
    const auto tell = [&](const char* key, const char* of_acceptance) {
      report(
          node, key,
          fmt::format("found {}, before the acceptance that makes {}, expected {} or later ({})",
                      found(node, key), found(node, "clause"), found(*tranche.node, of_acceptance),
                      problems_.place(tranche.node->position_of(of_acceptance))));
    };
    if (dated.act.effective < tranche.entry.from) {
      tell("at", "at");
    } else if (dated.entered < tranche.entry.raw_known.value_or(tranche.entry.from)) {
      tell(node.find("entered") == nullptr ? "at" : "entered", "entered");
    }
  }

  void follow_terminate(const Act& act, const Node& node) {
    if (!is_kind(act, node, {"terminate"})) return;
    const ClauseEntry& clause = entries_.clauses[act.clause.value].entry;
    const auto& terms = std::get<clause::Terminate>(clause.terms);
    const AgreementEntry& agreement = entries_.agreements[clause.agreement.value].entry;
    const bool is_party = act.party == agreement.supplier || act.party == agreement.customer;
    if (is_set(act.party) && (!is_party || (is_set(terms.by) && terms.by != act.party))) {
      report(node, "party",
             fmt::format("found {}, who may not leave under {}, expected who may",
                         found(node, "party"), found(node, "clause")));
    }
    if (act.effective < terms.after) {
      report(
          node, "at",
          fmt::format("found {}, before the clause allows it, expected {} or later",
                      found(node, "at"), found(*entries_.clauses[act.clause.value].node, "after")));
    }
    if (act.until < act.effective + terms.notice) {
      report(node, "until",
             fmt::format(
                 "found {}, expected {} after {} at least: the notice", found(node, "until"),
                 found(*entries_.clauses[act.clause.value].node, "notice"), found(node, "at")));
    }
  }

  void follow_exercise(const DatedAct& dated, const Node& node) {
    const Act& act = dated.act;
    if (!is_kind(act, node, {"option"})) return;
    const ClauseEntry& clause = entries_.clauses[act.clause.value].entry;
    const auto& terms = std::get<clause::Option>(clause.terms);
    follow_added(dated, node, clause);
    if (act.effective >= terms.expires) {
      report(node, "at",
             fmt::format("found {}, when the option has expired, expected a day before",
                         found(node, "at")));
    }
    if (act.terms.amount.unit != terms.amount.unit && act.terms.amount.value > 0) {
      report(node, "amount",
             fmt::format("found {}{}, expected an amount of {}, as the option's",
                         found(node, "amount"), of_basis(act.terms.amount.unit),
                         unit_words(terms.amount.unit)));
      return;
    }
    std::int64_t& used = exercised_[act.clause.value];
    used += act.terms.amount.value;
    if (used <= terms.amount.value) return;
    report(node, "amount",
           fmt::format("found {}, expected no more in all than the option has, {}",
                       found(node, "amount"),
                       found(*entries_.clauses[act.clause.value].node, "amount")));
  }

  static const char* unit_words(CapacityUnit unit) {
    switch (unit) {
      case CapacityUnit::kGpus: return "gpus";
      case CapacityUnit::kItWatts: return "IT power";
      default: return "facility power";
    }
  }

  /// GPUs say what they are.
  static std::string of_basis(CapacityUnit unit) {
    return unit == CapacityUnit::kGpus ? "" : std::string(" of ") + unit_words(unit);
  }

  /// The order that an exercise adds.
  void follow_added(const DatedAct& dated, const Node& node, const ClauseEntry& clause) {
    const Act& act = dated.act;
    const auto& terms = std::get<clause::Option>(clause.terms);
    if (!is_set(act.order)) {
      const bool has_price = terms.has_price || act.terms.has_price;
      if (has_price && node.find("order") == nullptr) {
        problems_.add(node.at,
                      fmt::format("found no order in an exercise of {}, expected the order "
                                  "that it adds: there is a price for it",
                                  found(node, "clause")));
      }
      return;
    }
    const auto& order = entries_.orders[act.order.value].entry;
    if (order.agreement != clause.agreement) {
      report(node, "order",
             fmt::format("found {}, an order under another agreement, expected one under {}",
                         found(node, "order"),
                         entries_.agreements[clause.agreement.value].entry.name));
      return;
    }
    if (act.terms.amount.value > 0) check_stages(act, node, "exercised");
    const auto [earlier, is_first] = added_.emplace(act.order.value, dated.at);
    if (!is_first) {
      report(node, "order",
             fmt::format("found {} added again, expected once (it is at {})", found(node, "order"),
                         problems_.place(earlier->second)));
    }
  }

  void follow_supplier(const Act& act, const Node& node) {
    if (!is_set(act.party)) return;
    const bool fails = act.kind == ActKind::kSupplierFails;
    if (fails ? failed_.insert(act.party.value).second : failed_.erase(act.party.value) > 0) return;
    report(node, "supplier",
           fmt::format("found {}, which {}, expected one that {}", found(node, "supplier"),
                       fails ? "has failed already" : "has not failed", fails ? "has not" : "has"));
  }

  OfferFollower offers_;
  std::vector<Nodes> stages_;
  struct Signature {
    Position at;
    Instant effective;
  };
  std::map<std::uint32_t, Signature> signed_;
  std::map<std::uint32_t, Position> added_;
  std::map<std::uint32_t, std::int64_t> exercised_;
  std::set<std::uint32_t> demanded_;
  std::set<std::uint32_t> failed_;
  std::set<std::uint32_t> unknown_stages_;
};

/// An event that no clause ends at, but for a letter or two.
void check_events(const Entries& entries, Problems& problems) {
  std::vector<std::string_view> ends;
  for (const auto& [node, clause, is_read] : entries.clauses) {
    if (!is_read) continue;
    if (!clause.until_event.empty()) ends.emplace_back(clause.until_event);
  }
  for (const auto& [node, act, is_read] : entries.acts) {
    if (!is_read) continue;
    if (act.kind != ActKind::kEvent || std::ranges::find(ends, act.name) != ends.end()) continue;
    const std::string near = nearest(act.name, ends);
    if (near.empty()) continue;
    problems.add(
        node->position_of("event"),
        fmt::format("found {}, at which no clause ends, expected one at which one does; did "
                    "you mean {}?",
                    act.name, near));
  }
}

}  // namespace

std::vector<DatedAct> acts_of(const Entries& entries, Problems& problems) {
  struct Followed {
    DatedAct dated;
    const Node* node = nullptr;
    bool is_read = true;
  };
  std::vector<Followed> all;
  for (std::uint32_t i = 0; i < entries.stages.size(); ++i) {
    const std::size_t before = problems.size();
    std::vector<DatedAct> dates;
    add_stage(entries.stages[i], i, dates, problems);
    const bool in_order = before == problems.size();
    for (DatedAct& date : dates) all.push_back({std::move(date), nullptr, in_order});
  }
  for (const Read<ActEntry>& read : entries.acts) {
    all.push_back({dated(entries, read), read.node, read.is_read});
    if (!read.is_read || !read.entry.raw_entered) continue;
    if (*read.entry.raw_entered >= read.entry.effective) continue;
    problems.add(
        read.node->position_of("entered"),
        fmt::format("found {}, before the act took effect, expected {} or later",
                    found_text(*read.node->find("entered")), found_text(*read.node->find("at"))));
  }
  std::ranges::stable_sort(all, {}, [](const Followed& act) { return act.dated.entered; });
  Follower follower(entries, problems);
  std::vector<DatedAct> acts;
  for (Followed& act : all) {
    follower.follow(act.dated, act.node, act.is_read);
    acts.push_back(std::move(act.dated));
  }
  check_events(entries, problems);
  return acts;
}

}  // namespace stargate::world
