#pragma once

#include <array>
#include <compare>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/act.h"
#include "model/market.h"
#include "model/reason.h"

namespace stargate::agreement {

/// An act as it stands in the book.
struct Entry {
  Act act;
  Instant entered;

  friend bool operator==(const Entry&, const Entry&) = default;
};

/// An instant at which something that was agreed or done begins, ends, falls due or becomes known, and
/// what brings it: the order, clause or entry of that number.
struct Change {
  enum class Cause : std::uint8_t { kOrder, kClause, kEntry };
  Instant at;
  Cause cause = Cause::kOrder;
  std::uint32_t number = 0;

  friend auto operator<=>(const Change&, const Change&) = default;
};

/// What was agreed, who there is, and what was done: everything that contracts decide from, in the
/// order in which it came. It only grows: a later version supersedes, and nothing is struck out, so
/// that every question can be asked of any day (`at`) as it was known on any other (`known`).
class Book {
 public:
  /// kNone where the definition may be added: what it names is there, its numbers are within their
  /// range. Otherwise kUnknown or kInvalid. O(size of the definition).
  Reason check(const Definition& definition) const;
  /// REQUIRES: check(definition) == kNone.
  void define(const Definition& definition);

  /// kNone where the act may be entered at that instant. kUnknown: it names what there is not.
  /// kInvalid: a value is out of its range. kNotNow: it does not fit what was done before (a reply to
  /// an offer that was withdrawn, capacity that goes backward).
  Reason check(const Act& act, Instant entered) const;
  /// REQUIRES: check(act, entered) == kNone, and entries come in the order of `entered`.
  void record(const Act& act, Instant entered);

  std::span<const Party> parties() const { return parties_; }
  std::span<const Accelerator> accelerators() const { return accelerators_; }
  std::span<const Site> sites() const { return sites_; }
  std::span<const Agreement> agreements() const { return agreements_; }
  std::span<const Clause> clauses() const { return clauses_; }
  std::span<const Order> orders() const { return orders_; }
  std::span<const Stage> stages() const { return stages_; }
  std::span<const DataSet> data() const { return data_; }
  std::span<const Workload> workloads() const { return workloads_; }
  std::span<const Assumption> assumptions() const { return assumptions_; }
  std::span<const Ranking> rankings() const { return rankings_; }
  std::span<const Entry> entries() const { return entries_; }

  /// The party whose paper the order is.
  PartyId supplier_of(OrderId order) const {
    return agreements_[orders_[order.value].agreement.value].supplier;
  }
  PartyId customer_of(OrderId order) const {
    return agreements_[orders_[order.value].agreement.value].customer;
  }
  /// Clauses that any of the given clause's `supersedes` names it in. Ascending.
  std::span<const ClauseId> superseded_by(ClauseId clause) const {
    return superseded_by_[clause.value];
  }
  /// Entries that name the order, the clause, the stage; in order of entry.
  std::span<const ActId> acts_of(OrderId order) const { return order_acts_[order.value]; }
  std::span<const ActId> acts_of(ClauseId clause) const { return clause_acts_[clause.value]; }
  std::span<const ActId> acts_of(StageId stage) const { return stage_acts_[stage.value]; }

  /// Entries of a kind; of an offer; that name an event or a product; that name a party. In order of
  /// entry.
  std::span<const ActId> acts_of(ActKind kind) const {
    return kind_acts_[static_cast<std::size_t>(kind)];
  }
  std::span<const ActId> acts_of_offer(std::string_view offer) const;
  std::span<const ActId> acts_named(std::string_view name) const;
  std::span<const ActId> acts_of(PartyId party) const { return party_acts_[party.value]; }
  /// Notices that end the agreement, in order of entry.
  std::span<const ActId> terminations_of(AgreementId agreement) const {
    return terminations_[agreement.value];
  }
  const Entry& entry(ActId act) const { return entries_[act.value]; }
  const Clause& clause(ClauseId clause) const { return clauses_[clause.value]; }

