#include "agreement/book.h"

#include <algorithm>
#include <utility>

#include "agreement/clauses/kind.h"
#include "agreement/offers.h"
#include "base/check.h"

namespace stargate::agreement {
namespace {

/// Adds to the list of a number, for things that are numbered from 0; kNo has no list.
template <class AnyId, class Item>
void add(std::vector<std::vector<Item>>& lists, AnyId id, Item item) {
  if (!is_set(id)) return;
  std::vector<Item>& list = lists[id.value];
  if (list.empty() || list.back() != item) list.push_back(item);
}

template <class Item>
std::span<const Item> find(const std::map<std::string, std::vector<Item>, std::less<>>& lists,
                           std::string_view name) {
  const auto found = lists.find(name);
  if (found == lists.end()) return {};
  return found->second;
}

}  // namespace

std::span<const ActId> Book::acts_of_offer(std::string_view offer) const {
  return find(offer_acts_, offer);
}

std::span<const ActId> Book::acts_named(std::string_view name) const {
  return find(named_acts_, name);
}

std::span<const ClauseId> Book::clauses_until(std::string_view event) const {
  return find(event_clauses_, event);
}

void Book::note_change(Instant at, Change::Cause cause, std::size_t number) {
  if (at.us == INT64_MIN || at > kLatest) return;
  changes_.insert(at);
  caused_changes_.insert({at, cause, static_cast<std::uint32_t>(number)});
}

void Book::define(const Definition& definition) {
  STARGATE_CHECK(check(definition) == Reason::kNone, "a definition fits the book");
  struct Adder {
    Book& book;
    void operator()(const Party& party) {
      book.parties_.push_back(party);
      book.party_acts_.emplace_back();
      book.restraints_.emplace_back();
    }
    void operator()(const Accelerator& accelerator) { book.accelerators_.push_back(accelerator); }
    void operator()(const Site& site) { book.sites_.push_back(site); }
    void operator()(const Agreement& agreement) {
      book.agreements_.push_back(agreement);
      book.agreement_clauses_.emplace_back();
      book.agreement_orders_.emplace_back();
      book.own_restraints_.emplace_back();
      book.terminations_.emplace_back();
    }
    void operator()(const Clause& clause) {
      const ClauseId id{static_cast<std::uint32_t>(book.clauses_.size())};
      book.clauses_.push_back(clause);
      book.superseded_by_.emplace_back();
      book.clause_acts_.emplace_back();
      book.index(clause, id);
    }
    void operator()(const Order& order) {
      const OrderId id{static_cast<std::uint32_t>(book.orders_.size())};
      book.orders_.push_back(order);
      book.agreement_orders_[order.agreement.value].push_back(id);
      book.order_acts_.emplace_back();
      book.order_stages_.emplace_back();
      for (const Instant at :
           {order.signed_at, order.from, order.until, order.cleared_at, order.known}) {
        book.note_change(at, Change::Cause::kOrder, id.value);
      }
    }
    void operator()(const Stage& stage) {
      const StageId id{static_cast<std::uint32_t>(book.stages_.size())};
      book.stages_.push_back(stage);
      book.stage_acts_.emplace_back();
      book.stage_tranches_.emplace_back();
      book.order_stages_[stage.order.value].push_back(id);
    }
    void operator()(const DataSet& set) { book.data_.push_back(set); }
    void operator()(const Workload& workload) { book.workloads_.push_back(workload); }
    void operator()(const Assumption& assumption) { book.assumptions_.push_back(assumption); }
    void operator()(const Ranking& ranking) { book.rankings_.push_back(ranking); }
  };
  std::visit(Adder{*this}, definition);
}

void Book::index(const Clause& clause, ClauseId id) {
  for (const ClauseId older : clause.supersedes) add(superseded_by_, older, id);
  add(agreement_clauses_, clause.agreement, id);
  by_kind_[clause.terms.index()].push_back(id);
  if (!clause.until_event.empty()) event_clauses_[clause.until_event].push_back(id);

  const ClauseKind& kind = kind_of_terms(clause);
  if (kind.reach == Reach::kCustomer) {
    add(restraints_, agreements_[clause.agreement.value].customer, id);
  } else if (kind.reach == Reach::kAgreement) {
    add(own_restraints_, clause.agreement, id);
  }
  if (const auto* tranche = std::get_if<clause::Tranche>(&clause.terms)) {
    for (const StageId stage : tranche->stages) add(stage_tranches_, stage, id);
  }

  const auto note = [&](Instant at) { note_change(at, Change::Cause::kClause, id.value); };
  for (const Instant at : {clause.from, clause.until, clause.known}) note(at);
  if (kind.changes != nullptr) kind.changes(*this, clause, note);
}

void Book::record(const Act& act, Instant entered) {
  STARGATE_CHECK(check(act, entered) == Reason::kNone, "an act fits the book");
  STARGATE_CHECK(entries_.empty() || entries_.back().entered <= entered,
                 "acts are entered in the order of time");
  const ActId id{static_cast<std::uint32_t>(entries_.size())};
  entries_.push_back({act, entered});

  kind_acts_[static_cast<std::size_t>(act.kind)].push_back(id);
  add(order_acts_, act.order, id);
  add(clause_acts_, act.clause, id);
  add(stage_acts_, act.stage, id);
  add(party_acts_, act.party, id);
  if (!act.offer.empty()) offer_acts_[act.offer].push_back(id);
  if (!act.name.empty()) named_acts_[act.name].push_back(id);
  if (act.kind == ActKind::kTerminate) {
    add(terminations_, clauses_[act.clause.value].agreement, id);
  }

  const ChangeSink sink = [&](Instant at) { note_change(at, Change::Cause::kEntry, id.value); };
  for (const Instant at : {entered, act.effective, act.until}) sink(at);
  // A reply names its offer, and the offer its clause.
  ClauseId clause = act.clause;
  if (!is_set(clause) && !act.offer.empty()) {
    clause = entry(acts_of_offer(act.offer).front()).act.clause;
  }
  if (is_set(clause)) {
    const Clause& under = clauses_[clause.value];
    if (const auto by = kind_of_terms(under).changes_by) by(under, act, sink);
  }
  if (is_set(act.stage)) {
    for (const ClauseId tranche : stage_tranches_[act.stage.value]) {
      const Clause& under = clauses_[tranche.value];
      if (const auto by = kind_of_terms(under).changes_by) by(under, act, sink);
    }
  }
}

bool is_made(const Book& book, ClauseId id, Moment moment) {
  const Clause& clause = book.clause(id);
  if (clause.known > moment.known || clause.from > moment.at) return false;
  const auto* tranche = std::get_if<clause::Tranche>(&clause.terms);
  if (tranche == nullptr || tranche->offer.empty()) return true;
  const auto offer = find_offer(book, tranche->offer, moment);
  return offer && std::ranges::any_of(offer->accepted, [&](const Acceptance& made) {
           return book.entry(made.act).act.effective == clause.from;
         });
}

bool in_force(const Book& book, ClauseId id, Moment moment) {
  const Clause& clause = book.clause(id);
  if (moment.at >= clause.until || !is_made(book, id, moment)) return false;
  if (!clause.until_event.empty()) {
    for (const ActId act : book.acts_named(clause.until_event)) {
      const Entry& entry = book.entry(act);
      if (entry.act.kind == ActKind::kEvent && counts(entry, moment)) return false;
    }
  }
  return std::ranges::none_of(book.superseded_by(id), [&](ClauseId newer) {
    const Clause& other = book.clause(newer);
    return other.known <= moment.known && other.from <= moment.at;
  });
}

std::vector<ActId> in_effect(const Book& book, std::span<const ActId> acts, Moment moment) {
  std::vector<ActId> result;
  for (const ActId id : acts) {
    if (counts(book.entry(id), moment)) result.push_back(id);
  }
  std::ranges::stable_sort(result, {}, [&](ActId id) { return book.entry(id).act.effective; });
  return result;
}

}  // namespace stargate::agreement