  /// All clauses of the agreement; those that may bind the customer on every paper; those that may
  /// bind the agreement's own orders; tranches that the stage belongs to. Ascending.
  std::span<const ClauseId> clauses_of(AgreementId agreement) const {
    return agreement_clauses_[agreement.value];
  }
  std::span<const ClauseId> restraints_of(PartyId lab) const { return restraints_[lab.value]; }
  std::span<const ClauseId> own_restraints_of(AgreementId agreement) const {
    return own_restraints_[agreement.value];
  }
  std::span<const ClauseId> tranches_of(StageId stage) const {
    return stage_tranches_[stage.value];
  }
  /// Ascending.
  std::span<const StageId> stages_of(OrderId order) const { return order_stages_[order.value]; }

  /// Orders of the agreement; clauses of a kind of terms; clauses that the event ends. Ascending.
  std::span<const OrderId> orders_of(AgreementId agreement) const {
    return agreement_orders_[agreement.value];
  }
  template <class Terms>
  std::span<const ClauseId> clauses_with() const {
    return clauses_of_kind(Clause::Terms(std::in_place_type<Terms>).index());
  }
  std::span<const ClauseId> clauses_until(std::string_view event) const;

  /// Every instant at which something that was agreed or done begins, ends, falls due or becomes
  /// known. Ascending.
  const std::set<Instant>& changes() const { return changes_; }
  /// The same with what brings them, by instant.
  const std::set<Change>& caused_changes() const { return caused_changes_; }

  friend bool operator==(const Book&, const Book&) = default;

 private:
  void index(const Clause& clause, ClauseId id);
  void note_change(Instant at, Change::Cause cause, std::size_t number);
  std::span<const ClauseId> clauses_of_kind(std::size_t kind) const { return by_kind_[kind]; }

  std::vector<Party> parties_;
  std::vector<Accelerator> accelerators_;
  std::vector<Site> sites_;
  std::vector<Agreement> agreements_;
  std::vector<Clause> clauses_;
  std::vector<Order> orders_;
  std::vector<Stage> stages_;
  std::vector<DataSet> data_;
  std::vector<Workload> workloads_;
  std::vector<Assumption> assumptions_;
  std::vector<Ranking> rankings_;
  std::vector<Entry> entries_;
  std::vector<std::vector<ClauseId>> superseded_by_;
  std::vector<std::vector<ActId>> order_acts_;
  std::vector<std::vector<ActId>> clause_acts_;
  std::vector<std::vector<ActId>> stage_acts_;
  std::vector<std::vector<ActId>> party_acts_;
  std::array<std::vector<ActId>, kActKindCount> kind_acts_;
  std::map<std::string, std::vector<ActId>, std::less<>> offer_acts_;
  std::map<std::string, std::vector<ActId>, std::less<>> named_acts_;
  std::vector<std::vector<ActId>> terminations_;
  std::vector<std::vector<ClauseId>> agreement_clauses_;
  std::vector<std::vector<ClauseId>> restraints_;
  std::vector<std::vector<ClauseId>> own_restraints_;
  std::vector<std::vector<ClauseId>> stage_tranches_;
  std::vector<std::vector<StageId>> order_stages_;
  std::vector<std::vector<OrderId>> agreement_orders_;
  std::array<std::vector<ClauseId>, std::variant_size_v<Clause::Terms>> by_kind_;
  std::map<std::string, std::vector<ClauseId>, std::less<>> event_clauses_;
  std::set<Instant> changes_;
  std::set<Change> caused_changes_;
};

/// A moment of the book: how things stood at `at`, as they were known at `known`.
struct Moment {
  Instant at;
  Instant known;
};

/// Whether the entry counts: it is known and has taken effect.
inline bool counts(const Entry& entry, Moment moment) {
  return entry.entered <= moment.known && entry.act.effective <= moment.at;
}

/// Whether the clause has begun, as known; what an acceptance made, while that acceptance counts.
bool is_made(const Book& book, ClauseId clause, Moment moment);

/// Whether the clause is in force (model/contract.h has the rule).
bool in_force(const Book& book, ClauseId clause, Moment moment);

/// The given entries that count, by when they took effect; of one instant, in order of entry.
std::vector<ActId> in_effect(const Book& book, std::span<const ActId> acts, Moment moment);

}  // namespace stargate::agreement
